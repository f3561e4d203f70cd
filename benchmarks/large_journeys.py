"""A hundred million events: is the journey table built, and every kernel run, within 8 GB, the funnel in proportion?

    pip install -r requirements.txt
    python -m benchmarks.large_journeys [--events N] [--folder DIR]

A workspace of seeded events is made in the store (``large_workspace``), once with a tenth of them. For each a process
of its own builds the journey table from the store, writes it, maps it, and runs the funnel and every journey screen's
kernel; it reports seconds and the most memory it ever held (resident, pages of the mapped table included). Fails (exit
code 1) above 8 GB, or where the funnel takes more than ten times that of a tenth of the events + 20 %. ``--folder``
keeps the workspaces for another run; a hundred million events take 2 GB of it, and their table 3 GB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.large_workspace import make_large_workspace
from omnidash.engine.journeys import journeys_of
from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.overlap import overlap
from omnidash.journeys.reach import cross_channel
from omnidash.journeys.rhythm import rhythm
from omnidash.journeys.stage_map import stage_map
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.transitions import transition_counts
from omnidash.journeys.warm import warm
from omnidash.store import Workspace

MOST_GIGABYTES = 8.0
TENFOLD = 10 * 1.2
_STEPS = tuple(Step(action=action) for action in ("impression", "click", "purchase"))


def measured(folder: Path) -> dict[str, float]:
    """Build, map and run everything on the workspace in ``folder``: seconds by name, and gigabytes at most."""
    warm()
    workspace = Workspace.open(folder)
    for old in (folder / "cache").glob("journeys-*"):
        old.unlink()
    seconds = {"build and write": _seconds(lambda: journeys_of(workspace))}
    after_build = _gigabytes()
    table, zone = journeys_of(workspace), workspace.settings.zone
    closed = workspace.rows("select max(day) from event")[0][0]
    kernels: dict[str, Callable[[], Any]] = {
        "funnel": lambda: funnel(table, FunnelQuery(steps=_STEPS, window_seconds=7 * 86_400), threads=2),
        "overlap": lambda: overlap(table, window_days=7, threads=2),
        "paths": lambda: top_paths(table, top=500, collapse=True, threads=2),
        "transitions": lambda: transition_counts(table, threads=2),
        "breakpoints": lambda: breakpoints(stage_map(table, threads=2)),
        "rhythm": lambda: rhythm(table, zone=zone, threads=2),
        "cohorts": lambda: cohorts(table, closed_through=closed, unit="week", threads=2),
        "collisions": lambda: collisions(table, paid=table.channels[1:5], threads=2),
        "cross-channel": lambda: cross_channel(table, threads=2),
    }
    for name, work in kernels.items():
        seconds[name] = median(_seconds(work) for _ in range(3))
    return {**seconds, "GB after the build": after_build, "GB at most": _gigabytes()}


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kilobytes on Linux


def main() -> int:
    """Run both sizes; the exit code says whether the promises hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measured(chosen.measure)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        found = {}
        for events in (chosen.events // 10, chosen.events):
            folder = (chosen.folder or Path(scratch)) / f"events-{events}"
            if not folder.exists():
                make_large_workspace(folder, events=events, seed=20260101).close()
            command = [sys.executable, "-m", "benchmarks.large_journeys", "--measure", str(folder)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            found[events] = json.loads(answer.stdout.splitlines()[-1])
    small, large = found.values()
    print(f"{'':24} {chosen.events // 10:>14,} {chosen.events:>14,}   seconds, two threads")
    for name in large:
        print(f"{name:24} {small[name]:14.2f} {large[name]:14.2f}")
    wrong = [name for name in large if name.startswith("GB") and large[name] > MOST_GIGABYTES]
    if large["funnel"] > TENFOLD * small["funnel"]:
        wrong.append("funnel")
    print(f"FAILED: {', '.join(wrong)}" if wrong else "all promises hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
