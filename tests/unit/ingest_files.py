"""Readable files for the tests of the import."""

from pathlib import Path

from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import BatchResult, commit, import_file, inspect
from omnidash.store import Workspace

EVENTS = """\
time,channel,action,email,phone,revenue
2026-07-01 10:00:00,抖音,impression,ana@shop.example,,
2026-07-01 11:00:00,微信,click,,13812345678,
2026-07-02 09:30:00,天猫,purchase,ana@shop.example,138-1234-5678,199.00
"""

SPEND = """\
date,channel,campaign,cost,impressions,clicks
2026-07-01,抖音,夏季,100.50,1000,30
2026-07-01,百度,品牌词,50,400,20
2026-07-02,抖音,夏季,110,1200,35
"""

ORDERS = """\
订单编号,订单创建时间,付款时间,手机号,实付金额,退款金额,订单状态
1001,2026-07-01 10:00:00,2026-07-01 10:01:00,13812345678,200.00,0,交易成功
1002,2026-07-01 11:00:00,,13912345678,80.00,0,等待买家付款
1003,2026-07-02 12:00:00,2026-07-02 12:00:30,13812345678,50.00,20.00,交易成功
"""


def write(folder: Path, text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    """A file with these contents."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def imported(workspace: Workspace, folder: Path, text: str, name: str = "file.csv") -> BatchResult:
    """The file imported with the guess."""
    return import_file(workspace, write(folder, text, name))


def recommitted(workspace: Workspace, path: Path) -> BatchResult:
    """The file imported again with the mapping it is recognised by."""
    return commit(workspace, path, inspect(workspace, path).mapping)


def rows_of(*row: str, many: int = 20) -> list[list[str]]:
    """Rows that are all alike but for '#', which counts up."""
    return [[cell.replace("#", str(1000 + i)) for cell in row] for i in range(many)]


def meaning_of(header: str, *row: str, kind: str | None = None, has_period: bool = False) -> Mapping:
    return guess(header.split(","), rows_of(*row), kind, has_period=has_period).mapping


# What a workspace says, without what only the history knows (batch numbers).
QUERIES = {
    "events": "select * exclude (batch_id) from event order by event_id",
    "spend": "select * exclude (batch_id) from spend order by spend_id",
    "lines": "select * exclude (batch_id) from order_line order by order_line_id",
    "reports": "select * exclude (batch_id) from report order by report_id",
    "identifiers": "select * from identifier order by identifier_id",
    "links": "select a, b, row_number from link order by all",
    "persons": "select * from person order by identifier_id",
    "channels": "select * from channel order by channel",
    "labels": "select * from channel_label order by label",
    "stages": "select * from stage order by action",
}


def says(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """Everything that metrics are made of."""
    return {name: workspace.rows(sql) for name, sql in QUERIES.items()}
