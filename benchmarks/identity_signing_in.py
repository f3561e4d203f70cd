"""How many of the true pairs OneID finds, by how readily people show who they are: the table of docs/identity.md.

    pip install -r requirements-dev.txt
    python -m benchmarks.identity_signing_in [--people N]

The sample's world with other habits: on how many of their devices and accounts people whose number the shop has sign
in, sooner or later. Its files are written and imported as anybody's; pairs of identifiers are then compared with who
owns them in the world. Precision is the part of the pairs found that are one person's; recall is given of all true
pairs, and of those that rows join at all.
"""

import argparse
import tempfile
from pathlib import Path

from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from sample_data import DEFAULT_PERSONS
from sample_data.exports import files
from sample_data.truth import person_of_identifiers
from sample_data.world import SIGNS_IN_EVERYWHERE, make_world
from tests.oracle.test_identity_truth import (
    WITH_IDENTIFIERS,
    found_and_true,
    linkable,
    owners_of,
    pairs,
    precision_of,
)


def scores(people: int, signs_in_everywhere: float) -> tuple[float, float, float]:
    """(precision, recall of all true pairs, recall of those that rows join) of one world."""
    world = make_world(people, signs_in_everywhere=signs_in_everywhere)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace.create(Path(scratch) / "workspace")
        for name, content in files(world):
            if name.startswith(WITH_IDENTIFIERS):
                path = Path(scratch) / name
                path.write_bytes(content)
                import_file(workspace, path)
        owners = owners_of(workspace, person_of_identifiers(world))
        scored = found_and_true(workspace, owners)
        reachable = scored.join(linkable(workspace, owners), on="identifier_id")
        return (
            precision_of(scored),
            pairs(scored, "person", "person_id") / pairs(scored, "person"),
            pairs(reachable, "person_id", "chain") / pairs(reachable, "chain"),
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=DEFAULT_PERSONS)
    people = parser.parse_args().people
    print("| devices and accounts with a sign-in | precision | recall of all true pairs | of those rows join |")
    print("|---|---|---|---|")
    for chance in (0.0, 0.5, SIGNS_IN_EVERYWHERE, 1.0):
        precision, all_pairs, joined = scores(people, chance)
        print(f"| {chance:.0%} | {precision:.4f} | {all_pairs:.3f} | {joined:.3f} |")


if __name__ == "__main__":
    main()
