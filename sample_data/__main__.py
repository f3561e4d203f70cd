"""``python -m sample_data --out DIR [--persons N] [--seed S]``: write the sample exports."""

import argparse
import time
from pathlib import Path

from sample_data import DEFAULT_PERSONS, DEFAULT_SEED
from sample_data.exports import write_exports
from sample_data.world import make_world


def main() -> None:
    """Write the files and say what they are."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description="Write the sample exports.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--persons", type=int, default=DEFAULT_PERSONS, metavar="N")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="S")
    chosen = parser.parse_args()
    started = time.perf_counter()
    try:
        world = make_world(chosen.persons, chosen.seed)
    except ValueError as problem:
        parser.error(str(problem))
    paths = write_exports(world, chosen.out)
    for path in paths:
        print(f"{path.stat().st_size:>10,}  {path.name}")
    size = sum(path.stat().st_size for path in paths)
    seconds = time.perf_counter() - started
    print(f"{size:>10,}  bytes: {len(world.touches):,} touch rows, {len(world.orders):,} orders, {seconds:.1f} s")


if __name__ == "__main__":
    main()
