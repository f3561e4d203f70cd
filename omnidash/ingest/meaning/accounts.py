"""Which of several accounts of one platform a file of spend speaks of: campaigns of two accounts may bear one name.

A column says so in most exports of agencies; where none does, ``Mapping.account`` can be given for the whole file. A
name is taken before a number, for a file often has both and the name is what the same export has in every layout.
"""

from dataclasses import replace

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


def with_account(source: Source, mapping: Mapping) -> Mapping:
    """The mapping of spend with its column of accounts, where the file has one and nobody has said what it is."""
    used = {*mapping.columns, *mapping.figures, *mapping.totals, *mapping.leaves_out, *mapping.added}
    if mapping.kind != "spend" or mapping.account is not None or "account" in mapping.columns.values():
        return mapping
    by_key = {header_key(column): column for column in reversed(source.dialect.header) if column not in used}
    column = next((by_key[key] for key in _HEADERS if key in by_key), None)
    return mapping if column is None else replace(mapping, columns={**mapping.columns, column: "account"})
