"""``python -m omnidash``: the same work as the app, without a browser."""

import sys

from omnidash.cli import main

sys.exit(main())
