"""What the status of an order, or of its refund, says about its money.

    paid             it was paid, whatever became of the parcel
    unpaid           it was not, not yet or not wholly: pending, failed, declined, expired, partly paid
    cancelled        it was called off; who had paid gets it back
    refunded         all of it was given back
    partly_refunded  some of it was
    closed           it is over, which says nothing of the payment ('Closed' of a till or of Shopify)

Of deals (``Mapping.is_deals``) the words are others: won is paid, lost is cancelled before payment, and every other
stage is not paid yet; the day a deal is to be closed is no day of payment until it is won.

A status no rule fits has no meaning here: then the time of payment decides where the file has one, and the order is
taken as paid where it has none, and people are told. The first rule that fits counts, so what is denied (*not paid*,
*payment unsuccessful*, 未完成) stands before what it denies; words are whole words.

>>> sorted(MEANINGS)
['cancelled', 'closed', 'paid', 'partly_refunded', 'refunded', 'unpaid']
"""

from dataclasses import dataclass

from omnidash.ingest.meaning.deals import LOST, NOT_WON, WON
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging

PAID, UNPAID, CANCELLED = "paid", "unpaid", "cancelled"
REFUNDED, PARTLY_REFUNDED, CLOSED = "refunded", "partly_refunded", "closed"
MEANINGS = (PAID, UNPAID, CANCELLED, REFUNDED, PARTLY_REFUNDED, CLOSED)
_SHOWN = 12

# Of a status in lower case, words apart by single blanks. RE2 knows the end of a word only after a Latin letter.
_DENIED_DELIVERY = r"\b(not|non|un|never) ?(yet )?(delivered|received)\b|未(签收|收货|送达)|拒收"  # nothing of money
_SHIPPING = r"(shipment|shipping|ship|fulfil?l?ment|dispatch|delivery|pick ?up|collection|packing|stock)"
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (CANCELLED, (r"^[(（\[【] ?(已?删除|deleted) ?[)）\]】]",)),  # the order is gone, whatever it was before
    (UNPAID, (
        r"\b(partial|partially|partly|part)[ -]?(paid|payment)\b", r"\bdeposit paid\b",
        r"部分(付款|支付|已付)|已付定金",
    )),
    (PARTLY_REFUNDED, (
        r"\b(partial|partially|partly|part)[ -]?(refund|refunded|returned)\b|\brefunded partial",
        r"部分退", r"teilweise erstattet|partiellement rembours|parcialmente reembols",
    )),
    (PAID, (  # a refund that was not given, or not yet
        r"\b(not|no|never) refund|\bunrefunded\b",
        r"\brefund (is )?(pending|requested|processing|rejected|refused|denied|declined|failed|cancel\w*|closed|not)",
        r"退款(失败|关闭|取消|拒绝|驳回|中|申请|待|处理|审核)|(未|无|没有|拒绝|取消|撤销|申请|待|等待)退款",
        r"(未发生|无)售后|售后(关闭|取消|中|处理中|待处理)",
    )),
    (REFUNDED, (
        r"\brefund(ed|s)?\b|\breimbursed\b|\breversed\b|\bcharge ?backs?\b|\bcharged back\b",
        r"已退款|退款(成功|完成)|全额退款|已全部退款|已全额退|^退款$|已退货退款|退货退款(成功|完成)",
        r"\berstattet\b|\brembours|\breembolsad|\brimborsat",
    )),
    (PAID, (  # paid, and on its way or waiting for it
        rf"\b(awaiting|pending|waiting for|ready for|ready to|to be|in) {_SHIPPING}\b|\bback ?order(ed)?\b",
        r"\b(not|un) ?(fulfilled|shipped|dispatched)\b",
        r"未发货|待(发货|收货|揽收|出库|配送|自提|核销|使用|评价|提货|成团)",
        r"等待(卖家|商家)发货|等待买家确认收货|(备货|配送|运输)中",
    )),
    (UNPAID, (
        r"\bun ?paid\b|\bunsuccessful\b|\bincomplete\b|\bunfinished\b|\buncaptured\b|\bnon ?payment\b",
        r"\b(not|never) (yet |been )?(paid|completed?|successful\w*|succeeded|captured|settled|charged)\b",
        r"\b(not|never) (yet |been )?(approved|confirmed|received|accepted)\b",
        r"\b(payment|transaction|order) (is )?(due|error|required|overdue|open|rejected)\b",
        r"\b(awaiting|requires|await) \w|\bpending\b|\bexpired\b|\bfail(ed|ure)?\b|\bdeclined\b|\brejected\b",
        r"\brefused\b|\bdenied\b|\bauthori[sz]ed\b|\bdraft\b|\bon hold\b|\boverdue\b|\bblocked\b|\babandoned\b",
        r"(未|待|等待|等待买家|等待用户)(付|支付|确认付款)|未完成|未成功|未成交|失败|拒付|(支付|付款)中|超时|草稿|欠款",
        r"\b(nicht |un)bezahlt\b|\bfehlgeschlagen\b|\bimpay|\ben attente\b|\b(no|non) (pagad|pagat)|\bpendiente\b",
        r"\bin attesa\b",
    )),
    (PAID, (r"\b(not|un) ?cancell?ed\b|(未|没有)取消",)),
    (CANCELLED, (
        r"\bcancel\w*|\bvoid(ed)?\b|\btrade closed\b|关闭|取消|作废|撤单|退单",
        r"\bstorniert\b|\bannul|\banulad",
    )),
    (PAID, (
        r"\b(pre)?paid\b|\bcompleted?\b|\bsuccess(ful|fully)?\b|\bsucceeded\b|\bsettled\b|\bcaptured\b",
        r"\bapproved\b|\bprocess(ed|ing)\b|\bclosed won\b|\bfulfilled\b|\bshipped\b|\bdispatched\b|\bin transit\b",
        r"\bdelivered\b|\bout for delivery\b|^received\b",
        r"成功|已付款|已支付|(付款|支付|交易|订单)完成|已发货|已出库|已完成|^完成$|已收货|(^|已)签收|已核销|已使用|已结算|已评价",
        r"\bbezahlt\b|\babgeschlossen\b|\bversandt\b|\bpay[eé]|\btermin[eé]|\bpagad|\bcompletad|\bpagat",
    )),
    (CLOSED, (r"\bclosed\b|\barchived\b|\bfinished\b|已结束|已归档",)),
)  # fmt: skip


_RULES_OF_DEALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (UNPAID, (NOT_WON,)), (CANCELLED, (LOST,)), (PAID, (WON,)), (UNPAID, ("",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTaken:
    """What a status of the file was taken for. ``meaning``: one of ``MEANINGS``, None where no rule knows it."""

    status: str
    meaning: str | None
    orders: int


def meaning_sql(text: str, *, is_deals: bool = False) -> str:
    """SQL: what a status says (see the module); null where nothing is known of it."""
    plain = f"lower(regexp_replace(trim({text}), '[\\s_\\-]+', ' ', 'g'))"
    cases = " ".join(
        f"when regexp_matches({plain}, '{pattern}') then '{meaning}'"
        for meaning, patterns in (_RULES_OF_DEALS if is_deals else _RULES)
        for pattern in ["|".join(patterns)]
    )
    return f"case when regexp_matches({plain}, '{_DENIED_DELIVERY}') then null {cases} end"


def stage_statuses(staging: Staging, mapping: Mapping) -> None:
    """Tables ``status_meaning`` and ``refund_status_meaning``: each status of the file once, with what it says."""
    is_deals = mapping.is_deals
    for column in ("status", "refund_status"):
        staging.cursor.execute(
            f"create table {column}_meaning as with said as (select distinct {column} as said from parsed"  # noqa: S608
            f" where {column} is not null) select said, {meaning_sql('said', is_deals=is_deals)} as meaning from said"
        )

    if is_deals and "status" in mapping.columns.values():
        staging.cursor.execute(
            """
            update parsed set time = coalesce(time, paid_time), paid_time = null
            where problem is null and (
                status is null or status not in (select said from status_meaning where meaning = $paid))
            """,
            {"paid": PAID},
        )


def statuses_taken(staging: Staging, mapping: Mapping) -> tuple[StatusTaken, ...]:
    """The statuses of a file's orders with what they were taken for: those that nobody knows first, then the most
    frequent."""
    if mapping.is_refunds or mapping.kind != "orders":
        return ()
    found = []
    for column in ("status", "refund_status"):
        if column in mapping.columns.values():
            found += staging.cursor.execute(
                f"""
                with taken as (
                    select said, meaning, count(distinct order_id) as orders
                    from parsed join {column}_meaning on said = {column} where problem is null group by said, meaning)
                select said, meaning, orders from taken
                order by (meaning is not null), orders desc, said limit {_SHOWN}
                """  # noqa: S608  (one of two fields)
            ).fetchall()
    return tuple(StatusTaken(status=said, meaning=meaning, orders=orders) for said, meaning, orders in found)


def unknown_statuses(staging: Staging, mapping: Mapping) -> list[Message]:
    """The statuses no rule knows, and what their orders are taken for."""
    said, orders = staging.cursor.execute(
        """
        select list(distinct status order by status), count(distinct order_id)
        from parsed join status_meaning on said = status where problem is null and meaning is null
        """
    ).fetchall()[0]
    if not orders:
        return []
    named = ", ".join(f"'{status[:40]}'" for status in said[:_SHOWN]) + (" …" if len(said) > _SHOWN else "")
    if "paid_time" in mapping.columns.values():
        text = N_("nobody knows what these statuses mean: {statuses}; their {orders} orders count if paid at some time")
        one = N_("nobody knows what this status means: {statuses}; its order counts if it was paid at some time")
        text = text if orders > 1 else one
    else:
        text = N_("nobody knows what these statuses mean: {statuses}; their {orders} orders are taken as paid")
        text = text if orders > 1 else N_("nobody knows what this status means: {statuses}; its order is taken as paid")
    return [Message(text, {"statuses": named, "orders": orders})]
