"""What a table does not say itself: its channel, its days, its currency, the order of its dates."""

from datetime import date

import streamlit as st

from omnidash.identity.lookup import OF_SPACES, OWN_SPACE
from omnidash.ingest.customer_spaces import customer_space
from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.mapping import AMOUNT_LEVELS, DATE_ORDERS
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.other_account import SAME, account_question
from omnidash.ingest.run import DryRun, is_answered
from omnidash.ingest.vanished import KEEP, REPLACE, vanished_question
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.store.settings import currencies, timezones
from omnidash.ui.data.recognition import kind_choice
from omnidash.ui.data.uploads import Table
from omnidash.ui.data.wording import channel_choices
from omnidash.ui.i18n import _, words
from omnidash.ui.import_labels import DATE_ORDER_TITLES, LEVEL_TITLES
from omnidash.ui.settings_view import USUAL_CURRENCIES
from omnidash.ui.text import plain

_OTHERS_OF_THESE_DAYS = N_("Earlier files have other campaigns on these days. What becomes of them?")
_UNIT_TITLES = {
    "1": N_("units of one"),
    "1000": N_("thousands (千)"),
    "10000": N_("ten thousands (万)"),
    "0.01": N_("hundredths (分, cents)"),
    "0.000001": N_("millionths (micros)"),
}
_SEEN = "seen"  # whose the amounts are is told by the rows themselves
_SUGGESTED = 3
_OF_AN_ADDRESS = {"utm_source", "utm_medium", "page", "referrer"}  # such rows get their channel by the traffic rules


def show_givens(workspace: Workspace, table: Table) -> None:
    """The questions a table leaves open, and what was concluded for all of its rows."""
    assert table.mapping is not None
    assert table.inspection is not None
    for question in table.inspection.questions:
        if question.field == "date_order":
            _date_order(table, question)
        elif question.field == "decimal_comma":
            _decimal_sign(table, question)
        elif question.field == "amount_level":
            _level_asked(table, question)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key=f"givens_{table.key}"):
        kind_choice(workspace, table)
        _channel(workspace, table)
        _days(table)
        _moment(table)
        _currency(workspace, table)
        _more(workspace, table)
        _suggestions(workspace, table)
    _written(table)


def _suggestions(workspace: Workspace, table: Table) -> None:
    """The channel or the day that the file's name or an earlier file speaks of: taken by a click, never by itself."""
    assert table.mapping is not None
    assert table.inspection is not None
    names = channel_choices(workspace)
    for question in table.inspection.questions:
        if question.field not in ("channel", "time") or is_answered(question, table.mapping):
            continue
        for option in question.options[:_SUGGESTED]:
            title = _("Take {suggestion}", suggestion=plain(names.get(option, option)))
            if st.button(
                title,
                icon=":material/lightbulb:",
                help=_("The name of the file speaks of it.")
                if question.field == "time" or question.is_named
                else _("It was the channel of an earlier file of these columns."),
                key=f"take_{table.key}_{table.looks}_{question.field}_{option}",
            ):
                table.taken += 1
                _set_constants(table, **{question.field: option})
                st.rerun()


def _channel(workspace: Workspace, table: Table) -> None:
    assert table.mapping is not None
    mapping = table.mapping
    meanings = set(mapping.columns.values())
    if "channel" in meanings or (mapping.kind != "spend" and meanings & _OF_AN_ADDRESS):
        return
    names = channel_choices(workspace)
    given = mapping.constants.get("channel")
    options = [*names, *([given] if given and given not in names else [])]
    channel = st.selectbox(
        _("Channel of every row") if mapping.kind == "spend" else _("Channel of every row (if there is one)"),
        options,
        index=options.index(given) if given else None,
        format_func=lambda c: names.get(c, c),
        placeholder=_("Choose or type one"),
        key=f"channel_{table.key}_{table.looks}_{mapping.kind}_{table.taken}",
        accept_new_options=True,
        width=250,
    )
    if channel != given:
        _set_constants(table, channel=channel or None)


def _days(table: Table) -> None:
    """The days of a table whose rows name none, such as a report over a whole month."""
    assert table.mapping is not None
    mapping = table.mapping
    if field_of(mapping.kind, "date") is None or "date" in mapping.columns.values():
        return
    given = [date.fromisoformat(mapping.constants[n]) for n in ("date", "end_date") if n in mapping.constants]
    if "day_number" in mapping.columns.values():
        _day_zero(table, given[0] if given else None)
        return
    chosen = st.date_input(
        _("The days this table is about"),
        value=(given[0], given[-1]) if given else (),
        key=f"days_{table.key}_{table.looks}_{mapping.kind}",
        format="YYYY-MM-DD",
        width=240,
        help=_("Its rows name no day. First and last day, both included."),
    )
    days = [day.isoformat() for day in (chosen if isinstance(chosen, tuple) else ())]
    if len(days) == 2 and days != [mapping.constants.get("date"), mapping.constants.get("end_date")]:
        _set_constants(table, date=days[0], end_date=days[1])


def _day_zero(table: Table, given: date | None) -> None:
    """The day from which a table counts its days (0000, 0001 …)."""
    chosen = st.date_input(
        _("Day 0 of this table"),
        value=given,
        key=f"zero_{table.key}_{table.looks}",
        format="YYYY-MM-DD",
        width=190,
    )
    if isinstance(chosen, date) and chosen != given:
        _set_constants(table, date=chosen.isoformat())


def _moment(table: Table) -> None:
    """The day of all rows, for a list whose rows tell no time, such as an audience exported on a day."""
    assert table.mapping is not None
    mapping = table.mapping
    is_asked = "time" in mapping.missing_fields() or "time" in mapping.constants
    if field_of(mapping.kind, "time") is None or "time" in mapping.columns.values() or not is_asked:
        return
    given = mapping.constants.get("time")
    chosen = st.date_input(
        _("The day of all rows"),
        value=date.fromisoformat(given[:10]) if given else None,
        key=f"moment_{table.key}_{table.looks}_{mapping.kind}_{table.taken}",
        format="YYYY-MM-DD",
        width=190,
        help=_("Its rows tell no time: the day the list was taken, for example."),
    )
    if isinstance(chosen, date) and chosen.isoformat() != given:
        _set_constants(table, time=chosen.isoformat())


def _currency(workspace: Workspace, table: Table) -> None:
    assert table.mapping is not None
    mapping = table.mapping
    meanings = set(mapping.columns.values())
    fields = [field_of(mapping.kind, name) for name in meanings]
    has_money = any(field is not None and field.value == "amount" for field in fields)
    if not has_money or "currency" in meanings or field_of(mapping.kind, "currency") is None:
        return
    own = workspace.settings.currency
    assert table.inspection is not None
    is_asked = any(question.field == "currency" for question in table.inspection.questions)
    given = mapping.constants.get("currency") or mapping.currency or (None if is_asked else own)
    codes = list(dict.fromkeys([own, *([given] if given else []), *USUAL_CURRENCIES, *sorted(currencies())]))
    chosen = st.selectbox(
        _("Currency"),
        codes,
        index=codes.index(given) if given else None,
        key=f"currency_{table.key}_{table.looks}_{mapping.kind}",
        width=120,
    )
    if chosen and chosen != given:
        constants = {name: value for name, value in mapping.constants.items() if name != "currency"}
        table.change(currency=chosen, constants=constants)


def _amount_level(table: Table) -> None:
    """Whose the amounts on a row are, where an order stands in several rows."""
    assert table.mapping is not None
    mapping = table.mapping
    assert table.inspection is not None
    is_asked = any(question.field == "amount_level" for question in table.inspection.questions)
    if is_asked or mapping.kind != "orders":
        return
    chosen = st.radio(
        _("The amounts of a row are"),
        [_SEEN, *AMOUNT_LEVELS],
        index=[_SEEN, *AMOUNT_LEVELS].index(mapping.amount_level or _SEEN),
        format_func=lambda level: _(LEVEL_TITLES[level]),
        key=f"level_{table.key}_{table.looks}",
    )
    level = None if chosen == _SEEN else chosen
    if level != mapping.amount_level:
        table.change(amount_level=level)


def _more(workspace: Workspace, table: Table) -> None:
    """What is seldom wrong: the timezone of its times, whose the amounts are, the decimal sign."""
    assert table.mapping is not None
    mapping = table.mapping
    has_times = field_of(mapping.kind, "time") is not None
    own = workspace.settings.timezone
    with st.popover(_("More"), icon=":material/tune:", key=f"more_{table.key}"):
        if has_times:
            zones = sorted(timezones())
            zone = st.selectbox(
                _("Timezone of times without an offset"),
                zones,
                index=zones.index(mapping.timezone or own),
                key=f"zone_{table.key}_{table.looks}",
            )
            if zone != (mapping.timezone or own):
                table.change(timezone=zone)
        _amount_level(table)
        _customer_ids(workspace, table)
        _units(table)
        if mapping.decimal_comma is not None:
            is_comma = st.toggle(
                _("The comma is the decimal sign (1.234,56)"),
                value=mapping.decimal_comma,
                key=f"comma_{table.key}_{table.looks}",
            )
            if is_comma != mapping.decimal_comma:
                table.change(decimal_comma=is_comma)


def _customer_ids(workspace: Workspace, table: Table) -> None:
    """Whose the customer numbers are: those of two systems join people only where somebody says they are the same."""
    assert table.mapping is not None
    mapping = table.mapping
    if not set(OF_SPACES) & set(mapping.columns.values()):
        return
    named = st.text_input(
        _("Customer ids are those of"),
        value=mapping.ids_of or "",
        placeholder=plain(customer_space(workspace, mapping)) or OWN_SPACE,
        help=_(
            "The same number of two systems is two customers. Where this file has the numbers of another one, write its"
            " name; {own} stands for the numbers of your own files.",
            own=OWN_SPACE,
        ),
        key=f"ids_of_{table.key}_{table.looks}",
    ).strip()
    if named != (mapping.ids_of or ""):
        table.change(ids_of=named or None)


def _units(table: Table) -> None:
    """In what each column of amounts is counted: 万元, thousands, cents."""
    assert table.mapping is not None
    mapping = table.mapping
    for column, meaning in mapping.columns.items():
        field = field_of(mapping.kind, meaning)
        if field is None or field.value not in ("amount", "count"):
            continue
        given = str(mapping.multipliers.get(column, "1"))
        sizes = list(dict.fromkeys((*_UNIT_TITLES, given)))
        size = st.selectbox(
            _("'{column}' is in", column=plain(column)),
            sizes,
            index=sizes.index(given),
            format_func=lambda s: _(_UNIT_TITLES[s]) if s in _UNIT_TITLES else f"× {s}",
            key=f"unit_{table.key}_{table.looks}_{mapping.kind}_{column}",
        )
        if size != given:
            others = {name: by for name, by in mapping.multipliers.items() if name != column}
            table.change(multipliers={**others, **({column: size} if size != "1" else {})})


def _written(table: Table) -> None:
    """What was concluded from the numbers and would change them by a thousand if it were wrong."""
    assert table.mapping is not None
    if table.mapping.decimal_comma:
        st.caption(_("Numbers are read with a decimal comma: 1.234,56. See More if that is wrong."))


def _decimal_sign(table: Table, question: Question) -> None:
    assert table.mapping is not None
    given = table.mapping.decimal_comma
    is_comma = st.radio(
        plain(words().render(question.text)),
        [True, False],
        index=None if given is None else [True, False].index(given),
        format_func=lambda comma: _("comma (1.234,56)") if comma else _("point (1,234.56)"),
        key=f"sign_{table.key}_{table.looks}",
        horizontal=True,
    )
    if is_comma is not None and is_comma != given:
        table.change(decimal_comma=is_comma)


def _level_asked(table: Table, question: Question) -> None:
    assert table.mapping is not None
    given = table.mapping.amount_level
    level = st.radio(
        plain(words().render(question.text)),
        AMOUNT_LEVELS,
        index=AMOUNT_LEVELS.index(given) if given else None,
        format_func=lambda level: _(LEVEL_TITLES[level]),
        key=f"level_asked_{table.key}_{table.looks}",
        horizontal=True,
    )
    if level and level != given:
        table.change(amount_level=level)


def ask_of_account(table: Table, outcome: DryRun) -> None:
    """Whose the rows are, where they look like another account's or shop's; and what was said of it."""
    assert table.mapping is not None
    given = table.mapping.account
    if outcome.other_account is None and given is None:
        return
    if outcome.other_account is not None:
        st.warning(plain(words().render(account_question(outcome.other_account))), icon=":material/group_work:")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key=f"whose_{table.key}"):
        name = st.text_input(
            _("Name of the account or shop"), value=given or "", key=f"account_{table.key}_{table.looks}", width=260
        ).strip()
        if name != (given or ""):
            table.change(account=name or None)
            st.rerun()
        if given is None and st.button(_("It corrects the earlier rows"), key=f"corrects_{table.key}_{table.looks}"):
            table.change(account=SAME)
            st.rerun()
        if given == SAME:
            st.caption(_("This file corrects the earlier rows."))


def ask_of_campaigns(workspace: Workspace, table: Table, outcome: DryRun) -> None:
    """What becomes of campaigns that earlier files have on the file's days and it has not."""
    assert table.mapping is not None
    if not outcome.vanished:
        return
    renamed = [vanished for vanished in outcome.vanished if vanished.renamed]
    names = channel_choices(workspace)
    asked = vanished_question(renamed[0]) if renamed else Message(_OTHERS_OF_THESE_DAYS)
    given = table.mapping.missing_campaigns
    options = [KEEP, REPLACE]
    decision = st.radio(
        plain(words().render(asked, channel_name=lambda c: names.get(c, c))),
        options,
        index=options.index(given) if given else None if renamed else 0,
        format_func=lambda o: _("both count") if o == KEEP else _("this file replaces them"),
        key=f"campaigns_{table.key}_{table.looks}",
        horizontal=True,
    )
    if decision and decision != (given or (None if renamed else KEEP)):
        table.change(missing_campaigns=decision)
        st.rerun()


def ask_of_sales(table: Table, outcome: DryRun) -> None:
    """Whether purchases that look like those of another source are the same sales."""
    assert table.mapping is not None
    if not outcome.same_sales:
        return
    st.warning(plain(words().render(outcome.same_sales[0])), icon=":material/point_of_sale:")
    given = table.mapping.is_other_sales
    is_other = st.toggle(_("They are other sales: both count"), value=given, key=f"sales_{table.key}_{table.looks}")
    if is_other != given:
        table.change(is_other_sales=is_other)
        st.rerun()


def _date_order(table: Table, question: Question) -> None:
    assert table.mapping is not None
    given = table.mapping.date_order
    options = [order for order in DATE_ORDERS if order in question.options or order == given]
    order = st.radio(
        plain(words().render(question.text)),
        options,
        index=options.index(given) if given else None,
        format_func=lambda o: _(DATE_ORDER_TITLES[o]),
        key=f"dates_{table.key}_{table.looks}",
        horizontal=True,
    )
    if order and order != given:
        table.change(date_order=order)


def _set_constants(table: Table, **values: str | None) -> None:
    assert table.mapping is not None
    constants = {**table.mapping.constants, **values}
    problem = table.change(constants={name: value for name, value in constants.items() if value})
    if problem is not None:
        st.error(plain(words().render(problem.message)))
