"""``python -m omnidash``: the same work as the app, without a browser."""

import os
import sys

from omnidash.cli import main

code = main()
sys.stdout.flush()
sys.stderr.flush()
# Leave without tearing the interpreter down: the store's idle timer still sleeps, and DuckDB would report itself as
# leaked in forty lines on stderr. All files are closed and committed by now.
os._exit(code)
