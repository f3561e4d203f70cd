"""CAC/LTV rule: a channel has long-term value while acquiring a customer costs less than 30 % of what one brings.

CAC = spend / new customers credited to the channel over the trailing ``cac_window_days`` closed days with spend
delivered; LTV as predicted for customers the channel acquired (``customers.ltv``), in margin. A window counts with at
least 10 new customers: with fewer the ratio is chance. Fires on the first day above the limit that is not over within
three days, once; recovers after 3 days in a row at or below it, and where the channel has stopped spending, for then no
customer is bought any more (``roi_streak.ended_on``). Replay uses today's LTV for all days, since a
lifetime is not known earlier than it is lived.

Example: 5,600 spent over 28 days for 40 new customers = 140 each, LTV 400 -> 35 %: above the limit.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case
from omnidash.health.roi_streak import ended_on, streaks
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import knows_spend
from omnidash.metrics.metric import ratio
from omnidash.model.defaults import DIRECT
from omnidash.model.messages import N_, Message

RULE = "cac_to_ltv"

_MINIMUM_CUSTOMERS = 10
_DAYS_TO_FIRE = _DAYS_TO_RECOVER = 3


def cac_to_ltv_cases(
    channel_day: pl.DataFrame, *, closed_through: date, thresholds: Thresholds, ltv: Mapping[str, float]
) -> list[Case]:
    """All cases of history for the channels of ``ltv`` (workspace currency per customer), in order of channel and
    day."""
    days = cac_to_ltv_days(channel_day, closed_through=closed_through, thresholds=thresholds, ltv=ltv)
    cases = []
    for (channel,), of_channel in days.group_by("channel", maintain_order=True):
        limit = thresholds.of(str(channel)).cac_to_ltv_limit
        spells = streaks(
            (of_channel["cac_to_ltv"] > limit + 1e-9).to_list(),
            days_to_fire=_DAYS_TO_FIRE,
            days_to_recover=_DAYS_TO_RECOVER,
        )
        for spell in spells:
            last = of_channel.row(spell.last_below, named=True)
            end = spell.recovered if spell.recovered is not None else of_channel.height - 1
            recovered_on = None if spell.recovered is None else of_channel["day"][spell.recovered]
            own = channel_day.filter(channel=channel)
            end_of_spend = None if recovered_on else ended_on(own, channel_day, closed_through)
            if end_of_spend is not None:
                recovered_on = max(end_of_spend, last["day"] + timedelta(days=1))
            first_day = of_channel["day"][spell.first]
            values: dict[str, object] = {
                "channel": channel,
                "part_percent": last["cac_to_ltv"],
                "limit_percent": limit,
                "cac_money": last["cac"],
                "ltv_money": ltv[str(channel)],
                "first_day": first_day,
                "recovered_on": recovered_on,
                "days": thresholds.cac_window_days,
            }
            cases.append(
                Case(
                    rule=RULE,
                    channel=str(channel),
                    state="open" if recovered_on is None else "recovered",
                    severity="high" if last["cac_to_ltv"] > 2 * limit else "low",
                    first_day=first_day,
                    fired_on=of_channel["day"][spell.fired],
                    last_day=last["day"],
                    recovered_on=recovered_on,
                    value=last["cac_to_ltv"],
                    limit=limit,
                    evidence=of_channel.slice(spell.first, end - spell.first + 1),
                    sentence=_sentence(values, has_ended=end_of_spend is not None),
                    actions=_actions(values, last) if recovered_on is None else (),
                )
            )
    return cases


def cac_to_ltv_days(
    channel_day: pl.DataFrame, *, closed_through: date, thresholds: Thresholds, ltv: Mapping[str, float]
) -> pl.DataFrame:
    """The trailing window per day: [day, channel, spend, new_customers, cac, cac_to_ltv], windows with too few left
    out."""
    spent_until = channel_day.filter("has_spend")["day"].max()
    closed = channel_day.filter(
        (pl.col("day") <= closed_through) & pl.col("channel").is_in(list(ltv)) & (pl.col("channel") != DIRECT)
    ).sort("channel", "day")
    if spent_until is None or closed.is_empty():
        return pl.DataFrame(schema={"day": pl.Date, "channel": pl.String, "cac_to_ltv": pl.Float64, "cac": pl.Float64})
    worth = pl.DataFrame({"channel": list(ltv), "ltv": list(ltv.values())}, schema_overrides={"ltv": pl.Float64})
    window = thresholds.cac_window_days
    return (
        closed.filter(pl.col("day") <= spent_until)
        .with_columns(new_customers=pl.when(knows_spend()).then("new_customers").otherwise(0.0))
        .with_columns(pl.col("spend", "new_customers").rolling_sum(window).over("channel"))
        .drop_nulls(["spend", "new_customers"])
        .filter((pl.col("new_customers") >= _MINIMUM_CUSTOMERS) & (pl.col("spend") > 0))
        .join(worth, on="channel", how="inner")
        .with_columns(cac=ratio(pl.col("spend"), pl.col("new_customers")))
        .with_columns(cac_to_ltv=ratio(pl.col("cac"), pl.col("ltv")))
        .drop_nulls("cac_to_ltv")
        .select("day", "channel", "spend", "new_customers", "cac", "cac_to_ltv")
        .sort("channel", "day")
    )


def _sentence(values: dict[str, object], *, has_ended: bool) -> Message:
    if has_ended:
        return Message(
            N_(
                "{channel}: a new customer cost more than {limit_percent} of their lifetime value from {first_day} on;"
                " it has spent nothing since."
            ),
            values,
        )
    if values["recovered_on"] is None:
        return Message(
            N_("{channel}: a new customer costs {part_percent} of their lifetime value (limit {limit_percent})."),
            values,
        )
    return Message(
        N_(
            "{channel}: a new customer cost more than {limit_percent} of their lifetime value from {first_day} on;"
            " back since {recovered_on}."
        ),
        values,
    )


def _actions(values: dict[str, object], last: dict[str, float]) -> tuple[Message, ...]:
    affordable = float(str(values["limit_percent"])) * float(str(values["ltv_money"]))
    to_save = max(0.0, last["spend"] - affordable * last["new_customers"])
    return (
        Message(
            N_("A customer costs {cac_money} and brings {ltv_money}; up to {affordable_money} keeps the rule."),
            values | {"affordable_money": affordable},
        ),
        Message(
            N_("At {customers} new customers in {days} days that is {saved_money} less spend, or as much more value."),
            values | {"customers": round(last["new_customers"]), "saved_money": to_save},
        ),
    )
