"""The committed export files: they are what the generator writes, in the shape the platforms write them."""

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from sample_data.exports import files, write_exports
from sample_data.world import make_world

PROJECT = Path(__file__).parents[2]
EXPORTS = PROJECT / "sample_data" / "exports"


def plain(name: str, content: bytes) -> bytes:
    """The content before compression: compressors of other machines may pack it differently."""
    return gzip.decompress(content) if name.endswith(".gz") else content


@pytest.fixture(scope="module")
def generated() -> dict[str, bytes]:
    return dict(files(make_world()))


def test_committed_files_are_what_the_generator_writes(generated):
    committed = {path.name: path.read_bytes() for path in EXPORTS.iterdir()}
    assert set(committed) == set(generated)
    for name, content in generated.items():
        assert plain(name, content) == plain(name, committed[name]), name


def test_committed_files_are_small():
    assert sum(path.stat().st_size for path in EXPORTS.iterdir()) <= 8_000_000


def test_readme_lists_every_kind_of_file(generated):
    readme = (PROJECT / "sample_data" / "README.md").read_text(encoding="utf-8")
    for name in generated:
        beginning = name.split("_20")[0].split("20")[0]
        assert f"`{beginning}" in readme, name


def test_compressed_files_carry_no_clock_and_no_name(generated):
    packed = [content for name, content in generated.items() if name.endswith(".gz")]
    assert len(packed) == 1
    for content in packed:
        assert content[3:8] == b"\0" * 5  # no flags (so no file name), time 0


def test_chinese_exports_are_gbk_or_marked_utf8(generated):
    assert generated["tmall_ExportOrderList202611160905.csv"].decode("gbk").startswith("订单编号,买家会员名,")
    assert generated["tmall_wanxiangtai_20260518-20261115.csv"].decode("gbk").startswith("日期,计划ID,计划名字,")
    for name in ("douyin_juliang", "xiaohongshu_juguang", "wechat_tencent_ads", "youzan_orders"):
        (content,) = (content for found, content in generated.items() if found.startswith(name))
        assert content.startswith(b"\xef\xbb\xbf"), name


def test_baidu_writes_its_preamble_above_the_header(generated):
    lines = generated["baidu_tuiguang_20260518-20261115.csv"].decode("gbk").split("\n")
    assert lines[0].startswith("数据生成时间：")
    assert lines[6] == ""
    assert lines[7] == "日期,账户,推广计划,展现,点击,消费,点击率,平均点击价格"


def test_google_totals_are_the_sums_of_its_rows(generated):
    lines = generated["google_ads_campaign_report.csv"].decode().splitlines()
    assert lines[:2] == ["Campaign report", '"May 18, 2026 - November 15, 2026"']
    totals = [line for line in lines if line.startswith("Total: ")]
    assert len(totals) == 3
    rows = list(csv.DictReader(line for line in lines[2:] if not line.startswith("Total: ")))
    total = dict(zip(rows[0], next(csv.reader(totals[:1])), strict=True))
    assert float(total["Cost"]) == pytest.approx(sum(float(row["Cost"]) for row in rows), abs=0.005)
    assert int(total["Clicks"].replace(",", "")) == sum(int(row["Clicks"].replace(",", "")) for row in rows)


def test_orders_name_no_marketing_channel(generated):
    for name in ("tmall_ExportOrderList202611160905.csv", "youzan_orders_20260518-20261115.csv", "pos_receipts.csv"):
        content = generated[name]
        text = content.decode("gbk") if name.startswith("tmall") else content.decode("utf-8-sig")
        for channel in ("抖音", "小红书", "百度", "douyin", "baidu", "meta"):
            assert channel not in text.lower(), (name, channel)


def test_touches_hold_the_days_of_their_name_in_order(generated):
    (name,) = [name for name in generated if name.startswith("touchpoints_")]
    times = [line.split(",", 1)[0] for line in gzip.decompress(generated[name]).decode().splitlines()[1:]]
    first, last = (moment[:10].replace("-", "") for moment in (times[0], times[-1]))
    assert name == f"touchpoints_{first}-{last}.csv.gz"
    assert times == sorted(times)


def test_writing_twice_gives_the_same_files(tmp_path):
    world = make_world(persons=500, seed=3)
    first = {path.name: path.read_bytes() for path in write_exports(world, tmp_path / "one")}
    second = {path.name: path.read_bytes() for path in write_exports(world, tmp_path / "two")}
    assert first == second


def test_the_command_writes_the_files_and_refuses_impossible_sizes(tmp_path):
    command = [sys.executable, "-m", "sample_data", "--out", str(tmp_path / "out"), "--seed", "5", "--persons"]
    done = subprocess.run([*command, "400"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "touch rows" in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 13
    refused = subprocess.run([*command, "5"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "persons" in refused.stderr
