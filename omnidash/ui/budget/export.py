"""A saved plan as a file: CSV, a workbook, or one HTML page that needs nothing else. Text never runs as a formula."""

import html

import polars as pl

from omnidash.ui.export import csv_bytes, xlsx_bytes
from omnidash.ui.i18n import current_language, fmt

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
    return xlsx_bytes(rows, above=(name, note))


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


def _shown(value: object) -> str:
    return fmt().decimal(float(value), 2) if isinstance(value, int | float) else str(value or "")
