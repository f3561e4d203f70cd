"""An identifier as a command is given it: raw, hashed at once and never written down.

``-`` reads one from standard input, so that it stays out of the shell's history and the list of processes.
"""

import sys

IDENTIFIER = "a phone number, e-mail address, member id, …; - reads it from standard input"


def given(word: str) -> str:
    """The identifier that is meant."""
    return sys.stdin.readline().strip() if word == "-" else word
