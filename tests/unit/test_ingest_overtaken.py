"""What others write while a file is read or waits for the writer: nothing outdated is committed."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.identity.forget import forget
from omnidash.ingest.channels import assign
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import commit, import_file, inspect
from omnidash.model.errors import WorkspaceBusy
from omnidash.model.messages import Message
from omnidash.store import Workspace
from tests.unit.ingest_files import write

EVENTS = """\
time,email,phone,action,channel
2026-07-01 10:00:00,ana@x.example,13812345678,click,web
2026-07-01 10:05:00,bo@x.example,13912345678,click,web
"""
LATER = EVENTS + "2026-07-02 10:00:00,ana@x.example,13812345678,visit,web\n"
SHOP = "date,channel,campaign,cost\n2026-07-01,小店,a,10\n"
SPEND = "date,channel,campaign,cost,currency\n2026-07-01,抖音,a,10,USD\n"


def once_staged(act: Callable[[], object], times: int = 1) -> Callable[[float, Message], None]:
    """A listener that acts when a file is staged and about to be written, the first times it hears so."""
    calls: list[float] = []

    def heard(fraction: float, message: Message) -> None:
        if message.template.startswith("writing {rows}") and len(calls) < times:
            calls.append(fraction)
            act()

    return heard


def test_a_person_forgotten_while_an_import_waits_stays_forgotten(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    later = write(tmp_path, LATER, "later.csv")
    done = commit(
        workspace,
        later,
        inspect(workspace, later).mapping,
        progress=once_staged(lambda: forget(workspace, "ana@x.example")),
    )
    assert (done.added, done.duplicates) == (1, 2)
    assert workspace.rows("select hint from identifier order by hint") == [("+86139****5678",), ("b***@***.example",)]
    named = workspace.rows("select identifier_id is not null from event order by ts")
    assert named == [(False,), (True,), (False,)]


def test_money_is_converted_by_the_rates_there_are_when_it_is_written(workspace: Workspace, tmp_path: Path) -> None:
    first = date(2026, 7, 1)
    set_rates(workspace, [("USD", first, Decimal(7))])
    path = write(tmp_path, SPEND)
    commit(
        workspace,
        path,
        inspect(workspace, path).mapping,
        progress=once_staged(lambda: set_rates(workspace, [("USD", first, Decimal(8))])),
    )
    assert workspace.rows("select cost_base from spend") == [(Decimal(80),)]


def test_a_label_assigned_while_the_file_was_read_counts(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, SHOP, "known.csv"))
    path = write(tmp_path, SHOP.replace("07-01", "07-02"))
    commit(
        workspace,
        path,
        inspect(workspace, path).mapping,
        progress=once_staged(lambda: assign(workspace, {"小店": "douyin"})),
    )
    assert workspace.rows("select distinct channel from spend") == [("douyin",)]


def test_an_import_that_is_overtaken_again_and_again_gives_up_and_changes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, SPEND)
    rates = iter(range(2, 100))
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(1))])

    def change() -> None:
        set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(next(rates)))])

    with pytest.raises(WorkspaceBusy):
        commit(workspace, path, inspect(workspace, path).mapping, progress=once_staged(change, times=100))
    assert workspace.rows("select count(*) from spend") == [(0,)]
