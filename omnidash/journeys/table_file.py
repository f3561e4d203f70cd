"""The journey table as one Arrow IPC file: a row per person, whose events are a list of structs.

That is CSR in Arrow's own words (list offsets + narrow child columns), so reading is a memory map without a copy, and
any engine that speaks Arrow sees one person per row. The code books ride in the schema's metadata.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_VERSION = 1
_BOOKS = b"omnidash.journeys"


def write(
    path: Path,
    person_ids: NDArray[np.int64],
    offsets: NDArray[np.int64],
    events: Mapping[str, NDArray[np.generic]],
    books: Mapping[str, list[str]],
) -> None:
    """Write to a temporary file beside ``path`` (mode 0600), then put it in place in one step."""
    rows = pa.StructArray.from_arrays([pa.array(column) for column in events.values()], names=list(events))
    journeys = pa.LargeListArray.from_arrays(pa.array(offsets), rows)
    batch = pa.record_batch({"person_id": pa.array(person_ids), "events": journeys})
    batch = batch.replace_schema_metadata({_BOOKS: json.dumps({"version": _VERSION, **books})})
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")  # mkstemp: mode 0600
    try:
        with os.fdopen(handle, "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read(
    path: Path, columns: Mapping[str, type[np.generic]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[str, NDArray[np.generic]], dict[str, list[str]]]:
    """``(person_ids, offsets, events, books)`` as read-only views of the mapped file.

    Raises FileNotFoundError, or ValueError where the file is damaged, of another version, or of other dtypes.
    """
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        books = json.loads((reader.schema.metadata or {})[_BOOKS])
        if books.pop("version") != _VERSION:
            raise ValueError(f"{path.name} was written by another version of the journey table")
        batch = reader.get_batch(0)
        journeys = batch.column("events")
        rows = journeys.values
        events = {name: _view(rows.field(name)) for name in columns}
        offsets = _view(journeys.offsets)
        person_ids = _view(batch.column("person_id"))
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is not a journey table: {error}") from error
    for name, dtype in columns.items():
        if events[name].dtype != dtype:
            raise ValueError(f"{path.name}: {name} is {events[name].dtype}, expected {np.dtype(dtype)}")
    return person_ids, offsets if offsets.size else np.zeros(1, np.int64), events, books


def _view(array: pa.Array) -> NDArray[Any]:
    """The numbers of an Arrow array without nulls, where they are. PyArrow's own ``to_numpy`` loads pandas, half a
    second of the app's first screen."""
    dtype = np.dtype(array.type.to_pandas_dtype())
    if array.null_count:
        raise pa.ArrowInvalid("nulls among the numbers")
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
