"""Words the sections of the customers screen share: levels, identifiers, links and decisions."""

from collections import Counter
from collections.abc import Mapping

from omnidash.identity.decisions import BLOCK, CUT, ONE, RESTORE
from omnidash.identity.why import Link
from omnidash.model.messages import N_
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.text import plain

LEVEL_TITLES = {"strict": N_("Strict"), "normal": N_("Normal"), "loose": N_("Loose")}
LEVEL_MEANINGS = {
    "strict": N_("Only what names a person joins: phone, e-mail, member number, WeChat ids."),
    "normal": N_("Devices and cookies join too, unless the people they would join contradict each other."),
    "loose": N_("Devices of several people join as well, up to the hub limit; so do records that were found alike."),
}
DECISION_TITLES = {
    CUT: N_("Link cut"),
    BLOCK: N_("Identifier blocked"),
    ONE: N_("One person after all"),
    RESTORE: N_("Taken back"),
}
SHARED_TITLES = {
    "hub": N_("Shared by many (hub)"),
    "contested": N_("Shared by people who contradict each other"),
    "blocked": N_("Names nobody (blocked value)"),
    "decision": N_("Blocked by a decision"),
}


def type_title(identifier_type: str) -> str:
    """An identifier's type in the reader's language."""
    return _(FIELD_TITLES[identifier_type]) if identifier_type in FIELD_TITLES else identifier_type


def identifier_text(typed_hint: str) -> str:
    """ "Phone +86138****5678" of "phone +86138****5678": type and mask, never the value."""
    identifier_type, _blank, hint = typed_hint.partition(" ")
    return f"{type_title(identifier_type)} {hint}".strip()


def told_apart(hints: Mapping[int, str]) -> dict[int, str]:
    """Id -> type and mask of identifiers that are shown together; those that look alike with the beginning of the code
    that the command line shows: ``member_id V1*** #c57f``."""
    seen = Counter(hints.values())
    return {one: f"{hint} #{one:015x}"[: len(hint) + 6] if seen[hint] > 1 else hint for one, hint in hints.items()}


def link_text(link: Link) -> str:
    """Where two identifiers stood together, as Markdown."""
    a, b = plain(identifier_text(link.a)), plain(identifier_text(link.b))
    if link.row_number is None:
        weight = fmt().decimal(link.weight, 1)
        file = plain(link.file)
        return _("**{a}** and **{b}**: their records in {file} are alike (weight {weight})", a=a, b=b, file=file,
                 weight=weight)  # fmt: skip
    row = fmt().integer(link.row_number)
    text = _("**{a}** and **{b}** stood together on row {row} of {file}", a=a, b=b, row=row, file=plain(link.file))
    if link.imports > 1:
        text += n_(", and in {count} more file", ", and in {count} more files", link.imports - 1)
    return text


def decision_text(kind: str, a: str | None, b: str | None) -> str:
    """What a decision is about."""
    if a is None:
        return _("a person who was forgotten since")
    if kind == CUT or b is not None:
        return _("{a} and {b}", a=_decided_about(a), b=_decided_about(b or ""))
    return _decided_about(a)


def _decided_about(shown: str) -> str:
    if shown.startswith("#"):
        return _("an identifier of undone imports ({code})", code=shown[:5])
    return identifier_text(shown)
