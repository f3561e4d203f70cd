"""From an English template to the reader's sentence."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from omnidash.locale.formats import Formats
from omnidash.model.messages import Message, Name

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
_FOLDER = Path(__file__).parent
# What people chose, or follows from it: no digit that says nothing.
_CHOSEN = {f"{what}_percent" for what in ("limit", "bound", "threshold", "warning", "asked", "base")}


class Translator:
    """All text of one language. Get it with ``translator(language)``; it is cached and never changes."""

    def __init__(self, language: str, catalogue: Mapping[str | tuple[str, str], str | tuple[str, ...]]) -> None:
        self.language = language
        self.formats = Formats(language)
        self._catalogue = catalogue

    def text(self, template: str, **values: object) -> str:
        """The template in this language, its places filled with ``values`` as they are."""
        found = self._catalogue.get(template) or template
        sentence = found if isinstance(found, str) else found[0]
        return self._filled(sentence, values) if values else sentence

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """The form that fits ``count``, which also fills ``{count}``. Chinese has one form, English two."""
        forms = self._catalogue.get((one, many))
        if forms:
            template = forms[0] if isinstance(forms, str) or len(forms) == 1 or count == 1 else forms[1]
        else:
            template = one if count == 1 else many
        return self._filled(str(template), {"count": self.formats.integer(count), **values})

    def render(
        self, message: Message, *, channel_name: Callable[[str], str] | None = None, currency: str = "CNY"
    ) -> str:
        """A Message as this language says it. Values are formatted by what their name says they are:
        ``channel…`` (id → display name), ``…_money``, ``…_percent`` (0.46 → 46.0 %; a limit that somebody chose: 46 %),
        ``…_ratio``, dates (with their year where they are of several, or called ``…_with_year``), integers."""
        years = {value.year for value in message.values.values() if isinstance(value, date)}
        years |= {
            v.year
            for value in message.values.values()
            if isinstance(value, list | tuple)
            for v in value
            if isinstance(v, date)
        }
        shown = {
            name: self._shown(name, value, channel_name=channel_name, currency=currency, with_year=len(years) > 1)
            for name, value in message.values.items()
        }
        return self._filled(self.text(message.template), shown)

    def _filled(self, template: str, values: Mapping[str, object]) -> str:
        """The template with its values. In Chinese a name in Latin letters, or a number, stands off from the characters
        beside it, and a Chinese one does not, whatever the template was written for."""
        if not self.formats.is_chinese:
            return template.format(**values)
        sentence = ""
        for literal, field, _spec, _conversion in Formatter().parse(template):
            sentence = _joined(sentence, literal)
            if field is not None:
                sentence = _joined(sentence, str(values[field]))
        return sentence

    def _shown(
        self, name: str, value: object, *, channel_name: Callable[[str], str] | None, currency: str, with_year: bool
    ) -> str:
        if isinstance(value, Message):
            return self.render(value, channel_name=channel_name, currency=currency)
        if isinstance(value, Name):
            return value.chinese if self.language.startswith("zh") else value.english
        if value is None:
            return self.formats.missing
        if isinstance(value, list | tuple):
            parts = [
                self._shown(name, v, channel_name=channel_name, currency=currency, with_year=with_year) for v in value
            ]
            return self.formats.listing(parts)
        if name.startswith("channel") and isinstance(value, str):
            return channel_name(value) if channel_name else value
        if isinstance(value, date):
            return self.formats.day(value, with_year=with_year or name.endswith("_with_year"))
        if name.endswith("_money"):
            return self.formats.money(float(str(value)), currency)
        if name in _CHOSEN:
            return self.formats.chosen_percent(float(str(value)))
        if name.endswith("_percent"):
            return self.formats.percent(float(str(value)))
        if isinstance(value, bool | str):
            return str(value)
        if isinstance(value, int):
            return self.formats.integer(value)
        if isinstance(value, float):
            return self.formats.decimal(value)
        return str(value)


def _joined(left: str, right: str) -> str:
    """Two parts of a Chinese sentence: one space between a Latin letter or figure and a character, none between
    characters."""
    if _is_han(left[-1:]) and right[:1] == " " and _is_han(right[1:2]):
        return left + right[1:]
    if left[-1:] == " " and _is_han(left[-2:-1]) and _is_han(right[:1]):
        return left[:-1] + right
    if (_is_latin(left[-1:]) and _is_han(right[:1])) or (_is_han(left[-1:]) and _is_latin(right[:1])):
        return f"{left} {right}"
    return left + right


def _is_han(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


@cache
def translator(language: str) -> Translator:
    """The translator of ``language`` ('en' or 'zh_CN'; anything else is English)."""
    path = _FOLDER / language / "LC_MESSAGES" / "omnidash.po"
    if not path.exists():
        return Translator("en", {})
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    entries = {m.id if isinstance(m.id, str) else tuple(m.id): m.string for m in catalogue if m.id and m.string}
    return Translator(language, entries)


def language_named(text: str) -> str | None:
    """The language that a link or setting names in whatever spelling ('zh', 'zh-CN', 'en_GB'); None for another."""
    spoken = text.strip().lower().replace("-", "_").partition("_")[0]
    return {"zh": "zh_CN", "en": "en"}.get(spoken)


def nearest_language(browser_locale: str | None) -> str:
    """The language we have for a browser locale such as 'zh-TW' or 'de-DE'."""
    return "zh_CN" if (browser_locale or "").lower().startswith("zh") else "en"
