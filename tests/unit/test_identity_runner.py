"""The runner of six exports: 小红书, Baidu, an ad in WeChat, a trial in the store, the purchase at the till, WeCom.

Each system writes a file of its own in its own words, and no identifier stands in all of them: the phone has the
device, the mini-program has device and openid, the shop has openid and phone.
"""

from pathlib import Path

import pytest

from omnidash.engine.timeline import timeline
from omnidash.identity.persons import persons
from omnidash.identity.why import chain
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.unit.ingest_files import write

FILES = {
    "xiaohongshu.csv": "时间,渠道,行为,笔记ID,设备ID\n"
    "2026-07-01 20:00:00,小红书,浏览,n-88,dev-7a31f0\n2026-07-01 20:05:00,小红书,浏览,n-88,dev-99c0aa\n",
    "baidu.csv": "时间,渠道,行为,设备ID\n2026-07-03 21:10:00,百度,搜索,dev-7a31f0\n",
    "wechat_ads.csv": "时间,渠道,行为,openid,设备ID\n2026-07-05 12:30:00,微信广告,点击,oRun7e21ab,dev-7a31f0\n",
    "store.csv": "时间,渠道,行为,门店,手机号,openid\n2026-07-08 15:00:00,线下门店,试穿,S01,13800138001,oRun7e21ab\n",
    "till.csv": "订单号,下单时间,手机号,实付金额,渠道\nA-2026-1,2026-07-08 15:40:00,138 0013 8001,899.00,线下门店\n",
    "wecom.csv": "时间,渠道,行为,openid\n2026-07-09 10:00:00,企业微信,加入社群,oRun7e21ab\n",
}


@pytest.mark.parametrize("order", [list(FILES), list(reversed(FILES))], ids=["in order", "the other way round"])
def test_six_exports_tell_one_story(workspace: Workspace, tmp_path: Path, order: list[str]) -> None:
    for name in order:
        done = import_file(workspace, write(tmp_path, FILES[name], name))
        assert done.rejected == 0, name
    assert persons(workspace).persons == 2  # the runner, and somebody who saw the post as well
    told = timeline(workspace, "+86 138 0013 8001", model="position")
    assert [(event.channel, event.action, event.stage, event.file) for event in told.events] == [
        ("xiaohongshu", "view", "awareness", "xiaohongshu.csv"),
        ("baidu", "search", "interest", "baidu.csv"),
        ("wechat_ads", "click", "interest", "wechat_ads.csv"),
        ("offline_store", "trial", "consideration", "store.csv"),
        ("offline_store", "purchase", "purchase", "till.csv"),
        ("wecom", "join_community", "loyalty", "wecom.csv"),
    ]
    # position-based: 40 % to the first and the last touch (the visit to the store that bought), the rest between them
    assert [round(event.credit, 4) for event in told.events] == [0.4, 0.0667, 0.0667, 0.0667, 0.4, 0.0]
    assert sum(event.credited_revenue for event in told.events) == pytest.approx(899)
    steps = chain(workspace, "dev-7a31f0", "13800138001")
    assert [(step.file, step.row_number) for step in steps] == [("wechat_ads.csv", 2), ("store.csv", 2)]
