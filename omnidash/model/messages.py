"""Sentences for people, kept apart from the language they are shown in.

A layer below the screen never formats a sentence; it hands up a ``Message``: an English template (the msgid of the
gettext catalogue) and its values. ``omnidash.locale`` renders it in the reader's language. ``N_`` marks a template
for extraction without translating it.

>>> Message(N_("{file} is empty."), {"file": "a.csv"}).english()
'a.csv is empty.'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(template: str) -> str:  # noqa: N802  (the name gettext tools know)
    """Mark an English template for translation and return it unchanged."""
    return template


@dataclass(frozen=True, slots=True)
class Message:
    """A template with ``{name}`` places and the values that fill them (values may be Messages themselves)."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def english(self) -> str:
        """The sentence in English, for logs, the command line and tests."""
        shown = {k: v.english() if isinstance(v, Message) else v for k, v in self.values.items()}
        return self.template.format(**shown)


def counted(one: str, many: str, count: int, **values: object) -> Message:
    """The sentence that fits a count, which also fills ``{count}``."""
    return Message(one if count == 1 else many, {"count": count, **values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What something is called in both languages, as a value of a Message."""

    english: str
    chinese: str

    def __str__(self) -> str:
        return self.english
