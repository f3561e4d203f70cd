"""The sheets of an Excel or OpenDocument workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) as CSV files.

The sheets are read by python-calamine in a process of its own (``workbook_rows.py``): workbooks come from anywhere, and
one that asks for all memory or never ends shall not take the app with it.

Hidden sheets are left out: what its sender has hidden is a list for drop-downs or a pivot's data more often than a
report, and might count everything twice. They are named, so that they can be shown and imported.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_ROOT = Path(__file__).resolve().parents[3]
_PATIENCE_SECONDS = 1800  # the process limits its own time; this is for systems that know no limits
_PROBLEMS = {
    "password": N_("{file} is protected by a password; open it, remove the password and import it again"),
    "large": N_("{file} holds more cells than can be read at once; save its sheets as CSV and import those"),
    "damaged": N_("{file} is damaged or no workbook we can read; open it and save it as .xlsx or CSV"),
    "system": N_("{file} cannot be read ({problem}); check the path and its permissions"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet with cells: its ``title`` and the CSV file ``path`` it was written to."""

    title: str
    path: Path


@dataclass(frozen=True, slots=True)
class Sheets:
    """The sheets to import, in the order of the workbook, and the titles of the hidden ones that were left out."""

    shown: tuple[Sheet, ...]
    hidden: tuple[str, ...]


def sheets_of(path: Path, name: str, prefix: Path) -> Sheets:
    """Write every visible sheet that has cells to ``<prefix>-<n>.csv`` (mode 0600).

    Raises BadInput where the workbook is damaged, protected, or too large; files written until then are left to the
    caller.
    """
    answer = _answer(path, prefix)
    problem = answer.get("problem")
    if problem is not None:
        detail = {"problem": answer["detail"]} if "detail" in answer else {}
        raise BadInput(_PROBLEMS[problem], file=name, **detail)
    shown, hidden = [], []
    for sheet in answer["sheets"]:
        if not sheet["rows"]:
            continue
        if sheet["is_hidden"]:
            hidden.append(sheet["title"])
        else:
            shown.append(Sheet(sheet["title"], Path(sheet["file"])))
    return Sheets(tuple(shown), tuple(hidden))


def _answer(path: Path, prefix: Path) -> dict:
    command = [
        sys.executable,
        "-m",
        "omnidash.ingest.reading.workbook_rows",
        str(path.resolve()),
        str(prefix.resolve()),
    ]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, check=False, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return {"problem": "large"}
    if done.returncode != 0:  # killed by its limits, or by the reader it could not stop
        return {"problem": "large" if b"memory" in done.stderr or done.returncode in (-9, -24) else "damaged"}
    return dict(json.loads(done.stdout))
