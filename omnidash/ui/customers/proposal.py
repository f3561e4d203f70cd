"""A change of who is who, before it is made: what it would do to persons, funnel, credit and revenue per customer.

Nothing is written until somebody has seen this and pressed the button below it; decisions need a reason.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import polars as pl
import streamlit as st

from omnidash.engine.identity_effects import Effects
from omnidash.identity.decisions import reason_to_keep
from omnidash.identity.preview import Preview, Proposal, apply
from omnidash.identity.resolve import set_rules
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_, Message
from omnidash.ui import workspaces
from omnidash.ui.customers import at_work, cached
from omnidash.ui.customers.wording import LEVEL_TITLES, identifier_text, link_text, told_apart
from omnidash.ui.data.wording import who
from omnidash.ui.funnel.choice import standard_query, step_labels
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.persons import chosen_level
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table
from omnidash.ui.text import plain

_KEY = "customer_proposal"
_WAIT_SECONDS = 20.0
_MOST_IN_SIGHT = 200
_MOST_STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    workspace_id: str
    section: str
    proposal: Proposal
    title: str


def propose(screen: Screen, section: str, proposal: Proposal, title: str) -> None:
    """Ask what ``proposal`` would change; it is shown in ``section`` from the next run on."""
    st.session_state[_KEY] = _Asked(
        workspace_id=screen.workspace.workspace_id, section=section, proposal=proposal, title=title
    )


def is_proposed(screen: Screen, section: str) -> bool:
    """Whether a change waits to be looked at in this section."""
    asked = st.session_state.get(_KEY)
    return asked is not None and (asked.workspace_id, asked.section) == (screen.workspace.workspace_id, section)


def withdraw() -> None:
    """Ask no more."""
    st.session_state.pop(_KEY, None)


def figure_titles() -> dict[str, str]:
    """Titles of the figures that depend on who is who."""
    return {
        "persons": _("Persons"),
        "customers": _("Customers in the period"),
        "revenue_per_customer": _("Net revenue per customer in the period"),
        "cross_channel_persons": _("Persons on two or more channels"),
        "cross_channel_rate": _("Cross-channel conversion rate"),
        "single_channel_rate": _("Single-channel conversion rate"),
    }


def show_proposal(screen: Screen) -> None:
    """The card with what would change, the reason, and the button that makes it so."""
    asked: _Asked = st.session_state[_KEY]
    with st.container(border=True, key="card_proposal"):
        st.markdown(f"## :material/preview: {plain(asked.title)}")
        try:
            with st.spinner(_("Computing what would change …")):
                would = cached.would_be(screen.workspace, asked.proposal)
        except OmniDashError as error:
            st.error(plain(words().render(error.message)), icon=":material/error:")
            _cancel()
            return
        if asked.proposal.ones:
            st.markdown(_("Nobody is regrouped: the contradiction is settled, and the person is listed no more."))
        else:
            st.markdown(_change_in_words(would))
        _say_level(screen, asked.proposal)
        show_ways_left(screen, asked.section, asked.proposal)
        if would.regrouped.height:
            with st.spinner(_("Computing what would change …")):
                found = cached.effects_of(
                    screen.workspace,
                    asked.proposal,
                    model=screen.filters.model,
                    query=standard_query(screen),
                    period=screen.filters.period,
                )
            _figures(screen, found)
            _details(screen, would, found)
        _decide(screen, asked)


def _say_level(screen: Screen, proposal: Proposal) -> None:
    """At which level a decision is previewed, where it is not the one that it will be resolved by."""
    seen, own = chosen_level(screen.workspace), screen.workspace.settings.identity_level
    if proposal.level is None and seen != own:
        st.info(
            _(
                "This is what would change at “{seen}”, the level looked at. A decision holds at every level, and at "
                "“{own}”, the level of the workspace, it may change more or less: look there, too.",
                seen=_(LEVEL_TITLES[seen]),
                own=_(LEVEL_TITLES[own]),
            ),
            icon=":material/fingerprint:",
        )


def show_ways_left(screen: Screen, section: str, proposal: Proposal) -> None:
    """Where a cut leaves the two one person: the rows that join them, and the offer to cut these as well."""
    left = cached.joined_all_the_same(screen.workspace, proposal) if proposal.cuts else ()
    for pair in left:
        steps = pair.chain[:_MOST_STEPS]
        more = len(pair.chain) - len(steps)
        lines = [_("These two would still be one person, through other rows:")]
        lines += [f"- {link_text(link)}" for link in steps]
        if more:
            lines.append("- " + n_("and {count} more link", "and {count} more links", more))
        if not pair.beside:
            lines.append("")
            lines.append(_("No links were found that part the two; block the devices that join them."))
        st.warning("\n".join(lines), icon=":material/link:")
    beside = sorted({cut for pair in left for cut in pair.beside} - set(proposal.cuts))
    if beside and st.button(
        n_("Cut this link, too: {count}", "Cut these links, too: {count}", len(beside)),
        icon=":material/content_cut:",
        key="proposal_beside",
        help=_("The links of the fewest files without which the two are two persons. See first what would change."),
    ):
        asked: _Asked = st.session_state[_KEY]
        title = _("{what}, and {count} more", what=asked.title, count=fmt().integer(len(beside)))
        propose(screen, section, replace(proposal, cuts=(*proposal.cuts, *beside)), title)
        st.rerun()


def _change_in_words(would: Preview) -> str:
    if not would.regrouped.height:
        return _("Nobody would be regrouped: other rows join or part the same identifiers all the same.")
    moved = n_("{count} identifier would belong to another group", "{count} identifiers would belong to other groups",
               would.changing)  # fmt: skip
    return _(
        "**{before} → {after} persons.** {moved}. Nothing is changed yet.",
        before=fmt().integer(would.persons_before),
        after=fmt().integer(would.persons_after),
        moved=moved,
    )


def _figures(screen: Screen, found: Effects) -> None:
    before, after, meaning = asdict(found.before), asdict(found.after), figure_titles()
    short = {
        "persons": _("Persons"),
        "customers": _("Customers"),
        "revenue_per_customer": _("Revenue per customer"),
        "cross_channel_rate": _("Cross-channel rate"),
    }
    with st.grid(4, min_column_width=150):
        for name, label in short.items():
            was = _("now {value}", value=_shown(screen, name, before[name]))
            st.metric(
                label,
                _shown(screen, name, after[name]),
                delta=_("unchanged") if before[name] == after[name] else was,
                delta_color="off",
                delta_arrow="off",
                help=meaning[name],
                border=True,
                height="stretch",
            )


def _shown(screen: Screen, name: str, value: float | None) -> str:
    if value is None:
        return _("n/a")
    if name == "revenue_per_customer":
        return fmt().money(value, screen.currency)
    return fmt().percent(value, 2) if name.endswith("_rate") else fmt().integer(value)


def _details(screen: Screen, would: Preview, found: Effects) -> None:
    persons, funnel, credit = st.tabs([_("Who would be who"), _("Funnel"), _("Credit")])
    with persons:
        table(_regrouped(would), key="proposal_persons")
    with funnel:
        if found.funnel is not None and found.window_days is not None:
            st.caption(
                n_(
                    "Persons who reached each step within {count} day of the first",
                    "Persons who reached each step within {count} days of the first",
                    round(found.window_days),
                )
            )
            table(
                pl.DataFrame(
                    {
                        "step": step_labels(screen),
                        _("Persons now"): found.funnel["persons_before"],
                        _("Persons then"): found.funnel["persons_after"],
                    }
                ),
                key="proposal_funnel",
            )
    with credit:
        rows = found.credit
        table(
            pl.DataFrame(
                {
                    "channel": [screen.name(channel) for channel in rows["channel"]],
                    _("Conversions now"): rows["conversions_before"].round(2),
                    _("Conversions then"): rows["conversions_after"].round(2),
                    _("Net revenue now"): rows["revenue_before"].round(2),
                    _("Net revenue then"): rows["revenue_after"].round(2),
                }
            ),
            key="proposal_credit",
        )


def _regrouped(would: Preview) -> pl.DataFrame:
    """Those who would be one person stand together, numbered in this order: ids of persons say nothing to anybody."""
    order = ["person_after", "person_before", "identifier_id"]
    rows = would.regrouped.sort(order, nulls_last=True).head(_MOST_IN_SIGHT)
    hints = told_apart({one: f"{t} {hint}" for one, t, hint in rows.select("identifier_id", "type", "hint").rows()})
    return pl.DataFrame(
        {
            _("Identifier"): [identifier_text(hint) for hint in hints.values()],
            _("Person now"): _letters(rows["person_before"], ""),
            _("Person then"): _letters(rows["person_after"], "′"),
        }
    )


def _letters(persons: pl.Series, mark: str) -> list[str]:
    numbers = {person: place for place, person in enumerate(persons.unique(maintain_order=True).drop_nulls(), start=1)}
    return [_("nobody") if person is None else f"{numbers[person]}{mark}" for person in persons]


def _decide(screen: Screen, asked: _Asked) -> None:
    is_setting = asked.proposal.level is not None
    workspaces.say_if_read_only(screen.workspace)
    is_sample = screen.workspace.settings.is_read_only
    reason = ""
    if not is_setting and not is_sample:
        reason = st.text_input(
            _("Why? A decision needs a reason"),
            key="proposal_reason",
            placeholder=_("e.g. two sisters who share a phone"),
            help=_("Write no names, phone numbers or addresses here: the reason is kept with the decision."),
        )
    with st.container(horizontal=True):
        if st.button(
            _("Set this level") if is_setting else _("Apply"),
            type="primary",
            icon=":material/check:",
            key="proposal_apply",
            disabled=is_sample or at_work.is_running(),
        ) and _make(screen, asked, reason):
            withdraw()
            st.rerun()
        _cancel()


def _make(screen: Screen, asked: _Asked, reason: str) -> bool:
    """Begin to make it so, in the background; whether it was begun, for a decision needs a reason."""
    workspace, level = screen.workspace, asked.proposal.level
    if level is not None:
        at_work.begin(
            lambda tell: set_rules(workspace, level=level, wait_seconds=_WAIT_SECONDS, tell=tell),
            opening=Message(N_("resolving all persons anew")),
            done=lambda count: n_(
                "The workspace now counts {count} person.", "The workspace now counts {count} persons.", count
            ),
        )
        return True
    try:
        kept, by = reason_to_keep(workspace, reason), who()
    except OmniDashError as error:
        st.error(plain(words().render(error.message)), icon=":material/error:")
        return False
    at_work.begin(
        lambda tell: apply(workspace, asked.proposal, reason=kept, by=by, wait_seconds=_WAIT_SECONDS, tell=tell),
        opening=Message(N_("resolving persons anew")),
        done=lambda made: _decided(made, asked.proposal.restores),
    )
    return True


def _decided(made: list[int], restores: Sequence[int] = ()) -> str:
    if restores:
        taken_back = ", ".join(map(str, restores))
        return _("Decision {number} takes back decision {decision}.", number=made[0], decision=taken_back)
    if len(made) == 1:
        return _("Decision {number} is in force. It can be taken back in the section Decisions.", number=made[0])
    return _(
        "Decisions {first} to {last} are in force. They can be taken back in the section Decisions.",
        first=made[0],
        last=made[-1],
    )


def _cancel() -> None:
    if st.button(_("Leave it as it is"), key="proposal_cancel"):
        withdraw()
        st.rerun()
