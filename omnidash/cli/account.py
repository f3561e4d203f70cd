"""The account that a command runs under, for the history of what was done."""

import getpass


def account() -> str:
    """Its name; '' for one without, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
