"""Addresses as SQL: what the page and the referrer of a row say of where it came from, without what is personal.

``steps(relation)`` turns a relation with the text columns ``page, referrer, utm_source, utm_medium, campaign`` into one
with, besides all its columns,

    page_kept       the address without query, fragment, user and password; e-mails and phone numbers in it masked
    v_source, v_medium, v_campaign, v_content, v_term
                    the tags (a mapped column before the address), decoded, at most 200 letters, e-mails and phones
                    masked
    v_click         which kind of click id the address carries; its value, which stands for one person, is left behind
    v_referrer, v_page_host
                    hosts, lower case

Addresses are taken as people and apps write them: tags in the query or behind ``#``, in any case, between ``&``, ``;``
or ``&amp;``, with ``+`` or ``%20``, encoded twice, in a text around the link (as Chinese apps share it), without
scheme, or wholly encoded. One projection per step: a macro writes its argument out wherever it uses it. The common
shape (http, no user) goes by string search, the others by pattern: 6 µs of one core for a row with two addresses.
"""

from omnidash.identity.personal import unpersonal_sql
from omnidash.ingest.traffic_sites import clicks

TAGS = ("source", "medium", "campaign", "content", "term")
_LONGEST = 200
_THINGS = "item|goods|product|spu|sku|variant|article|note|category|cat|brand"
_HARMLESS = f"(?:{_THINGS})(?:[_-]?id)?|id|page|p|lang"
_SCHEME = r"^[a-zA-Z][a-zA-Z0-9+.-]*://"


def steps(relation: str) -> str:
    """SQL of the steps above over ``relation`` (a name, or a query in brackets)."""
    return f"""
        with given as (select * from {relation}),
        linked as (
            select *, {_linked("page")} as page_link, {_linked("referrer")} as referrer_link from given),
        placed as (select *, {_end_of_path("page_link")} as path_end from linked),
        judged as (select *, {_is_link("page_link", "path_end")} as is_link from placed),
        cut as (
            select *, case when is_link and path_end > 0 then substr(page_link, path_end + 1) end as page_tail,
                case when is_link and path_end > 0 then substr(page_link, 1, path_end - 1) else page_link end
                    as page_cut,
                {host_in("referrer_link")} as referrer_host
            from judged),
        parted as (
            select *, {_parted("page_tail")} as tags, {_bare("page_cut")} as page_bare,
                {host_in("page_cut")} as page_host
            from cut),
        found as (
            select *, {", ".join(f"{_tag(name)} as found_{name}" for name in TAGS)}, {_click("tags")} as v_click
            from parted),
        plain as (select *, {", ".join(f"{_decoded(f'found_{name}')} as plain_{name}" for name in TAGS)} from found),
        chosen as (
            select *, {", ".join(f"{_chosen(name)} as chosen_{name}" for name in TAGS)} from plain)
        select * exclude (
                page_link, referrer_link, path_end, is_link, page_tail, page_cut, page_bare, referrer_host, page_host,
                tags, {", ".join(f"found_{n}, plain_{n}, chosen_{n}" for n in TAGS)}),
            nullif({unpersonal_sql("page_bare")}, '') as page_kept,
            {", ".join(f"{unpersonal_sql(f'chosen_{name}')} as v_{name}" for name in TAGS)},
            referrer_host as v_referrer, page_host as v_page_host
        from chosen
        """  # noqa: S608  (our own names)


def is_address(cell: str) -> str:
    """SQL: whether a text is an address that says more than a path: a scheme, or something behind ``?`` or ``#``."""
    return (
        f"(contains({cell}, '://') or regexp_matches({cell}, '^/[^\\s?#]*[?#]|^[^\\s?#=]*[./][^\\s?#=]*\\?[^\\s=]+='))"
    )


def shareable(cell: str) -> str:
    """SQL: an address as it may be shown: of its query only tags, kinds of click ids, and what names a product or a
    page; e-mails and phones masked."""
    tags = f"regexp_extract_all({cell}, '(?i)[?&#;/](utm_[a-z]+=[^&#;]*)', 1)"
    names = f"regexp_extract_all({cell}, '(?i)[?&](?:amp;)?((?:{_HARMLESS})=[\\w-]{{1,32}})(?:$|[&#;])', 1)"
    ids = f"regexp_extract_all({cell}, '(?i)[?&#;]({'|'.join(clicks())})=[^&#;]', 1)"
    asked = f"list_concat({names}, {tags}, list_transform({ids}, lambda id: id || '=***'))"
    said = f"case when len({asked}) > 0 then '?' || array_to_string({asked}, '&') else '' end"
    bare = f"regexp_replace({cell}, '(?s)[?#].*$', '')"
    named = f"regexp_replace({bare}, '^((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)[^/]*@', '\\1')"
    is_link = f"contains({cell}, '://') or starts_with({cell}, '/') or contains({cell}, '=')"
    link = f"case when {is_link} then {named} || {said} else {cell} end"
    return f"list_transform([{link}], lambda link: {unpersonal_sql('link')})[1]"  # named, for it is used several times


def _linked(text: str) -> str:
    """The link in a cell: decoded where it is encoded as a whole, cut out where words stand around it."""
    whole = r"^(?:https?|HTTPS?)%3[aA]%2[fF]"
    link = r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"'，。；！？、】」』》）]+"
    return (
        f"case when {text} is null then null"
        f" when regexp_matches({text}, '{whole}') then coalesce(try(url_decode({text})), {text})"
        f" when contains({text}, '://') and (contains({text}, ' ') or not regexp_matches({text}, '{_SCHEME}'))"
        f" then coalesce(nullif(regexp_extract({text}, '{_quoted(link)}'), ''), {text})"
        f" else {text} end"
    )


def _end_of_path(link: str) -> str:
    """Place of the first ``?`` or ``#``; 0 where there is none. By string search: a tenth of the cost of a pattern."""
    ask, mark = f"strpos({link}, '?')", f"strpos({link}, '#')"
    return f"case when {ask} = 0 then {mark} when {mark} = 0 then {ask} else least({ask}, {mark}) end"


def _is_link(link: str, path_end: str) -> str:
    """An address, and not a page's title: it has a scheme, begins with a slash, or something is asked of it."""
    asked = r"^[^\s?#]*[?#]\S*=|^[^\s?#]+[?#]\S*$|^[?#]"
    return (
        f"case when starts_with({link}, 'http') or starts_with({link}, '/') then true"
        f" when contains({link}, '://') then true"
        f" when {path_end} > 0 then regexp_matches({link}, '{asked}') else false end"
    )


def _bare(cut: str) -> str:
    """Without parameters of the path, user and password."""
    return (
        f"case when not is_link or not (contains({cut}, ';') or contains({cut}, '@')) then {cut}"
        f" else regexp_replace(regexp_replace({cut}, ';[^/]*', '', 'g'),"
        f" '^((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)[^/]*@', '\\1') end"
    )


def host_in(link: str) -> str:
    """SQL: the host of an address, lower case; null where it has none."""
    plain = r"^https?://([^/?#:\[\s\\]+)"
    with_scheme = r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#]*@)?(\[[0-9a-fA-F:.]+\]|[^/?#:\s\\]+)"
    without = r"^((?:[^\s/?#:.,!@]+\.)+[^\s/?#:.,!@0-9][^\s/?#:.,!@]*|\d{1,3}(?:\.\d{1,3}){3})\.?(?:[:/?#]|$)"
    return (
        f"case when {link} is null then null"
        f" when starts_with({link}, 'http') and not contains({link}, '@') and not contains({link}, '[')"
        f" then nullif(rtrim(lower(regexp_extract({link}, '{plain}', 1)), '.'), '')"
        f" when contains({link}, '//')"
        f" then nullif(rtrim(lower(regexp_extract({link}, '{with_scheme}', 1)), '.'), '')"
        f" when contains({link}, '.') then nullif(lower(regexp_extract({link}, '{without}', 1)), '') end"
    )


def _parted(tail: str) -> str:
    """All that may separate a tag from the one before it becomes ``&``, also at the beginning."""
    return (
        f"case when {tail} is not null then '&' || case when contains({tail}, ';') or contains({tail}, '?')"
        f" then regexp_replace({tail}, '(?:&amp;|[;?])([A-Za-z_]+=)', '&\\1', 'g') else {tail} end end"
    )


def _tag(name: str) -> str:
    return f"case when tags ilike '%utm%' then nullif(regexp_extract(tags, '(?i)[&#/]utm_{name}=([^&#]*)', 1), '') end"


def _decoded(found: str) -> str:
    """``+`` is a blank; what is still encoded after one decoding is decoded once more. Undecodable text stays."""
    once = f"coalesce(try(url_decode(replace({found}, '+', ' '))), {found})"
    is_encoded = "'%[0-9a-fA-F][0-9a-fA-F]'"
    return (
        f"case when {found} is null then null when not regexp_matches({found}, '[%+]') then {found}"
        f" when regexp_matches({once}, {is_encoded})"
        f" then coalesce(try(url_decode(replace({once}, '+', ' '))), {once}) else {once} end"
    )


def _chosen(name: str) -> str:
    """A mapped column before the address; blanks and the words for nothing are nothing."""
    column = {"source": "utm_source", "medium": "utm_medium", "campaign": "campaign"}.get(name)
    text = f"coalesce({column}, plain_{name})" if column else f"plain_{name}"
    cut = f"left(trim(regexp_replace({text}, '\\s+', ' ', 'g')), {_LONGEST})"
    if name in ("source", "medium"):
        cut = f"lower({cut})"
    return f"nullif({cut}, '')"


def _click(tags: str) -> str:
    """The kind of click id: one of an ad first, else a mark of who passed the link on. Empty ids are none."""
    sure = [name for name, click in clicks().items() if click.get("ad") and "with" not in click]
    marks = [name for name, click in clicks().items() if not click.get("ad")]
    together = "".join(
        f" when regexp_matches({tags}, '(?i)[&#]{name}=[^&#]')"
        f" and regexp_matches({tags}, '(?i)[&#](?:{'|'.join(click['with'])})=[^&#]') then '{name}'"
        for name, click in clicks().items()
        if "with" in click
    )
    one = "lower(regexp_extract({tags}, '(?i)[&#]({names})=[^&#]', 1))"
    ad, mark = (one.format(tags=tags, names="|".join(names)) for names in (sure, marks))
    return (
        f"case when {tags} is null or not contains({tags}, '=') then null"
        f" when regexp_matches({tags}, '(?i)[&#](?:{'|'.join(sure)})=[^&#]') then {ad}{together}"
        f" else nullif({mark}, '') end"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
