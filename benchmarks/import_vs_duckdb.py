"""A file of events from disk to committed: our whole import and DuckDB's bare reading of it, in one run on one machine.

    python -m benchmarks.import_vs_duckdb [--rows 5000000] [--rounds 3] [--folder DIR]

The file is seeded and looks like a shop's event feed: time, email, phone, channel, campaign, action, page, order_id,
revenue, currency; one person per five rows, 90 bytes a row (5 million rows: 450 MB). Our side does everything an import
does: look at the file, check every cell, hash identifiers, match what is there already, write, recognise persons. The
peer is ``create table … as select * from read_csv(…, all_varchar = true)`` into a database file. Each runs in a fresh
process, one after the other in every round, so that a busy machine slows both. Seconds of the processor (all threads)
and the peak of memory are the process's own. Fails (exit code 1) where rows are missing, where the median of our
seconds is more than four times the peer's, or where the memory passes 2 GB.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

ROWS_PER_PERSON = 5
DAYS = 90
FIRST_SECOND = 1_772_294_400  # 2026-03-01 00:00 in Shanghai
CHUNK_ROWS = 500_000
REQUIRED_RATIO = 4.0
MEMORY_LIMIT_MB = 2000

CHANNELS = ("抖音", "小红书", "微信", "天猫", "百度", "Google Ads", "email", "门店", "direct")
CHANNEL_SHARES = (0.24, 0.16, 0.18, 0.14, 0.08, 0.07, 0.05, 0.03, 0.05)
ACTIONS = ("impression", "click", "visit", "add_to_cart", "message_open", "purchase")
ACTION_SHARES = (0.34, 0.26, 0.24, 0.08, 0.05, 0.03)
GIVEN = ("li", "wang", "zhang", "ana", "tom", "mei", "jun", "sara", "hao", "yan", "peter", "lena", "bo", "ines")
DOMAINS = ("shop.example", "mail.example", "post.example", "qq.example", "office.example")


def write_events(path: Path, rows: int, seed: int) -> None:
    """A CSV of ``rows`` events in the order of time. 70 % of the rows carry e-mail and phone, 15 % each only one."""
    rng = np.random.default_rng(seed)
    persons = max(1, rows // ROWS_PER_PERSON)
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK_ROWS):
            count = min(CHUNK_ROWS, rows - start)
            _chunk(rng, start, count, rows, persons).write_csv(file, include_header=start == 0)


def _chunk(rng: np.random.Generator, start: int, count: int, rows: int, persons: int) -> pl.DataFrame:
    person = rng.integers(0, persons, count)
    step = DAYS * 86_400 / rows
    second = FIRST_SECOND + ((start + np.arange(count)) * step).astype(np.int64)
    shown = rng.choice(3, count, p=(0.7, 0.15, 0.15))
    action = rng.choice(len(ACTIONS), count, p=ACTION_SHARES)
    frame = pl.DataFrame(
        {
            "second": second,
            "person": person,
            "given": person * 7919 % len(GIVEN),
            "domain": person * 104_729 % len(DOMAINS),
            "shown": shown,
            "channel": rng.choice(len(CHANNELS), count, p=CHANNEL_SHARES),
            "campaign": rng.integers(1, 60, count),
            "action": action,
            "page": rng.integers(1, 20_000, count),
            "order": np.arange(start, start + count) + 70_000_000,
            "cents": rng.integers(500, 90_000, count),
        }
    )
    is_purchase = pl.col("action") == ACTIONS.index("purchase")
    return frame.select(
        time=pl.from_epoch("second", time_unit="s").dt.offset_by("8h").dt.strftime("%Y-%m-%d %H:%M:%S"),
        email=pl.when(pl.col("shown") != 2).then(
            pl.format("{}.{}@{}", _word("given", GIVEN), "person", _word("domain", DOMAINS))
        ),
        phone=pl.when(pl.col("shown") != 1).then(pl.format("13{}", pl.col("person") * 97 % 900_000_000 + 10**8)),
        channel=_word("channel", CHANNELS),
        campaign=pl.format("夏促-{}", "campaign"),
        action=_word("action", ACTIONS),
        page=pl.format("/item/{}", "page"),
        order_id=pl.when(is_purchase).then("order"),
        revenue=pl.when(is_purchase).then(pl.col("cents") / 100),
        currency=pl.when(is_purchase).then(pl.lit("CNY")),
    )


def _word(column: str, words: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(words)), return_dtype=pl.String)


def ours(path: Path, folder: Path) -> dict[str, Any]:
    """The whole import into a new workspace, measured."""
    from omnidash.ingest.run import import_file
    from omnidash.store import Workspace

    workspace = Workspace.create(folder / "workspace")
    told: list[tuple[float, float]] = []
    start = time.perf_counter()

    def tell(fraction: float, _message: object) -> None:
        told.append((time.perf_counter() - start, fraction))

    measured = _measured(lambda: import_file(workspace, path, progress=tell).added)
    times = [0.0, *(t for t, _ in told), measured["seconds"]]
    silence = max(b - a for a, b in itertools.pairwise(times))
    persons = workspace.rows("select count(distinct person_id) from person")[0][0]
    return {**measured, "longest_silence": silence, "persons": persons}


def theirs(path: Path, folder: Path) -> dict[str, Any]:
    """DuckDB's own reading into a table of text, measured."""
    import duckdb

    connection = duckdb.connect(str(folder / "peer.duckdb"))

    def read() -> int:
        connection.execute(
            "create table event as select * from read_csv($path, all_varchar = true)", {"path": str(path)}
        )
        return int(connection.execute("select count(*) from event").fetchall()[0][0])

    return _measured(read)


def _measured(work: Any) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows,
        "seconds": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": after.ru_maxrss / 1024,
    }


def in_fresh_process(side: str, path: Path) -> dict[str, Any]:
    """One side's measurement, in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = [sys.executable, "-m", "benchmarks.import_vs_duckdb", "--side", side, str(path), folder]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def main() -> int:
    """Run the comparison; the exit code says whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seed", type=int, default=20260101)
    options.add_argument(
        "--folder", type=Path, help="where the file and the databases are written (default: temporary)"
    )
    options.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.side:
        side, path, folder = chosen.side
        print(json.dumps({"ours": ours, "theirs": theirs}[side](Path(path), Path(folder))))
        return 0
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / "events.csv"
        write_events(path, chosen.rows, chosen.seed)
        print(f"{chosen.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")
        rounds = []
        for _ in range(chosen.rounds):
            rounds.append({side: in_fresh_process(side, path) for side in ("theirs", "ours")})
            print("  ".join(f"{side} {_line(figures)}" for side, figures in rounds[-1].items()))
    return _verdict(rounds, chosen.rows)


def _line(figures: dict[str, Any]) -> str:
    return f"{figures['seconds']:.2f} s, {figures['cpu']:.2f} CPU s, {figures['peak_mb']:.0f} MB;"


def _verdict(rounds: list[dict[str, dict[str, Any]]], rows: int) -> int:
    middle = {
        side: {name: median(r[side][name] for r in rounds) for name in ("seconds", "cpu", "peak_mb")}
        for side in ("ours", "theirs")
    }
    ratio = middle["ours"]["seconds"] / middle["theirs"]["seconds"]
    cpu_ratio = middle["ours"]["cpu"] / middle["theirs"]["cpu"]
    print(f"import into a workspace      {_line(middle['ours'])} {rounds[-1]['ours']['persons']:,} persons")
    print(f"DuckDB, all as text          {_line(middle['theirs'])}")
    print(
        f"ratio                        {ratio:.2f} in seconds, {cpu_ratio:.2f} in CPU (required: {REQUIRED_RATIO:.0f})"
    )
    print(f"longest time without a word  {max(r['ours']['longest_silence'] for r in rounds):.2f} s")
    if any(r[side]["rows"] != rows for r in rounds for side in r):
        print("FAILED: rows are missing")
        return 1
    if ratio > REQUIRED_RATIO:
        print("FAILED: not fast enough")
        return 1
    if middle["ours"]["peak_mb"] > MEMORY_LIMIT_MB:
        print("FAILED: too much memory")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
