"""A test in a file of one row per person: the variant, what came of it, and perhaps a figure from before the test.

It is read in memory and stored nowhere; columns that the reading cannot need, such as customer numbers, are dropped.
"""

import gzip
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from omnidash.ingest.meaning.decimal_sign import evidence_of
from omnidash.ingest.reading.charset import candidates
from omnidash.ingest.reading.dialect import dialect_of
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_GZIP = b"\x1f\x8b"
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HEAD = 1 << 18
_LARGEST = 1 << 29
_MOST_VARIANTS = 20
_YES_NO = {
    "true": "1", "false": "0", "yes": "1", "no": "0", "y": "1", "n": "0", "是": "1", "否": "0", "t": "1", "f": "0",
}  # fmt: skip
_VARIANT_WORDS = (
    "variant", "variation", "version", "arm", "group", "segment", "treatment", "bucket", "实验组", "分组", "组别",
    "版本",
)  # fmt: skip
_OF_A_PERSON = re.compile(
    r"(^|[\s_-])(u?id|no\.?|number|phone|mobile)$|(user|player|customer|member|person|client|account|visitor|device)id$"
    r"|编号|号码?$|手机|电话"
)
_FEWEST_IDS = 20
_NOTHING = {"nan": "", "null": "", "none": "", "n/a": "", "na": "", "-": "", "--": ""}
_BEFORE_WORDS = re.compile(r"before|\bpre|prior|history|之前|以前|历史")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonTable:
    """The columns of the file that may be chosen, all cells as text; ``first_row`` as a spreadsheet counts.
    ``variants``: columns that may tell the variant, the likeliest first; ``figures``: columns of numbers or yes and no,
    in the order of the file."""

    name: str
    cells: pl.DataFrame = field(repr=False)
    first_row: int
    variants: tuple[str, ...]
    figures: tuple[str, ...]


def read_person_table(content: bytes, name: str) -> PersonTable:
    """Read CSV (any delimiter and encoding an export has, also packed as .gz). Raises BadInput."""
    text = _text_of(_unpacked(content, name), name)
    dialect = dialect_of(text[:_HEAD], name, is_whole=len(text) <= _HEAD)
    at = 0
    for _line in range(dialect.skip_lines):
        at = text.find("\n", at) + 1
    try:
        cells = pl.read_csv(
            io.StringIO(text[at:]),
            separator=dialect.delimiter,
            has_header=False,
            new_columns=list(dialect.header),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise BadInput(
            N_("{file}: its rows have different numbers of cells; save it as CSV from a spreadsheet."), file=name
        ) from error
    cells = cells.select(pl.all().str.strip_chars()).filter(pl.any_horizontal(pl.all().str.len_chars() > 0))
    figures = tuple(column for column in cells.columns if _is_figure(cells[column]))
    variants = tuple(sorted(_variant_columns(cells), key=_likeliness(cells)))
    return PersonTable(
        name=name,
        cells=cells.select(list(dict.fromkeys((*variants, *figures)))),  # the rest may be names and numbers of persons
        first_row=dialect.first_row,
        variants=variants,
        figures=figures,
    )


def usual_outcome(table: PersonTable, *, variant: str | None, before: str | None = None) -> str | None:
    """The column of the outcome where nobody says: the last figure that is not the variant's and not from before."""
    left = [column for column in table.figures if column not in (variant, before)]
    return next((c for c in reversed(left) if not _BEFORE_WORDS.search(c.casefold())), left[-1] if left else None)


def person_rows(table: PersonTable, *, variant: str, outcome: str, before: str | None = None) -> pl.DataFrame:
    """[variant String, value Float64, before Float64?], one per row that names a variant; blank figures are 0. Raises
    BadInput that names file, row and column."""
    columns = {"value": outcome} | ({"before": before} if before else {})
    comma = {column: _has_decimal_comma(table, column) for column in columns.values()}
    rows = table.cells.select(
        pl.col(variant).alias("variant"),
        *(_number(column, has_comma=comma[column]).alias(name) for name, column in columns.items()),
        *(pl.col(column).alias(f"{name}_text") for name, column in columns.items()),
    ).with_row_index("at")
    for name, column in columns.items():
        is_blank = pl.col(f"{name}_text").str.to_lowercase().is_in(["", *_NOTHING])
        wrong = rows.filter(pl.col(name).is_null() & ~is_blank)
        if wrong.height:
            at, text = wrong.row(0, named=True)["at"], wrong.row(0, named=True)[f"{name}_text"]
            raise BadInput(
                N_("{file}, row {row}: {cell} in column {column} is no number and no yes or no."),
                file=table.name, row=table.first_row + at, cell=repr(text), column=repr(column),
            )  # fmt: skip
    named = rows.filter(pl.col("variant").str.len_chars() > 0)
    return named.select("variant", *(pl.col(name).fill_null(0.0) for name in columns))


def _unpacked(content: bytes, name: str) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            found = packed.read(_LARGEST + 1)
    except (OSError, EOFError) as error:
        raise BadInput(N_("{file} is a damaged archive; download it once more."), file=name) from error
    if len(found) > _LARGEST:
        raise BadInput(N_("{file} unpacks to more than {size} MB."), file=name, size=_LARGEST >> 20)
    return found


def _text_of(content: bytes, name: str) -> str:
    wide = _WIDE.get(content[:2])
    if wide is None and b"\0" in content:
        raise BadInput(N_("{file} is no text; save the table as CSV."), file=name)
    for encoding in [wide] if wide else ["utf-8-sig", *candidates(content[: 1 << 16])]:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise BadInput(N_("{file} is in no encoding known here; save it as CSV in UTF-8."), file=name)


def _has_decimal_comma(table: PersonTable, column: str) -> bool:
    written = set(table.cells[column].drop_nulls().unique().to_list())
    found = evidence_of(written).has_decimal_comma()
    if found is None:
        raise BadInput(
            N_("{file}: are numbers such as {cell} in column {column} above a thousand, or have they decimals? Write "
               "them without the comma or point."),
            file=table.name, cell=repr(next(text for text in sorted(written) if re.search(r"\d[.,]\d{3}", text))),
            column=repr(column),
        )  # fmt: skip
    return found


def _number(column: str, *, has_comma: bool = False) -> pl.Expr:
    text = pl.col(column).str.to_lowercase().replace({**_YES_NO, **_NOTHING})
    is_percent = text.str.ends_with("%")
    plain = text.str.replace_all(r"[\s%¥$€£]", "").str.replace_all("." if has_comma else ",", "", literal=True)
    number = plain.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(pl.when(is_percent).then(number / 100).otherwise(number))


def _is_figure(column: pl.Series) -> bool:
    if _OF_A_PERSON.search(column.name.strip().casefold()):
        return False
    written = column.drop_nulls().unique()
    filled = written.filter(~written.str.to_lowercase().is_in(["", *_NOTHING]))
    if len(filled) == len(column) >= _FEWEST_IDS and filled.str.contains(r"^\d+$").all():
        return False  # a whole number of its own in every row tells persons apart
    return len(filled) > 0 and not filled.to_frame().select(_number(column.name)).to_series().has_nulls()


def _variant_columns(cells: pl.DataFrame) -> Sequence[str]:
    return [c for c in cells.columns if 2 <= cells[c].n_unique() <= _MOST_VARIANTS]


def _likeliness(cells: pl.DataFrame) -> Callable[[str], tuple[bool, bool, int]]:
    """Sorts columns: first those whose header says so, then texts, then those of fewest values."""

    def key(column: str) -> tuple[bool, bool, int]:
        said = column.strip().casefold()
        is_said = any(re.search(rf"(?<![a-z]){word}", said) for word in _VARIANT_WORDS)
        return not is_said, _is_figure(cells[column]), cells[column].n_unique()

    return key
