"""International domains in their one form: anna@xn--bcher-kva.de is anna@bücher.de (IDNA 2003, RFC 3490).

SQL cannot read Punycode, so such domains are found, read here, and replaced before a cell is looked at (``normalise``).
"""

from collections.abc import Iterable

_LABELS = r'[^\s<>"(),;:@?&/]*'
ENCODED = f"(?i)@{_LABELS}xn--{_LABELS}"
"""Regular expression: a domain in Punycode behind an ``@``, anywhere in a text; the same to RE2 and to Python."""


def readable(domains: Iterable[str]) -> dict[str, str]:
    """Domains in Punycode as they are read; without those that are none.

    >>> readable(["@xn--bcher-kva.de", "@xn--\xff.de"])
    {'@xn--bcher-kva.de': '@bücher.de'}
    """
    found: dict[str, str] = {}
    for domain in domains:
        labels = domain.removeprefix("@").lower().split(".")
        try:
            read = [label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in labels]
        except UnicodeError:
            continue
        found[domain] = "@" + ".".join(read)
    return found


def with_readable(text: str, encoded: str, read: str) -> str:
    """SQL: a text whose domain in Punycode (one of the list ``encoded``) is replaced by its form in ``read``."""
    domain = f"regexp_extract({text}, '{ENCODED}')"
    place = f"list_position({encoded}, {domain})"
    return f"(case when {place} > 0 then replace({text}, {domain}, {read}[{place}]) else {text} end)"
