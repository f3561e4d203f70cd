"""Write the world as the exports people download; the same world gives the same bytes, compressed files included.

Which file is what: README.md of this package.
"""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from sample_data.catalogue import CAMPAIGNS, CHANNELS
from sample_data.csv_text import CLOCK, encoded, local_times
from sample_data.experiment import review_test
from sample_data.order_files import ORDER_FILES
from sample_data.spend_files import SPEND_FILES
from sample_data.touches import ACTIONS, IDENTIFIER_TYPES
from sample_data.world import World


def files(world: World) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of every export."""
    for name, write in (SPEND_FILES | ORDER_FILES).items():
        yield name, write(world)
    yield "review_reminder_test.csv", review_test(world)
    yield from _touchpoints(world)


def write_exports(world: World, folder: Path) -> list[Path]:
    """Write every export into the folder (made if missing) and return the paths, in the order written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files(world):
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def _touchpoints(world: World) -> Iterator[tuple[str, bytes]]:
    """Our plain event format, compressed."""
    touches = world.touches
    frame = pl.DataFrame(
        {
            "time": local_times(touches.at),
            **{name: touches.identifiers[name] for name in IDENTIFIER_TYPES},
            "channel": np.array(CHANNELS)[touches.channel],
            "campaign": np.array([c.name for c in CAMPAIGNS])[touches.campaign],
            "action": np.array(ACTIONS)[touches.action],
            "content_id": touches.content_id,
            "page": touches.page,
            "store_id": touches.store_id,
        }
    )
    # One file, as a tracking tool exports a range of days: each file of an import costs about half a second.
    first_day, last_day = frame["time"].dt.strftime("%Y%m%d").sort()[[0, -1]]
    shown = frame.with_columns(pl.col("time").dt.strftime(CLOCK))
    yield f"touchpoints_{first_day}-{last_day}.csv.gz", _gzipped(encoded(shown, "utf-8"))


def _gzipped(content: bytes) -> bytes:
    """Compressed without a clock or a name in it."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
