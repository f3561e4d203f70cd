"""Records that are probably of one person, by name, birth date and contact: for the loose level, off by default.

A file of records (a CRM list, a till's customer cards) is compared within itself by Splink (Fellegi and Sunter 1969;
Linacre et al. 2022), an optional dependency that runs on DuckDB in memory. Names and addresses go no further: what is
kept of a pair is the ids of the two records' identifiers, the match weight (log2 of the odds that they match) and its
probability. Such links count at the loose level only; they can be cut like others, and imports replace none of them.

The model is estimated from the file itself, so it needs some hundreds of records with differences among them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl

from omnidash.identity.lookup import readings
from omnidash.identity.partition import Rules
from omnidash.identity.personal import unpersonal, unpersonal_file_name
from omnidash.identity.resolve import resolve
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

FIELDS = ("first_name", "surname", "dob", "city", "address", "email", "phone")
"""What records are compared by, as far as a file has it; ``dob`` as 1980-12-31."""
DEFAULT_WEIGHT = 3.0  # eight to one
_FEWEST_RECORDS = 50
_SILENT = 40  # logging.ERROR


def is_available() -> bool:
    """Whether Splink is installed."""
    return find_spec("splink") is not None


def link_alike(
    ws: Workspace, records: pl.DataFrame, *, identifier: str, file_name: str, threshold: float = DEFAULT_WEIGHT
) -> int:
    """Compare records and keep the links between their identifiers; returns how many. A file's earlier ones go.

    ``records``: one row per record, texts; ``identifier``: its column of identifiers, raw, hashed at once. Records
    whose identifier occurs in no imported file are compared and not linked. Raises BadInput as ``similar_pairs`` does.
    """
    if identifier not in records.columns:
        raise BadInput(
            N_("the list has no column '{column}'; its columns are {columns}"),
            column=identifier,
            columns=", ".join(map(unpersonal, records.columns)),
        )
    file_name = unpersonal_file_name(file_name)
    pairs = similar_pairs(records, threshold=threshold)
    with ws.writing("links by likeness") as cursor:
        linked = _between_known(ws, pairs, records[identifier])  # here: somebody may have been forgotten meanwhile
        before = cursor.execute("delete from probable_link where file_name = $file returning a, b", {"file": file_name})
        touched = {end for pair in before.fetchall() for end in pair}
        cursor.register("omnidash_alike", linked)
        try:
            cursor.execute(
                "insert into probable_link select a, b, weight, p, $file, $now from omnidash_alike",
                {"file": file_name, "now": datetime.now(UTC).replace(tzinfo=None)},
            )
        finally:
            cursor.unregister("omnidash_alike")
        resolve(cursor, Rules.of(ws.settings), touched=touched | {*linked["a"].to_list(), *linked["b"].to_list()})
    return linked.height


def _between_known(ws: Workspace, pairs: pl.DataFrame, identifiers: pl.Series) -> pl.DataFrame:
    """Pairs of records as links [a, b Int64, weight, p Float64] between the identifiers that the workspace knows."""
    known = (
        readings(ws, identifiers.fill_null("").to_list())
        .filter(pl.col("is_known") & ~pl.col("is_blocked"))
        .group_by("position")
        .agg(pl.col("identifier_id").first())
        .with_columns(pl.col("position").cast(pl.Int64))
    )
    return (
        pairs.join(known.rename({"position": "alike", "identifier_id": "one"}), on="alike")
        .join(known.rename({"position": "other", "identifier_id": "two"}), on="other")
        .filter(pl.col("one") != pl.col("two"))
        .select(a=pl.min_horizontal("one", "two"), b=pl.max_horizontal("one", "two"), weight="weight", p="probability")
        .group_by("a", "b")
        .agg(pl.col("weight").max(), pl.col("p").max())
        .sort("a", "b")
    )


def forget_likeness(ws: Workspace, file_name: str) -> int:
    """Drop the links that a file's records gave; returns how many. Raises BadInput where there are none."""
    file_name = unpersonal_file_name(file_name)
    with ws.writing("links by likeness") as cursor:
        gone = cursor.execute(
            "delete from probable_link where file_name = $file returning a, b", {"file": file_name}
        ).fetchall()
        if not gone:
            raise BadInput(N_("no links by likeness come from {file}"), file=file_name)
        resolve(cursor, Rules.of(ws.settings), touched={end for pair in gone for end in pair})
    return len(gone)


def similar_pairs(records: pl.DataFrame, *, threshold: float = DEFAULT_WEIGHT) -> pl.DataFrame:
    """Pairs of rows that are probably of one person: [alike, other Int64 (row numbers, alike < other), weight,
    probability Float64], of at least ``threshold`` match weight, the surest first.

    ``records`` has columns of ``FIELDS`` as texts. Raises BadInput where Splink is not installed, where the columns say
    too little (a name, and a birth date or a contact), or where there are too few records to estimate from.
    """
    if not is_available():
        raise BadInput(N_("matching by likeness needs Splink; install it with: pip install -r requirements-splink.txt"))
    present = {name for name in FIELDS if name in records.columns}
    has_name = {"first_name", "surname"} <= present
    if not has_name or not present & {"dob", "email", "phone"}:
        raise BadInput(
            N_("records are compared by first_name, surname and one of dob, email, phone; columns are missing")
        )
    if records.height < _FEWEST_RECORDS:
        raise BadInput(
            N_("{count} records are too few to compare; {least} are needed"),
            count=records.height,
            least=_FEWEST_RECORDS,
        )
    plain = records.select(
        pl.int_range(pl.len()).alias("unique_id"),
        *(_plain(name) for name in FIELDS if name in present),
    )
    weights = _predicted(plain, present, threshold)
    return weights.select(
        alike=pl.min_horizontal("unique_id_l", "unique_id_r").cast(pl.Int64),
        other=pl.max_horizontal("unique_id_l", "unique_id_r").cast(pl.Int64),
        weight=pl.col("match_weight").cast(pl.Float64),
        probability=pl.col("match_probability").cast(pl.Float64),
    ).sort("weight", "alike", "other", descending=[True, False, False])


def _plain(name: str) -> pl.Expr:
    """One spelling: lower case, no blanks around, digits alone for phones; null where nothing is left."""
    text = pl.col(name).cast(pl.String).str.strip_chars().str.to_lowercase()
    text = text.str.replace_all(r"\D", "") if name == "phone" else text
    return pl.when(text != "").then(text).alias(name)


def _predicted(plain: pl.DataFrame, present: set[str], threshold: float) -> pl.DataFrame:
    splink: Any = import_module("splink")
    library: Any = import_module("splink.comparison_library")
    block: Any = splink.block_on
    compared: Mapping[str, Any] = {
        "dob": lambda: library.DateOfBirthComparison("dob", input_is_string=True),
        "city": lambda: library.ExactMatch("city").configure(term_frequency_adjustments=True),
        "address": lambda: library.JaroWinklerAtThresholds("address", [0.92, 0.8]),
        "email": lambda: library.EmailComparison("email"),
        "phone": lambda: library.LevenshteinAtThresholds("phone", [1]),
    }
    comparisons = [library.ForenameSurnameComparison("first_name", "surname")]
    comparisons += [make() for name, make in compared.items() if name in present]
    rules = [rule for needs, rule in _BLOCKS if needs <= present]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block(*rule) for rule in rules],
        retain_matching_columns=False,
    )
    engine = splink.DuckDBAPI(":memory:")
    engine.duckdb_con.execute("set temp_directory = ''")  # names must not spill to a disk
    linker = splink.Linker(engine.register(plain.to_arrow()), settings, log_level=_SILENT)
    certain = [block("first_name", "surname", name) for name in ("dob", "email", "phone") if name in present]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in (("dob",), ("first_name", "surname"), ("email",), ("phone",)):
        if set(columns) <= present:
            linker.training.estimate_parameters_using_expectation_maximisation(block(*columns))
    found = linker.inference.predict(threshold_match_weight=threshold)
    return pl.DataFrame(found.as_duckdbpyrelation().pl())


# Which records are compared at all: those that agree in one of these. All pairs would be too many.
_BLOCKS: tuple[tuple[set[str], tuple[str, ...]], ...] = (
    ({"email"}, ("email",)),
    ({"phone"}, ("phone",)),
    ({"dob"}, ("dob",)),
    (set(), ("first_name", "surname")),
    ({"city"}, ("surname", "city")),
    ({"city"}, ("first_name", "city")),
    ({"address"}, ("address",)),
    ({"dob"}, ("substr(surname, 1, 3)", "substr(dob, 1, 4)")),
    ({"dob"}, ("substr(first_name, 1, 3)", "substr(dob, 1, 4)")),
    ({"email"}, ("split_part(email, '@', 1)",)),
    ({"city", "dob"}, ("city", "substr(dob, 1, 4)")),
    (set(), ("surname",)),
)
