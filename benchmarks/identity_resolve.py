"""Events with identifiers from disk to persons, beside DuckDB's bare reading of the file, in one run on one machine.

    python -m benchmarks.identity_resolve [--rows 5000000] [--rounds 3] [--folder DIR]

Three identifiers per ten rows (5 million events: 1.5 million identifiers): every person has a phone, an e-mail and a
device, 5 % share the device with another one. Our side imports the file into a new workspace, which ends with persons,
and then a day's file of a hundredth as many rows, of which half are known persons; the peer reads the first file as
text into a database file. Each round runs both in fresh processes; *resolving* is what persons add to the time: they
are found out while rows are written, and that counts only where those wait for it. Fails (exit code 1) where persons
are wrong, where the median of our first import is more than four times the peer's, or where the memory passes 2 GB.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from benchmarks.import_vs_duckdb import MEMORY_LIMIT_MB, REQUIRED_RATIO, _measured, theirs

ROWS_PER_PERSON = 10
FIRST_SECOND = 1_772_294_400
CHUNK_ROWS = 500_000


def write_events(path: Path, rows: int, first_person: int, persons: int, seed: int) -> None:
    """A CSV of ``rows`` events in the order of time; each shows two of its person's three identifiers."""
    rng = np.random.default_rng(seed)
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK_ROWS):
            count = min(CHUNK_ROWS, rows - start)
            person = first_person + rng.integers(0, persons, count)
            hidden = rng.integers(0, 3, count)
            second = FIRST_SECOND + ((start + np.arange(count)) * (90 * 86_400 / rows)).astype(np.int64)
            # of every forty persons two share one device
            device = np.where(person % 40 == 1, person - 1, person)
            frame = pl.DataFrame({"second": second, "person": person, "device": device, "hidden": hidden}).select(
                time=pl.from_epoch("second", time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"),
                channel=pl.lit("抖音"),
                action=pl.lit("click"),
                phone=pl.when(pl.col("hidden") != 0).then(
                    pl.format("13{}", pl.col("person") * 97 % 900_000_000 + 10**8)
                ),
                email=pl.when(pl.col("hidden") != 1).then(pl.format("p{}@mail.example", "person")),
                device_id=pl.when(pl.col("hidden") != 2).then(pl.format("dev-{}", "device")),
            )
            frame.write_csv(file, include_header=start == 0)


def ours(path: Path, folder: Path) -> dict[str, Any]:
    """Both imports, measured, with the seconds that resolving took in each."""
    from omnidash.ingest import commit as committing
    from omnidash.ingest.run import import_file
    from omnidash.store import Workspace

    whole, resolving = committing.resolving, []

    @contextlib.contextmanager
    def timed(*arguments: Any, **more: Any) -> Iterator[Callable[[], int]]:
        start = time.perf_counter()
        with whole(*arguments, **more) as finish:
            resolving.append(time.perf_counter() - start)

            def timed_finish() -> int:
                start = time.perf_counter()
                persons = finish()
                resolving[-1] += time.perf_counter() - start
                return persons

            yield timed_finish

    committing.resolving = timed
    workspace = Workspace.create(folder / "workspace")
    first = _measured(lambda: import_file(workspace, path).added)
    day = _measured(lambda: import_file(workspace, path.with_name("day.csv")).added)
    counts = workspace.rows(
        "select (select count(*) from identifier), (select count(distinct person_id) from person),"
        " (select count(*) from shared_identifier)"
    )[0]
    return {
        **first, "peak_mb": day["peak_mb"], "resolving": resolving[0], "day": day["seconds"],
        "day_resolving": resolving[1], "identifiers": counts[0], "persons": counts[1], "contested": counts[2],
    }  # fmt: skip


def _fresh(side: str, path: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = [sys.executable, "-m", "benchmarks.identity_resolve", "--side", side, str(path), folder]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def main() -> int:
    """Run the comparison; the exit code says whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--folder", type=Path, help="where files and databases are written (default: temporary)")
    options.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.side:
        side, path, folder = chosen.side
        print(json.dumps({"ours": ours, "theirs": theirs}[side](Path(path), Path(folder))))
        return 0
    persons = chosen.rows // ROWS_PER_PERSON
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / "events.csv"
        write_events(path, chosen.rows, 0, persons, seed=1)
        day = chosen.rows // 100
        write_events(path.with_name("day.csv"), day, persons - day // 20, day // 10, seed=2)
        rounds = []
        for _ in range(chosen.rounds):
            rounds.append({side: _fresh(side, path) for side in ("theirs", "ours")})
            own, peer = rounds[-1]["ours"], rounds[-1]["theirs"]
            print(
                f"DuckDB {peer['seconds']:.2f} s; ours {own['seconds']:.2f} s (resolving {own['resolving']:.2f} s);"
                f" a day's file {own['day']:.2f} s (resolving {own['day_resolving']:.2f} s); {own['peak_mb']:.0f} MB"
            )
    last = rounds[-1]["ours"]
    ratio = median(r["ours"]["seconds"] for r in rounds) / median(r["theirs"]["seconds"] for r in rounds)
    print(f"{last['identifiers']:,} identifiers, {last['persons']:,} persons, {last['contested']:,} shared")
    print(f"ratio of the medians {ratio:.2f} (required: at most {REQUIRED_RATIO:.0f})")
    people = persons + day // 20
    devices = people // 40  # a shared device is a person of its own at the normal level
    if not 0.99 * people <= last["persons"] - devices <= 1.01 * people:
        print("FAILED: persons are not those who made the file")
        return 1
    if ratio > REQUIRED_RATIO:
        print("FAILED: not fast enough")
        return 1
    if last["peak_mb"] > MEMORY_LIMIT_MB:
        print("FAILED: too much memory")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
