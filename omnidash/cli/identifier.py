"""An identifier as a command is given it: raw, hashed at once and never written down.

``-`` reads one from standard input, so that it stays out of the shell's history and the list of processes.
"""

import sys

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

IDENTIFIER = "a phone number, e-mail address, member id, …; - reads it from standard input"


def given(word: str) -> str:
    """The identifier that is meant. Raises BadInput where it is no text, without a word of it."""
    try:
        text = sys.stdin.readline().strip() if word == "-" else word
        text.encode()
    except UnicodeError:
        raise BadInput(N_("the identifier is no text in UTF-8, so it cannot be read")) from None
    return text
