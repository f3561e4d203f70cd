"""Which of several accounts or shops of one platform does a row speak of? Campaigns, items and orders of two of them
may bear one name or number.

A column says so in most exports of agencies; where none does, ``Mapping.account`` can be given for the whole file. A
name is taken before a number, for a file often has both and the name is what the same export has in every layout. Of
spend and figures the column is the field ``account``, of orders their shop (``store_id``): few shops over many rows,
for a column of accounts may also name the customers.

Events are told apart by what they say, so whose they are matters only where they have ids of their own: two apps or
sites count theirs alike. There ``account`` is part of the id and kept nowhere else. Whose members and customers they
are an account says, too (``names_owner``); an app and a site of one house share theirs.
"""

from dataclasses import replace

from omnidash.ingest.meaning.columns import cells_of
from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source

_HEADERS = (
    "account name", "ad account name", "advertiser name", "account", "ad account", "advertiser", "kontoname",
    "kontobezeichnung", "konto", "nom du compte", "compte", "nombre de la cuenta", "cuenta", "账户名称", "账户名",
    "广告账户名称", "推广账户名称", "广告主名称", "账户", "广告账户", "推广账户", "广告主", "投放账户", "账号名称",
    "account id", "ad account id", "advertiser id", "customer id", "external customer id", "account number",
    "账户id", "广告账户id", "广告主id", "账号id",
)  # fmt: skip


_SHOPS = (
    "shop name", "shop", "store name", "store", "seller", "seller name", "merchant", "merchant name", "shop account",
    "seller account", "店铺名称", "店铺", "店铺名", "店铺账号", "卖家账号", "卖家昵称", "商户名称", "商家名称",
)  # fmt: skip
_SITES = (
    "property", "property id", "property name", "site", "site id", "site name", "website", "app", "app id", "app name",
    "app key", "stream", "stream id", "stream name", "data stream", "应用", "应用名称", "应用id", "站点", "站点名称",
    "站点id", "小程序", "小程序名称", "数据流", "媒体资源",
)  # fmt: skip
_OWN_FORMAT, _OWNED = "plain_events", {"customer_id", "member_id"}
_MOST_SHOPS = 0.2  # of the rows of the sample


def with_account(source: Source, mapping: Mapping, *, is_recalled: bool = False) -> Mapping:
    """The mapping with its column of accounts or shops, where the file has one and nobody has said what it is. Events
    of a header that was imported before (``is_recalled``) keep the ids they have."""
    if mapping.kind == "events":
        return mapping if is_recalled else _with_site(source, mapping)
    field = {"spend": "account", "reports": "account", "orders": "store_id"}.get(mapping.kind)
    used = {*mapping.columns, *mapping.figures, *mapping.totals, *mapping.leaves_out, *mapping.added}
    if field is None or mapping.account is not None or mapping.is_deals or field in mapping.columns.values():
        return mapping
    by_key = {header_key(column): column for column in reversed(source.dialect.header) if column not in used}
    headers = _HEADERS if mapping.kind == "spend" else (*_SHOPS, *_HEADERS)
    column = next((by_key[key] for key in headers if key in by_key), None)
    if column is None or (mapping.kind == "orders" and not _are_few(cells_of(source, column))):
        return mapping
    return replace(mapping, columns={**mapping.columns, column: field})


def names_owner(column: str) -> bool:
    """Whether a column that is mapped as the account says whose members and customers the rows name."""
    return header_key(column) not in _SITES


def _with_site(source: Source, mapping: Mapping) -> Mapping:
    """The mapping of events with ids and the column of the app or site that counts them; a column of accounts may name
    customers, and is meant only where two of them have one id. In our own format ``account`` is what it is called."""
    taken = {*mapping.columns.values(), *mapping.constants}
    if mapping.profile == _OWN_FORMAT and _OWNED & taken and not {"account", "event_id"} & taken:
        column = next(
            (c for c in source.dialect.header if header_key(c) == "account" and c not in mapping.columns), None
        )
        if column is not None and mapping.account is None:
            return replace(mapping, columns={**mapping.columns, column: "account"})
    if "event_id" not in taken or "account" in taken or mapping.account is not None:
        return mapping
    by_key = {header_key(c): c for c in reversed(source.dialect.header) if c not in mapping.columns}
    column_of_ids = next((column for column, field in mapping.columns.items() if field == "event_id"), None)
    for key in (*_SITES, *_HEADERS):
        column = by_key.get(key)
        if column is None or not _are_few(cells_of(source, column)):
            continue
        if key in _SITES or (column_of_ids and _share_ids(source, column, column_of_ids)):
            return replace(mapping, columns={**mapping.columns, column: "account"})
    return mapping


def _share_ids(source: Source, column: str, column_of_ids: str) -> bool:
    """Whether two accounts of the sample have one id."""
    account, own = (source.dialect.header.index(name) for name in (column, column_of_ids))
    rows = [row for row in source.dialect.sample if max(account, own) < len(row) and row[own].strip()]
    return len({(row[own], row[account]) for row in rows}) > len({row[own] for row in rows})


def _are_few(cells: list[str]) -> bool:
    return bool(cells) and len(set(cells)) <= max(1, _MOST_SHOPS * len(cells))
