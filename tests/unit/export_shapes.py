"""Exports made up in the exact shape that export_shapes.toml describes, and their sums counted without our importer.

``written`` writes a file of a shape; ``counted`` reads it again with the csv module and plain Python: rows, totals,
sums of columns, first and last day. Nothing of the importer is used here.
"""

import csv
import io
import random
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

ROWS = 30
FIRST_DAY = date(2026, 6, 1)
DAYS = 10
WORKSPACE_ZONE = ZoneInfo("Asia/Shanghai")
_MONEY = ("cost", "revenue", "refund", "claimed_revenue")
_CODES = {"utf-16-le": b"\xff\xfe", "utf-8": b"\xef\xbb\xbf"}

# What a column holds, where neither the shape nor its place among the sums says it: the first pattern that matches.
_KINDS = (
    (r"^(currency( code)?|货币|币种|devise|divisa|währungscode)$", "currency"),
    (r"e-?mail|邮箱", "email"),
    (r"phone|手机", "phone"),
    (r"(\bid|编号|订单号|流水号|货号|单号|编码)$|id$|^(leid|euid)$", "id"),
    (r"%|率|\bctr\b|\brate\b|占比|\bshare\b", "percent"),
    (r"roi|roas|产出比|投产比|频次|frequency|frecuencia|人均|平均|均价|成本|单价|价格|cpc|cpm|cpa|avg|durchschn"
     r"|cost per|average|acos|/|时长", "ratio"),
    (r"花费|消费|消耗|费|金额|交易额|cost|spend|spent|amount|total$|sales|revenue|value|fee|tax|budget|价值|补贴|货款|邮费"
     r"|subtotal|shipping$|discount|price", "money"),
    (r"量|数$|次|转化|展现|点击|展示|impr|click|clic|klick|view|reach|reich|alcance|user|session|conversion|result|purchase"
     r"|achat|leads|reaction|comment|share|follow|engage|action|成效|覆盖|积分|units|count|views|forms", "count"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One entry of export_shapes.toml."""

    name: str
    header: str
    profile: str = ""
    file: str = "export.csv"
    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    newline: str = "\n"
    above: list[str] = field(default_factory=list)
    above_rows: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    quote_all: bool = False
    quote_first: bool = False
    day: str | None = None
    last_day: str | None = None
    day_format: str = "%Y-%m-%d"
    time: str | None = None
    time_format: str = "%Y-%m-%d %H:%M:%S"
    zone: str = "Asia/Shanghai"
    order: str | None = None
    lines: dict[str, str] = field(default_factory=dict)
    repeats: bool = False
    one_row_a_day: bool = False
    sums: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    numbers: str = "plain"
    missing: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    currency: str = "CNY"
    period: list[str] = field(default_factory=list)
    starts: str | None = None
    only: str | None = None

    @property
    def expected_profile(self) -> str:
        return self.profile or self.name

    @property
    def columns(self) -> list[str]:
        return next(csv.reader([self.header]))

    def kind_of(self, column: str) -> str:
        """What a column holds."""
        if column in self.types:
            return self.types[column]
        if column in self.items:
            return "name"
        if column in (self.day, self.last_day):
            return "day"
        if column == self.time:
            return "time"
        found = next((kind for pattern, kind in _KINDS if re.search(pattern, column.strip().casefold())), "text")
        field = next((name for name, summed in self.sums.items() if summed == column), "")
        return ("money" if field in _MONEY else "count") if field else found


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a plain reading of the file has found. ``totals``: rows that are no rows. ``sums``: of every numeric column."""

    rows: int
    totals: int
    sums: dict[str, Decimal]
    first_day: date
    last_day: date
    nothing_in: dict[str, int]

    def sum_of(self, columns: str) -> Decimal:
        """The sum of a column, or of several: ``price + fee``."""
        return sum((self.sums[column.strip()] for column in columns.split(" + ")), Decimal())


def shapes() -> list[Shape]:
    """All shapes, in the order of the file."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return [Shape(name=name, **entry) for name, entry in data.items()]


def written(shape: Shape, folder: Path) -> Path:
    """A file of this shape with made-up rows, the same ones every time."""
    rng = random.Random(shape.name)
    rows = _rows(shape, rng)
    text = io.StringIO(newline="")
    for line in shape.above:
        text.write(line + shape.newline)
    quoting = csv.QUOTE_ALL if shape.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=shape.delimiter, lineterminator=shape.newline, quoting=quoting)
    if shape.quote_first:  # "时间",账户,…
        first, *others = shape.columns
        text.write(shape.delimiter.join([f'"{first}"', *others]) + shape.newline)
    else:
        writer.writerow(shape.columns)
    for row in [*(_total(shape, line, rows) for line in shape.above_rows), *rows]:
        writer.writerow(row)
    for line in shape.below:
        if "{" in line:
            writer.writerow(_total(shape, line, rows))
        else:
            text.write(line + shape.newline)
    path = folder / shape.file
    path.write_bytes((_CODES[shape.encoding] if shape.bom else b"") + text.getvalue().encode(shape.encoding))
    return path


def cells(shape: Shape, path: Path) -> list[list[object]]:
    """The same file as the cells of a sheet: lines above it, numbers as numbers, days as days, nothing as no cell."""
    raw = path.read_bytes()
    text = (raw.removeprefix(_CODES[shape.encoding]) if shape.bom else raw).decode(shape.encoding)
    *above, body = text.split(shape.newline, len(shape.above))
    header, *rows = csv.reader(io.StringIO(body, newline=""), delimiter=shape.delimiter)
    table = [[_as_cell(shape, column, cell) for column, cell in zip(header, row, strict=False)] for row in rows]
    return [*([line] for line in above), list(header), *table]


def _as_cell(shape: Shape, column: str, cell: str) -> object:
    if column in (shape.day, shape.last_day) and (shape.day_format == "%Y-%m-%d"):
        return date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else cell or None
    is_number = shape.kind_of(column) in ("money", "count", "ratio") and shape.numbers == "plain"
    return float(cell) if is_number and re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell or None


def counted(shape: Shape, path: Path) -> Counted:
    """Rows, sums and days of a file of this shape, by the csv module."""
    raw = path.read_bytes()
    text = (raw.removeprefix(_CODES[shape.encoding]) if shape.bom else raw).decode(shape.encoding)
    body = text.split(shape.newline, len(shape.above))[len(shape.above)]
    table = [row for row in csv.reader(io.StringIO(body, newline=""), delimiter=shape.delimiter) if any(row)]
    below = sum(1 for line in shape.below if line.strip())
    header, rows = table[0], table[1 + len(shape.above_rows) : len(table) - below]
    numeric = [c for c in header if shape.kind_of(c) in _NUMERIC or (c in shape.lines and shape.lines[c] in _NUMERIC)]
    values = {c: [_number(shape, row[header.index(c)]) for row in rows] for c in numeric}
    taken = [row for row in rows if shape.only is None or _number(shape, row[header.index(shape.only)])]
    days = [date.fromisoformat(day) for day in shape.period] or _days(shape, header, taken)
    return Counted(
        rows=len(rows),
        totals=below + len(shape.above_rows),
        sums={c.strip(): sum((v for v in values[c] if v is not None), Decimal()) for c in numeric},
        first_day=min(days),
        last_day=max(days),
        nothing_in={c: sum(1 for v in values[c] if not v) for c in numeric},
    )


def _days(shape: Shape, header: list[str], rows: list[list[str]]) -> list[date]:
    if shape.starts is not None:
        return [date.fromisoformat(shape.starts) + timedelta(days=int(row[0])) for row in rows]
    if shape.time is not None:
        cells = [row[header.index(shape.time)] for row in rows]
        moments = [datetime.strptime(cell, shape.time_format) for cell in cells if cell]
        local = [m if m.tzinfo else m.replace(tzinfo=ZoneInfo(shape.zone)) for m in moments]
        return [m.astimezone(WORKSPACE_ZONE).date() for m in local]
    columns = [c for c in (shape.day, shape.last_day) if c is not None]
    plain = shape.day_format.replace("%-", "%")
    return [datetime.strptime(row[header.index(c)], plain).date() for row in rows for c in columns]


def _number(shape: Shape, cell: str) -> Decimal | None:
    if shape.numbers in ("fr", "de"):
        cell = re.sub(r"[.\u202f\u00a0 ]", "", cell).replace(",", ".")
    digits = re.sub(r"[^\d.\-]", "", cell)
    return Decimal(digits) if re.search(r"\d", digits) else None


# -- making rows --------------------------------------------------------------------------------------------------------

_NUMERIC = ("money", "count", "small count", "refund", "some refund", "US$", "৳", "₹")
_TEXTS = ("Sommer", "Brand; new", "品牌词", "夏季 大促", 'say "yes"', "a, b and c", "Ünïcode")


def _rows(shape: Shape, rng: random.Random) -> list[list[str]]:
    rows: list[list[str]] = []
    while len(rows) < (DAYS if shape.one_row_a_day else ROWS):
        number = len(rows)
        first = [_cell(shape, c, number, rng) for c in shape.columns]
        rows.append(first)
        for _ in range(rng.choice((0, 0, 1, 2)) if shape.lines else 0):
            line = list(first) if shape.repeats else [""] * len(first)
            for at, column in enumerate(shape.columns):
                if column in shape.lines:
                    line[at] = _value(shape, shape.lines[column], column, len(rows), rng)
                elif column in (shape.order, shape.time):
                    line[at] = first[at]
            rows.append(line)
    return rows


def _cell(shape: Shape, column: str, number: int, rng: random.Random) -> str:
    kind = shape.lines.get(column) or shape.kind_of(column)
    may_miss = kind in ("ratio", "percent") or (kind == "count" and column not in shape.sums.values())
    return shape.missing if may_miss and rng.random() < 0.15 else _value(shape, kind, column, number, rng)


def _value(shape: Shape, kind: str, column: str, number: int, rng: random.Random) -> str:
    made = _MAKERS.get(kind)
    if made is not None:
        return made(number, rng)
    if kind == "day":
        start = FIRST_DAY + timedelta(days=number % DAYS)
        if column == shape.last_day:
            return (start + timedelta(days=number % 3)).strftime(shape.day_format)
        return start.strftime(shape.day_format)
    if kind == "time":
        moment = datetime(2026, 6, 1, 8, tzinfo=UTC) + timedelta(minutes=397 * number)
        return moment.strftime(shape.time_format)
    if kind == "currency":
        return shape.currency
    if kind == "missing":
        return shape.missing
    if kind == "name":
        return f"{_text(shape, rng)} {column} {number}"
    if kind == "text":
        return _text(shape, rng)
    if kind == "long text":
        return " ".join(_text(shape, rng) for _ in range(8))
    value = _MEASURES[kind](rng)
    return _printed(shape, kind, value)


def _text(shape: Shape, rng: random.Random) -> str:
    """A name with all that names may hold, as far as the encoding can write it."""
    return rng.choice(_TEXTS).encode(shape.encoding, errors="ignore").decode(shape.encoding) or "x"


def _printed(shape: Shape, kind: str, value: Decimal) -> str:
    places = 0 if kind in ("count", "small count", "৳") else 2
    grouped = f"{value:,.{places}f}"
    if kind in ("US$", "৳", "₹"):
        return kind + grouped
    if shape.numbers == "thousands" or (shape.numbers == "counts in thousands" and places == 0):
        return grouped
    if shape.numbers == "fr":
        return grouped.replace(",", " ").replace(".", ",")
    if shape.numbers == "de":
        return grouped.replace(",", "·").replace(".", ",").replace("·", ".")
    return f"{value:.{places}f}"


def _total(shape: Shape, line: str, rows: list[list[str]]) -> list[str]:
    """A line of totals: {column} is the sum of the rows."""

    def filled(cell: str) -> str:
        name = cell.strip("{}")
        if not cell.startswith("{"):
            return cell
        at = shape.columns.index(name)
        values = [_number(shape, row[at]) for row in rows]
        return _printed(shape, shape.kind_of(name), sum((v for v in values if v is not None), Decimal()))

    return [filled(cell) for cell in next(csv.reader([line]))]


def _cents(low: int, high: int) -> Callable[[random.Random], Decimal]:
    return lambda rng: Decimal(rng.randint(low, high)) / 100


_MEASURES: dict[str, Callable[[random.Random], Decimal]] = {
    "money": _cents(1, 250_000),
    "US$": _cents(1, 250_000),
    "₹": _cents(1, 250_000),
    "ratio": _cents(1, 900),
    "৳": lambda rng: Decimal(rng.randint(100, 9_000)),
    "count": lambda rng: Decimal(rng.randint(0, 30_000)),
    "small count": lambda rng: Decimal(rng.randint(1, 3)),
    "refund": lambda rng: Decimal(rng.choice((0, 0, 0, 1))),
    "some refund": lambda rng: Decimal(rng.choice((0, 0, 1, 250))) / 10,
}


def _phone(number: int) -> str:
    return f"138{number:08d}"


_MAKERS: dict[str, Callable[[int, random.Random], str]] = {
    "lines of text": lambda n, rng: "UTM source: x\nUTM medium: y\r\nNote: a, b",
    "one text": lambda n, rng: "a report",
    "percent": lambda n, rng: f"{rng.randint(0, 999) / 100:.2f}%",
    "share": lambda n, rng: rng.choice(("< 10%", "12.34%")),
    "id": lambda n, rng: f"{rng.randint(10**12, 10**13)}",
    "tab id": lambda n, rng: f"\t{rng.randint(10**17, 10**18)}",
    "bracketed id": lambda n, rng: f"[{rng.randint(10**13, 10**14)}]",
    "row": lambda n, rng: str(n + 1),
    "order": lambda n, rng: f"A{1000 + n}",
    "tab order": lambda n, rng: f"\t{69_000_000_000_000_000 + n}",
    "protected order": lambda n, rng: f'="{2_400_000_000_000_000 + n}"',
    "phone": lambda n, rng: _phone(n),
    "email": lambda n, rng: f"ana{n}@shop.example",
    "flag": lambda n, rng: rng.choice(("true", "false")),
    "blank": lambda n, rng: "",
    "url": lambda n, rng: f"https://www.shop.example/item/{n}?a=1&b=2",
    "weekday": lambda n, rng: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[n % 7],
    "hour": lambda n, rng: str(n % 24),
    "nth": lambda n, rng: f"{n:04d}",
    "cohort": lambda n, rng: f"Oct {n + 1} - Oct {n + 7}",
    "channel": lambda n, rng: rng.choice(("Organic Search", "Paid Social", "douyin", "Direct Traffic")),
    "action": lambda n, rng: rng.choice(("click", "view", "purchase")),
    "paid": lambda n, rng: rng.choice(("paid", "paid", "completed")),
    "paid zh": lambda n, rng: rng.choice(("交易成功", "已发货", "已完成")),
    "currency in lower case": lambda n, rng: "usd",
    "quoted tags": lambda n, rng: '"VIP","Blog"',
}
