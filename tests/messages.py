"""The translation catalogue against the code: what is asked for, what is missing, what is no longer used.

``python -m tests.messages`` takes new texts over into the catalogue (empty, to be translated) and drops unused ones.
"""

import ast
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.conftest import ROOT

PO = ROOT / "omnidash" / "locale" / "zh_CN" / "LC_MESSAGES" / "omnidash.po"
_ONE, _PLURAL = {"_", "N_"}, {"n_", "plural"}

Key = str | tuple[str, str]


def sources() -> list[Path]:
    """Every file that may hold text for people."""
    folders = [ROOT / "omnidash", ROOT / "pages", ROOT / "sample_data"]
    return sorted([ROOT / "app.py", *(p for folder in folders for p in folder.rglob("*.py"))])


def messages() -> dict[Key, list[str]]:
    """Every text the code asks for, with the files it stands in."""
    found: dict[Key, list[str]] = {}
    for path in sources():
        for call in (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            function = call.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            key: Key | None = None
            if name in _ONE and texts:
                key = texts[0]
            elif name in _PLURAL and len(texts) >= 2:
                key = (texts[0], texts[1])
            if key is not None:
                found.setdefault(key, []).append(str(path.relative_to(ROOT)))
    return found


def catalogue() -> Catalog:
    """The Chinese catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="zh_CN", project="OmniDash", charset="utf-8")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN")


def update() -> tuple[int, int]:
    """Bring the catalogue's keys in line with the code; returns how many were added and dropped."""
    old = {(m.id if isinstance(m.id, str) else tuple(m.id)): m.string for m in catalogue() if m.id}
    wanted = messages()
    new = Catalog(
        locale="zh_CN",
        project="OmniDash",
        version="1",
        charset="utf-8",
        fuzzy=False,
        copyright_holder="OmniDash",
        last_translator="OmniDash",
        header_comment="# Simplified Chinese texts of OmniDash.",
    )
    for key, places in sorted(wanted.items(), key=lambda item: (item[1][0], str(item[0]))):
        string = old.get(key) or ("" if isinstance(key, str) else ("",))
        new.add(key, string, locations=[(place, None) for place in sorted(set(places))])
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, new, width=120, omit_header=False, sort_output=False)
    return len(set(wanted) - set(old)), len(set(old) - set(wanted))


if __name__ == "__main__":
    added, dropped = update()
    sys.stdout.write(f"{added} added, {dropped} dropped\n")
