"""Files that were imported before: a folder of exports is imported every night, and its files stay in it.

A file whose very bytes are in use, read in the same way, has nothing to add. To import it again would make its words
the latest: of two exports of the same days in one folder the older one would win, and the newer one again, every night.
"""

import json
from pathlib import Path

from omnidash.ingest.headlines import same_file
from omnidash.ingest.meaning.inspection import settled
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import look
from omnidash.ingest.result import BatchResult, Twin
from omnidash.ingest.staged import reading_of
from omnidash.ingest.statements import earlier_imports
from omnidash.store.workspace import Workspace


def known_import(ws: Workspace, path: Path | str, mapping: Mapping, *, name: str | None = None) -> BatchResult | None:
    """What to tell of a file that is in use as it is: all its rows are there already. None for any other file.

    Raises BadInput where the file is no table, or its dates can be read in two ways and nobody said how.
    """
    source = look(path, name=name)
    decided = settled(ws, source, mapping)
    with ws.reading() as cursor:
        found = earlier_imports(cursor, source.scan.sha256, decided, reading_of(ws, decided))
        channel = decided.constants.get("channel")
        before = next((e for e in found if e.channel == channel), None)
        if before is None or not before.is_same_mapping:
            return None
        profile, kind, read, rejected, totals, first, last, sums, by_currency = cursor.execute(
            "select profile, kind, rows_read, rejected, skipped_totals, first_day, last_day, sums,"
            " sums_by_currency from batch"
            " where batch_id = $batch",
            {"batch": before.batch_id},
        ).fetchall()[0]
    twin = Twin(batch_id=before.batch_id, file=before.file, imported_at=before.imported_at, is_same_mapping=True)
    return BatchResult(
        file=source.name,
        batch_id=before.batch_id,
        profile=profile,
        kind=kind,
        rows_read=read,
        added=0,
        restated=0,
        duplicates=read - rejected - totals,
        rejected=rejected,
        skipped_totals=totals,
        first_day=first,
        last_day=last,
        sums=json.loads(sums),
        sums_by_currency=json.loads(by_currency or "{}"),
        warnings=(same_file(twin, is_unchanged=True),),
        twin=twin,
    )
