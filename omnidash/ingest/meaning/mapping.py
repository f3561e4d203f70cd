"""What the columns of one file mean: a frozen, JSON-able decision that people confirm once per header.

The dry run, the commit and the memory of the workspace (``memory``) all speak of the same ``Mapping``. A remembered
mapping is found again by the *signature* of the header, which does not change with case, blanks or the order of files.
"""

import hashlib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from omnidash.identity.personal import unpersonal
from omnidash.ingest.meaning.fields import FIELDS, IDENTIFIER_TYPES, KINDS, field_of, header_key
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.settings import currencies

DATE_ORDERS = ("dmy", "mdy", "ymd")
AMOUNT_LEVELS = ("order", "line")
SPANS = ("range", "month", "week", "quarter")
GUESSED, MAPPED, REMEMBERED = "guessed", "mapped", "remembered"
OF_ONE_FILE = ("date", "end_date", "time", "channel", "currency")
JOINED = ("campaign", "ad", "item", "time")  # of time: the day, then the clock
JOINT = " › "
_SAYS_NOTHING = frozenset(("time", "currency", "store_id"))  # of an event: when and where, but nothing of what


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """``columns``: source column -> field name; ``constants``: field name -> value for every row.

    ``timezone`` is that of times written without offset; None: the workspace's. ``currency`` likewise.
    ``date_order`` ('dmy', 'mdy', 'ymd' of years with two digits, or None: not needed) reads 03/04/2026 and 26-07-01.
    ``decimal_comma``: None where nothing decides whether 1.234 is a thousand; then its owner is asked.
    ``multipliers``: source column -> by what its amounts are multiplied, as its header or a line above says (万元).
    ``conversion_is_touch``: a conversion row that
    names a channel is a touch of it as well. ``revenue_is_net``: paid amounts already have refunds taken off.
    ``is_deals``: the orders are deals of a CRM, which bring revenue once they are won.
    ``channel_labels`` and ``action_labels`` are decisions of this file's user: raw label -> channel or action.
    ``figures``: other columns that count something (spend and reports) -> how they add up: 'sum', 'cumulative' (over
    items of one day, never over days), 'average' (never), or a formula of columns such as '花费 / 点击量'.
    ``added``: further column -> amount that both say together: a note's price and the platform's fee are its cost.
    ``amount_level`` of orders in several lines: the amounts on a line are the whole 'order''s, or the 'line''s own;
    None: seen by header and values.
    ``span``: what a cell of the day column names: None: a day; 'range': two days; 'month'; 'week': its first day.
    ``totals``: columns whose cells are all empty in a row that is a total. Constants of ``OF_ONE_FILE`` belong to the
    file they were given for (the days it covers, its channel) and are not remembered for its header.
    ``leaves_out``: column -> pattern of the cells (whole, any case) of rows that are no orders, touches or spend at
    all, such as the withdrawals in an account's history.
    ``missing_campaigns``: what becomes of campaigns that earlier files have on the file's days and it has not: 'keep',
    'replace', or None: nobody has said (``ingest.vanished``); of one file as well.
    ``is_other_sales``: its owner says that purchases which look like those of another source are others
    (``ingest.twice_sold``); of one file as well.
    ``account``: which of several accounts or shops of one platform the file is of; their campaigns and orders may have
    the same names and numbers. Of spend a column may say so as well. It is not remembered for the header.
    ``ids_of``: whose numbers its customer ids are, 'own' for the house's; None: the platform's and the account's
    (``ingest.customer_spaces``).
    Several columns may tell one field of ``JOINED``; what they say is joined by ``JOINT``, in the mapping's order.
    """

    kind: str
    columns: AnyMapping[str, str]
    constants: AnyMapping[str, str] = field(default_factory=dict)
    profile: str = GUESSED
    timezone: str | None = None
    currency: str | None = None
    date_order: str | None = None
    decimal_comma: bool | None = False
    conversion_is_touch: bool = True
    revenue_is_net: bool = False
    is_deals: bool = False
    missing_campaigns: str | None = None
    is_other_sales: bool = False
    channel_labels: AnyMapping[str, str] = field(default_factory=dict)
    action_labels: AnyMapping[str, str] = field(default_factory=dict)
    figures: AnyMapping[str, str] = field(default_factory=dict)
    added: AnyMapping[str, str] = field(default_factory=dict)
    amount_level: str | None = None
    totals: tuple[str, ...] = ()
    span: str | None = None
    leaves_out: AnyMapping[str, str] = field(default_factory=dict)
    multipliers: AnyMapping[str, str] = field(default_factory=dict)
    account: str | None = None
    ids_of: str | None = None

    def __post_init__(self) -> None:
        # labels are assigned as they are shown, and what a mapping says is remembered
        for name in ("channel_labels", "action_labels"):
            object.__setattr__(self, name, {unpersonal(label): meant for label, meant in getattr(self, name).items()})
        object.__setattr__(self, "constants", {name: unpersonal(text) for name, text in self.constants.items()})
        given = set(self.columns.values())  # a column that somebody gives another meaning is added to nothing
        kept = {column: name for column, name in self.added.items() if column not in self.columns and name in given}
        object.__setattr__(self, "added", kept)
        if self.ids_of is not None:
            object.__setattr__(self, "ids_of", unpersonal(self.ids_of.strip()) or None)
        if self.kind not in KINDS:
            raise BadInput(
                N_("kind '{kind}' is unknown; expected one of {kinds}"), kind=self.kind, kinds=", ".join(KINDS)
            )
        for name in (*self.columns.values(), *self.constants):
            if field_of(self.kind, name) is None:
                known = ", ".join(f.name for f in FIELDS[self.kind])
                raise BadInput(
                    N_("'{field}' is no field of {kind}; expected one of {fields}"),
                    field=name,
                    kind=self.kind,
                    fields=known,
                )
        for name in set(self.columns.values()) - {*IDENTIFIER_TYPES, *JOINED}:
            twice = [column for column, meaning in self.columns.items() if meaning == name]
            if len(twice) > 1:
                raise BadInput(
                    N_("columns {columns} are both mapped to '{field}'; keep one of them"),
                    columns=" + ".join(twice),
                    field=name,
                )
        if self.timezone is not None and not _is_timezone(self.timezone):
            raise BadInput(
                N_("timezone '{timezone}' is unknown; expected an IANA name such as Asia/Shanghai"),
                timezone=self.timezone,
            )
        if self.currency is not None:
            require_currency(self.currency)
        if self.amount_level not in (None, *AMOUNT_LEVELS):
            raise BadInput(N_("amount level '{level}' is unknown; expected order or line"), level=self.amount_level)
        if self.span is not None and (self.span not in SPANS or "date" not in self.columns.values()):
            raise BadInput(
                N_("span '{span}' is unknown; expected range, month, week or quarter of a day column"), span=self.span
            )
        if self.date_order not in (None, *DATE_ORDERS):
            raise BadInput(N_("date order '{order}' is unknown; expected dmy, mdy or ymd"), order=self.date_order)

    @property
    def namespace(self) -> str:
        """Whose numbers the file's orders and events have: the channel and the account given for the whole file. Two
        shops number their orders alike."""
        channel = self.constants.get("channel", "")
        return channel if not self.account else f"{channel}\x1e{self.account}"

    def missing_fields(self) -> list[str]:
        """Names of fields without which no row of this kind makes sense and which nothing provides."""
        given = {*self.columns.values(), *self.constants}
        missing = [f.name for f in FIELDS[self.kind] if f.needed and f.name not in given]
        if self.is_refunds:
            has_time = given & {"refund_time", "paid_time", "time"}
            return [name for name in missing if name != "time"] + ([] if has_time else ["refund_time"])
        if self.kind == "orders" and "paid_time" in given and "time" in missing:
            missing.remove("time")  # what was paid was ordered
        if self.kind == "events" and self.profile == GUESSED and given <= _SAYS_NOTHING:
            missing.append("action")  # a column of days alone is no log of anything
        if self.kind == "spend" and "channel" not in given:
            missing.append("channel")
        if self.kind == "orders" and "revenue" not in given and not {"quantity", "unit_price"} <= given:
            missing.append("revenue")
        return missing

    def for_header(self) -> "Mapping":
        """What of this mapping holds for every file of the same header; ``memory`` adds what a person answered."""
        return replace(
            self,
            constants={k: v for k, v in self.constants.items() if k not in OF_ONE_FILE},
            timezone=None,
            currency=None,
            date_order=None,
            decimal_comma=False,
            span=None,
            multipliers={},
            missing_campaigns=None,
            is_other_sales=False,
            account=None,
        )

    @property
    def is_refunds(self) -> bool:
        """Whether the file only says what was given back on which order, not what orders brought in."""
        given = {*self.columns.values(), *self.constants}
        has_amount = "revenue" in given or {"quantity", "unit_price"} <= given
        return self.kind == "orders" and "refund" in given and not has_amount

    def column_of(self, name: str) -> str | None:
        """The source column mapped to a field (the first of several), or None."""
        return next(iter(self.columns_of(name)), None)

    def columns_of(self, name: str) -> list[str]:
        """The source columns mapped to a field."""
        return [column for column, meaning in self.columns.items() if meaning == name]

    def to_json(self) -> dict[str, Any]:
        """As plain data; ``from_json`` is its inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> "Mapping":
        """From plain data; names this version does not know are left out. Raises BadInput on values that cannot be."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        return cls(**{**values, "totals": tuple(values.get("totals", ()))})


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def require_currency(code: str) -> str:
    """``code`` if it is an ISO 4217 currency; raises BadInput otherwise."""
    if code not in currencies():
        raise BadInput(N_("currency '{currency}' is unknown; expected an ISO 4217 code such as EUR"), currency=code)
    return code


def signature(header: Sequence[str]) -> str:
    """The same for files of the same columns, whatever stands in them."""
    return hashlib.sha256("\x1f".join(map(header_key, header)).encode()).hexdigest()[:32]
