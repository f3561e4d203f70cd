"""What an import does, as the sentences a person reads first."""

from collections.abc import Sequence

from omnidash.ingest.result import Restatement, Twin
from omnidash.model.messages import N_, Message

_ORDERS = {  # the order in which dates are read that may be read in another
    "dmy": N_("column '{column}': dates are read day first (03/04 is 3 April)"),
    "mdy": N_("column '{column}': dates are read month first (03/04 is 4 March)"),
    "ymd": N_("column '{column}': dates are read year first (03/04/05 is 5 April 2003)"),
}


def headlines(
    *,
    kind: str,
    added: int,
    restated: int,
    duplicates: int,
    rejected: int,
    skipped_totals: int,
    restatement: Restatement | None,
    twin: Twin | None,
    settled: int,
    ambiguous_dates: Sequence[str],
    date_order: str | None,
) -> tuple[Message, ...]:
    """The sentences, the most important first; only those that say something."""
    said: list[Message] = []
    if twin is not None:
        said.append(same_file(twin, is_unchanged=added + restated == 0))
    if settled:
        said.append(
            _counted(settled, N_("brings 1 row that was set aside"), N_("brings {count} rows that were set aside"))
        )
    if added:
        said.append(_counted(added, N_("adds 1 row"), N_("adds {count} rows")))
    if restatement is not None:
        said.append(_restated(restated, restatement))
    if duplicates and kind == "orders":
        said.append(_counted(duplicates, N_("1 duplicate order line"), N_("{count} duplicate order lines")))
    elif duplicates:
        said.append(_counted(duplicates, N_("1 row is there already"), N_("{count} rows are there already")))
    if rejected:
        said.append(_counted(rejected, N_("1 row set aside"), N_("{count} rows set aside")))
    if skipped_totals:
        said.append(_counted(skipped_totals, N_("1 total line skipped"), N_("{count} total lines skipped")))
    read = _ORDERS.get(date_order or "", _ORDERS["ymd"])
    said += [Message(read, {"column": column}) for column in ambiguous_dates]
    return tuple(said)


def _counted(count: int, one: str, many: str) -> Message:
    return Message(one if count == 1 else many, {"count": count})


def same_file(twin: Twin, *, is_unchanged: bool) -> Message:
    """What it means that the very same file was imported before."""
    values = {"batch": twin.batch_id, "file": twin.file, "day": twin.imported_at.date()}
    if not twin.is_same_mapping:
        return Message(
            N_("this file is already imported as batch {batch} with another mapping; its rows will be replaced"), values
        )
    if is_unchanged:
        return Message(N_("this file is already imported as batch {batch} ('{file}', {day}); nothing changes"), values)
    return Message(
        N_("this file is already imported as batch {batch} ('{file}', {day}), and other files have changed it since"),
        values,
    )


def _restated(rows: int, restatement: Restatement) -> Message:
    total = restatement.total
    values = {
        "rows": rows,
        "days": len(restatement.days),
        "first_day": restatement.days[0],
        "before_money": str(total.before),
        "after_money": str(total.after),
        "change_percent": total.ratio,
    }
    what = {"cost": _SPEND, "revenue": _REVENUE, None: _ROWS}[restatement.measure]
    has_change = restatement.measure is not None and total.ratio is not None
    return Message(what[len(restatement.days) > 1][has_change], values)


# [more than one day][the change has a percentage]
_SPEND = (
    (
        N_("restates spend of {first_day}: {before_money} → {after_money}"),
        N_("restates spend of {first_day} by {change_percent} ({before_money} → {after_money})"),
    ),
    (
        N_("restates {days} days of spend: {before_money} → {after_money}"),
        N_("restates {days} days of spend by {change_percent} ({before_money} → {after_money})"),
    ),
)
_REVENUE = (
    (
        N_("restates revenue of {first_day}: {before_money} → {after_money}"),
        N_("restates revenue of {first_day} by {change_percent} ({before_money} → {after_money})"),
    ),
    (
        N_("restates {days} days of revenue: {before_money} → {after_money}"),
        N_("restates {days} days of revenue by {change_percent} ({before_money} → {after_money})"),
    ),
)
_ROWS = (
    (N_("restates rows of {first_day}"), N_("restates rows of {first_day}")),
    (N_("restates rows of {days} days"), N_("restates rows of {days} days")),
)
