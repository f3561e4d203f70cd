"""The command line: ``python -m omnidash [--workspace DIR] COMMAND … [--json]``.

The same work as the app, for cron jobs, scripts and checks. Tables for people, or with ``--json`` one JSON object on
stdout and nothing else; messages and progress go to stderr. Exit codes: 0 done; 1 done, and something needs attention;
2 wrong use; 3 bad input; 4 workspace locked or damaged. ``$OMNIDASH_LANG`` chooses the language of messages.
"""

from omnidash.cli.main import main

__all__ = ["main"]
