"""A saved plan as a file: CSV, a workbook, or one HTML page that needs nothing else. Text never runs as a formula."""

import html
import io
import zipfile
from xml.sax.saxutils import escape

import polars as pl

from omnidash.ui.export import csv_bytes
from omnidash.ui.i18n import current_language, fmt

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_ROOT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="OmniDash" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_BOOK_LINKS = _ROOT.replace("relationships/officeDocument", "relationships/worksheet").replace(
    "xl/workbook.xml", "worksheets/sheet1.xml"
)
_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;margin:2rem;"
    "color:#1a2233}table{border-collapse:collapse}th,td{padding:.35rem .8rem;border-bottom:1px solid #e6e9ef;"
    "text-align:right}th:first-child,td:first-child{text-align:left}"
)


def as_csv(name: str, note: str, rows: pl.DataFrame) -> bytes:
    """The rows; name and note stand in the file's name and in the other forms."""
    del name, note
    return csv_bytes(rows)


def as_xlsx(name: str, note: str, rows: pl.DataFrame) -> bytes:
    """One sheet: name, note, then the rows. All text is stored as text, so nothing can run."""
    lines = [[name], [note], [], list(rows.columns), *[list(row) for row in rows.iter_rows()]]
    body = "".join(f"<row>{''.join(_cell(value) for value in line)}</row>" for line in lines)
    sheet = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{body}</sheetData></worksheet>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for path, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/workbook.xml", _BOOK),
            ("xl/_rels/workbook.xml.rels", _BOOK_LINKS),
            ("xl/worksheets/sheet1.xml", sheet),
        ):
            book.writestr(path, text)
    return made.getvalue()


def as_html(name: str, note: str, rows: pl.DataFrame) -> bytes:
    """One page without scripts, pictures or links to elsewhere."""
    head = "".join(f"<th>{html.escape(title)}</th>" for title in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_shown(value))}</td>" for value in row) + "</tr>"
        for row in rows.iter_rows()
    )
    language = "zh-CN" if current_language().startswith("zh") else "en"
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{html.escape(name)}</h1><p>{html.escape(note)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body></html>"
    )
    return page.encode()


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape("" if value is None else str(value))}</t></is></c>'


def _shown(value: object) -> str:
    return fmt().decimal(float(value), 2) if isinstance(value, int | float) else str(value or "")
