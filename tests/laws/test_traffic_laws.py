"""Laws of addresses: what was put into one is read out of it, however it is written, and nothing else is kept."""

from urllib.parse import quote, quote_plus

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omnidash.ingest.rows.address import steps
from omnidash.ingest.rows.labels import LabelBook
from omnidash.ingest.traffic import explain
from omnidash.ingest.traffic_rules import Rulebook, TrafficRule, Visit
from omnidash.store import Workspace

LAW = settings(deadline=None, derandomize=True, max_examples=50, suppress_health_check=list(HealthCheck))
# What people write into tags: letters of several scripts, signs that have a meaning in addresses, blanks.
WORDS = (
    st.text("abcXYZ049抖音é ._-+/|&=?#;:,()!'", min_size=1, max_size=12)
    .map(lambda t: " ".join(t.split()))
    .filter(lambda t: t.strip() == t and t != "")
)
HOSTS = st.sampled_from(
    [
        "shop.example",
        "www.shop.example",
        "a.b.shop.example.co.uk",
        "localhost",
        "[2001:db8::1]",
        "10.0.0.1",
        "商店.中国",
    ]
)
PATHS = st.sampled_from(["", "/", "/p/1", "/路径/x", "/a.b/c-d_e"])
SECRETS = st.sampled_from(["ana@shop.example", "13812345678", "+8613912345678", "bo.b+c@mail.example"])


@pytest.fixture(scope="module")
def cursor() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.create(tmp_path_factory.mktemp("laws") / "workspace")


def read_all(cursor: duckdb.DuckDBPyConnection, pages: list[str], referrers: list[str]) -> int:
    """How many addresses were taken apart: many in one statement, which costs more to plan than to run."""
    rows = (
        "(select unnest($pages) as page, unnest($referrers) as referrer, unnest($pages) as utm_source,"
        " cast(null as varchar) as utm_medium, unnest($referrers) as campaign)"
    )
    return len(cursor.execute(f"select * from ({steps(rows)})", {"pages": pages, "referrers": referrers}).fetchall())


def read(cursor: duckdb.DuckDBPyConnection, page: str, referrer: str | None = None) -> dict[str, str | None]:
    given_row = (
        "(select cast($page as varchar) as page, cast($referrer as varchar) as referrer,"
        " cast(null as varchar) as utm_source, cast(null as varchar) as utm_medium, cast(null as varchar) as campaign)"
    )
    found = cursor.execute(f"select * from ({steps(given_row)})", {"page": page, "referrer": referrer})
    names = [column[0] for column in found.description]
    return dict(zip(names, found.fetchall()[0], strict=True))


def encoded(value: str, style: str) -> str:
    return {
        "percent": quote(value, safe=""),
        "plus": quote_plus(value),
        "twice": quote(quote(value, safe=""), safe=""),
    }[style]


@LAW
@given(
    tags=st.dictionaries(st.sampled_from(["source", "medium", "campaign", "content", "term"]), WORDS, min_size=1),
    others=st.dictionaries(st.sampled_from(["a", "id", "page", "xutm_source", "variant"]), WORDS),
    scheme=st.sampled_from(["https://", "http://", "HTTPS://", "//", ""]),
    host=HOSTS,
    port=st.sampled_from(["", ":8443"]),
    path=PATHS,
    before=st.sampled_from(["?", "#", "#/route?", "?x=1#"]),
    between=st.sampled_from(["&", ";", "&amp;"]),
    style=st.sampled_from(["percent", "plus", "twice"]),
    is_upper=st.booleans(),
)
def test_tags_put_into_an_address_are_read_out_of_it(
    cursor: duckdb.DuckDBPyConnection, tags: dict[str, str], others: dict[str, str], scheme: str, host: str, port: str,
    path: str, before: str, between: str, style: str, is_upper: bool,
) -> None:  # fmt: skip
    assume(scheme or "." in host)  # a bare word is no address
    assume(style != "twice" or "+" not in "".join(tags.values()))  # twice decoded, a plus is a blank
    names = {name: f"UTM_{name}".upper() if is_upper else f"utm_{name}" for name in tags}
    pairs = [f"{name}={encoded(value, 'percent')}" for name, value in others.items()]
    pairs += [f"{names[name]}={encoded(value, style)}" for name, value in tags.items()]
    found = read(cursor, scheme + host + port + path + before + between.join(pairs))
    for name in ("source", "medium", "campaign", "content", "term"):
        wanted = tags.get(name)
        assert found[f"v_{name}"] == (wanted.lower() if wanted and name in ("source", "medium") else wanted)
    assert found["v_page_host"] == host
    assert found["page_kept"] == scheme + host + port + path
    assert found["v_click"] is None


@settings(LAW, max_examples=20)
@given(
    kind=st.sampled_from(["gclid", "msclkid", "ttclid", "fbclid", "bd_vid", "gdt_vid", "li_fat_id", "wbraid"]),
    value=st.text("abcXYZ019_-.", min_size=8, max_size=40),
    before=st.sampled_from(["?", "#", "?a=1&", "?a=1;"]),
)
def test_of_a_click_id_only_its_kind_is_kept(
    cursor: duckdb.DuckDBPyConnection, kind: str, value: str, before: str
) -> None:
    found = read(cursor, f"https://shop.example/p{before}{kind}={value}")
    assert found["v_click"] == kind
    assert value not in repr([v for name, v in found.items() if name != "page"])
    assert read(cursor, f"https://shop.example/p{before}{kind}=")["v_click"] is None


@LAW
@given(
    secrets=st.lists(SECRETS, min_size=3, max_size=3),
    place=st.sampled_from(["path", "query", "fragment", "user", "tag"]),
    is_encoded=st.booleans(),
)
def test_nothing_personal_is_kept_wherever_it_stands(
    cursor: duckdb.DuckDBPyConnection, secrets: list[str], place: str, is_encoded: bool
) -> None:
    first, second, third = (quote(s, safe="") if is_encoded else s for s in secrets)
    page = {
        "path": f"https://shop.example/u/{first}/{second}/x",
        "query": f"https://shop.example/?mail={first}&tel={second}",
        "fragment": f"https://shop.example/#{first}/{second}",
        "user": f"https://{first.replace('@', '%40')}:pw@shop.example/",
        "tag": f"https://shop.example/?utm_source={first}&utm_campaign=x{second}&utm_content={third}&utm_term={second}",
    }[place]
    found = read(cursor, page, f"https://mail.example/?to={third}")
    kept = repr([v for name, v in found.items() if name not in ("page", "referrer")])
    for secret in (*secrets, first, second, third):
        assert secret not in kept
        assert secret.split("@")[0].removeprefix("+86") not in kept


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


@settings(LAW, max_examples=10)
@given(pairs=st.lists(st.tuples(TEXT, TEXT), min_size=30, max_size=60))
def test_no_text_makes_the_reader_of_addresses_fall_over(
    cursor: duckdb.DuckDBPyConnection, workspace: Workspace, pairs: list[tuple[str, str]]
) -> None:
    texts, others = (list(column) for column in zip(*pairs, strict=True))
    assert read_all(cursor, texts, others) == len(pairs)
    verdict = explain(workspace, texts[0], others[0], None, None)
    assert verdict.channel is None or isinstance(verdict.channel, str)


VISITS = st.builds(
    Visit,
    source=st.sampled_from(["a", "b c", "x.example", None]),
    medium=st.sampled_from(["cpc", "email", None]),
    campaign=st.sampled_from(["s1", "双11大促", None]),
    click_id=st.sampled_from([None, "gclid"]),
    referrer=st.sampled_from(["sub.x.example", "acs.bank.example", None]),
)
RULES = st.lists(
    st.builds(
        TrafficRule,
        field=st.sampled_from(["source", "medium", "campaign", "referrer", "click_id"]),
        pattern=st.sampled_from(["*", "a|b_c|x.example|s1|cpc|gclid", "*1*|email|acs.*", "paid|x.example|a*"]),
        medium=st.sampled_from([None, None, "paid|(none)", "email|odd"]),
        channel=st.sampled_from(["meta", "jd", "email", None]),
    ),
    min_size=2,
    max_size=8,
)
MEDIA: dict[str, set[str]] = {"cpc": {"paid"}, "email": {"email"}}


def first_that_fits(rules: list[TrafficRule], visit: Visit) -> TrafficRule | None:
    """The plain reading of the table: every rule, every alternative, one after the other."""
    from fnmatch import fnmatchcase

    is_tagged = visit.source is not None or visit.medium is not None or visit.click_id is not None
    source_is_host = visit.source is not None and "." in visit.source
    host = visit.referrer if not is_tagged else visit.source if source_is_host and visit.medium != "cpc" else None

    def fits(rule: TrafficRule, part: str) -> bool:
        if rule.field == "referrer":
            if host is None:
                return False
            above = [".".join(host.split(".")[i:]) for i in range(host.count(".") + 1)]
            return any(fnmatchcase(one, part) for one in above)
        value = {
            "source": visit.source,
            "medium": visit.medium,
            "campaign": visit.campaign,
            "click_id": visit.click_id,
        }[rule.field]
        if value is None:
            return False
        if rule.field == "medium" and part in MEDIA.get(value, set()):
            return True
        if rule.field == "source" and "." in part:
            return source_is_host and any(
                fnmatchcase(".".join(value.split(".")[i:]), part) for i in range(value.count(".") + 1)
            )
        return fnmatchcase(value.replace("_", " "), part.replace("_", " "))

    for rule in rules:
        asked = rule.medium.split("|") if rule.medium else None
        medium_fits = asked is None or (
            "(none)" in asked
            if visit.medium is None
            else visit.medium in asked or bool(MEDIA[visit.medium] & set(asked))
        )
        if medium_fits and any(fits(rule, part) for part in rule.pattern.split("|")):
            return rule
    return None


@LAW
@given(visit=VISITS, rules=RULES)
def test_the_first_rule_that_fits_decides(visit: Visit, rules: list[TrafficRule]) -> None:
    book = LabelBook(assigned={}, names={}, channels=frozenset({"meta", "jd", "email"}))
    said = any(v is not None for v in (visit.source, visit.medium, visit.click_id, visit.referrer, visit.campaign))
    assume(said)
    verdict = Rulebook(rules, labels=book).judge(visit)
    expected = first_that_fits(rules, visit)
    assert verdict.rule == expected
    assert verdict.channel == (expected.channel if expected else None)
    assert verdict.continues is (expected is not None and expected.channel is None)
