"""Order exports of the three shops: Tmall, the mini-program, the stores' tills. No order names a marketing channel."""

from collections.abc import Callable

import numpy as np
import polars as pl
from polars import col

from sample_data.catalogue import BRAND_ZH, STORES
from sample_data.csv_text import CLOCK, UTF8_BOM, encoded, local_times, table, yuan
from sample_data.draws import Draws
from sample_data.journeys import DAY_SECONDS, SHOPS
from sample_data.orders import PARTLY_REFUNDED, PRODUCTS, REFUNDED
from sample_data.world import World

_PROVINCES = ("上海", "浙江省", "江苏省", "广东省", "四川省", "北京", "湖北省")
# by state: PAID, REFUNDED, PARTLY_REFUNDED, UNPAID, CANCELLED
_TMALL_STATES = ("交易成功", "交易关闭", "交易成功", "等待买家付款", "交易关闭")
_TMALL_REASONS = ("订单未关闭", "退款", "订单未关闭", "订单未关闭", "买家不想买了")
_YOUZAN_STATES = ("交易完成", "交易关闭", "交易完成", "待付款", "交易关闭")
_YOUZAN_REFUNDS = ("", "全额退款", "部分退款", "", "")


def _shop_orders(world: World, shop: str) -> pl.DataFrame:
    """The shop's orders by time: amounts in cents, the buyer's identifiers, ``chance`` uniform in [0, 1).

    ``paid`` and ``done`` are null for orders never paid.
    """
    orders, people = world.orders, world.people
    here = np.flatnonzero(orders.shop == SHOPS.index(shop))
    person, at, size = orders.person[here], orders.at[here], len(here)
    draws = Draws(world.seed, f"order papers {shop}")
    paid_at = at + (20 + 400 * draws.uniform(size)).astype(np.int64)
    done_at = at + ((3 + 4 * draws.uniform(size)) * DAY_SECONDS).astype(np.int64)
    frame = pl.DataFrame(
        {
            "serial": np.arange(size),
            "luck": (draws.uniform(size) * 10_000).astype(np.int64),
            "created": local_times(at),
            "paid": local_times(paid_at),
            "done": local_times(done_at),
            "phone": people.phone[person],
            "member_id": people.member_id[person],
            "store": np.array([code for code, _ in STORES])[people.store[person]],
            "product": np.array([name for _, name, _ in PRODUCTS])[orders.product[here]],
            "pieces": orders.pieces[here],
            "amount": orders.amount[here],
            "refund": orders.refund[here],
            "state": orders.state[here],
            "chance": draws.uniform(size),
            "province": np.array(_PROVINCES)[draws.pick([5, 4, 3, 4, 3, 3, 1], size)],
        }
    )
    return frame.with_columns(
        created_text=col("created").dt.strftime(CLOCK),
        paid_text=pl.when(_WAS_PAID).then(col("paid").dt.strftime(CLOCK)),
        done_text=pl.when(_WAS_PAID & (col("state") != REFUNDED)).then(col("done").dt.strftime(CLOCK)),
        kept=pl.when(_WAS_PAID).then(col("amount") - col("refund")).otherwise(0),
        received=pl.when(_WAS_PAID).then(col("amount")).otherwise(0),
    )


_WAS_PAID = col("state") <= PARTLY_REFUNDED


def _by_state(texts: tuple[str, ...]) -> pl.Expr:
    return col("state").replace_strict(dict(enumerate(texts)), return_dtype=pl.String)


def _tmall_orders(world: World) -> bytes:
    """天猫 ExportOrderList: GBK; order numbers as ="…" so that spreadsheets keep them.

    A refund lowers what the buyer "actually paid"; a full one closes the order at 0.00.
    """
    day, luck = col("created").dt.strftime("%y%m%d"), col("luck").cast(pl.String).str.zfill(4)
    number = pl.format('="{}{}{}"', day, col("serial") + 100_000, luck)
    rows = table(
        _shop_orders(world, "tmall"),
        {
            "订单编号": number,
            "买家会员名": pl.format("tb{}***", col("phone").str.slice(-5)),
            "买家支付宝账号": "",
            "买家应付货款": yuan("amount"),
            "买家应付邮费": "0.00",
            "买家支付积分": "0",
            "总金额": yuan("amount"),
            "返点积分": "0",
            "买家实际支付金额": yuan("kept"),
            "买家实际支付积分": "0",
            "订单状态": _by_state(_TMALL_STATES),
            "买家留言": "",
            "收货人姓名": "***",
            "收货地址": pl.format("{} ***", "province"),
            "运送方式": "快递",
            "联系电话": "",
            "联系手机": col("phone"),
            "订单创建时间": col("created_text"),
            "订单付款时间": col("paid_text"),
            "宝贝标题": col("product"),
            "宝贝种类": "1",
            "物流单号": "",
            "物流公司": "",
            "订单备注": "",
            "宝贝总数量": col("pieces"),
            "店铺Id": "0",
            "店铺名称": f"{BRAND_ZH}旗舰店",
            "订单关闭原因": _by_state(_TMALL_REASONS),
            "卖家服务费": "0",
            "买家服务费": "0.00元",
            "发票抬头": "",
            "是否手机订单": pl.when(col("chance") < 0.85).then(pl.lit("手机订单")),
            "分阶段订单信息": "",
            "定金排名": "",
            "修改后的sku": "",
            "修改后的收货地址": "",
            "异常信息": "",
        },
    )
    return encoded(rows, "gbk")


def _youzan_orders(world: World) -> bytes:
    """有赞 mini-program orders: UTF-8 with BOM; refunds in a column of their own."""
    rows = table(
        _shop_orders(world, "mini_program"),
        {
            "订单号": pl.format("E{}{}", col("created").dt.strftime("%Y%m%d%H%M%S"), col("serial") + 10_000_000),
            "销售渠道": "微信小程序",
            "归属店铺": f"{BRAND_ZH}官方商城",
            "订单类型": "普通订单",
            "订单状态": _by_state(_YOUZAN_STATES),
            "订单创建时间": col("created_text"),
            "买家付款时间": col("paid_text"),
            "交易成功时间": col("done_text"),
            "付款方式": pl.when(_WAS_PAID).then(pl.lit("微信支付")),
            "商品金额合计": yuan("amount"),
            "运费": "0.00",
            "应收订单金额": yuan("amount"),
            "订单实付金额": yuan("received"),
            "全部商品名称": col("product"),
            "商品种类数": "1",
            "订单配送方式": "快递发货",
            "收货人省份": col("province"),
            "收货人/提货人": "***",
            "买家手机号": col("phone"),
            "订单退款状态": _by_state(_YOUZAN_REFUNDS),
            "订单已退款金额": yuan("refund"),
        },
    )
    return encoded(rows, UTF8_BOM)


def _pos_receipts(world: World) -> bytes:
    """Receipts of the stores: some with a member number, most with a phone, one in twenty with nobody."""
    chance = col("chance")
    rows = table(
        _shop_orders(world, "store"),
        {
            "订单号": pl.format("{}-{}-{}", "store", col("created").dt.strftime("%y%m%d"), col("serial") + 10_000),
            "交易时间": col("created").dt.strftime("%Y/%m/%d %H:%M"),
            "门店": col("store"),
            "会员号": pl.when(chance < 0.55).then(col("member_id")),
            "手机号": pl.when((chance > 0.3) & (chance < 0.95)).then(col("phone")),
            "商品": col("product"),
            "件数": col("pieces"),
            "实付金额": yuan("amount"),
            "退款金额": yuan("refund"),
        },
    )
    return encoded(rows, UTF8_BOM)


ORDER_FILES: dict[str, Callable[[World], bytes]] = {
    "tmall_ExportOrderList202611160905.csv": _tmall_orders,
    "youzan_orders_20260518-20261115.csv": _youzan_orders,
    "pos_receipts.csv": _pos_receipts,
}
