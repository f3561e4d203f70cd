"""What the house knows of where visits come from: sites, kinds of media, click ids. Data: ``traffic_sites.toml``."""

import re
import tomllib
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from omnidash.model.defaults import folded

_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d][\w-]*|\[[0-9a-f:.]+\]|\d{1,3}(?:\.\d{1,3}){3}")
_SECOND_LEVEL = frozenset({"com", "co", "net", "org", "gov", "edu", "ac", "or", "ne", "go", "gob", "idv"})
# Hosts of builders on which every shop has a name of its own.
_SHARED = frozenset({
    "myshopify.com", "youzan.com", "weidian.com", "wixsite.com", "github.io", "netlify.app", "vercel.app",
    "herokuapp.com", "web.app", "blogspot.com", "wordpress.com", "shoplazza.com", "myshopline.com", "shopline.com",
    "squarespace.com", "webflow.io", "pages.dev", "azurewebsites.net", "cloudfront.net", "tumblr.com",
})  # fmt: skip


@lru_cache(maxsize=8192)
def kinds_of(medium: str | None) -> frozenset[str]:
    """The kinds of media a word belongs to: ``cpm`` is paid and display."""
    word = folded(medium) if medium else ""
    return frozenset(kind for kind, fits in _media_tests() if word and fits(word))


def site_of(host: str) -> dict[str, Any] | None:
    """The known site a host belongs to, or None."""
    exact, loose = _site_index()
    found = [exact[above] for above in suffixes(host) if above in exact]
    found += [position for position, fits in loose if fits(host)]
    return vocabulary()["site"][min(found)] if found else None


@cache
def clicks() -> dict[str, dict[str, Any]]:
    """Known click ids by their parameter: ``source``, ``medium``, ``channel``; ``ad`` if only an ad's click has it."""
    return {click["param"]: click for click in vocabulary()["click"]}


def is_host(word: str) -> bool:
    """Whether a word is a host rather than a name: it has dots, no blanks, and ends in letters (or is an address)."""
    return _HOST.fullmatch(word) is not None


def ascii_host(host: str) -> str:
    """A host as it is compared: lower case, without port and final dot, international names in ASCII.

    >>> ascii_host("商店.中国"), ascii_host("WWW.Shop.Example.:8080")
    ('xn--djrp52g.xn--fiqs8s', 'www.shop.example')
    """
    bare = host.strip().lower()
    if not bare.startswith("["):
        bare = bare.split(":")[0].rstrip(".")
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def registrable(host: str) -> str:
    """The part of a host somebody registers: ``www.shop.example.co.uk`` -> ``example.co.uk``, by rule of thumb."""
    labels = host.split(".")
    if host.startswith("[") or all(label.isdigit() for label in labels):
        return host
    has_second = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    shared = ".".join(labels[-2:]) in _SHARED
    return ".".join(labels[-3:] if has_second or shared else labels[-2:])


def word_test(part: str) -> Callable[[str], bool]:
    """Whether a folded word is like a pattern in which ``*`` stands for any letters."""
    shape = re.compile(".*".join(re.escape(piece) for piece in re.sub(r"\*+", "*", folded(part)).split("*")))
    return lambda word: shape.fullmatch(word) is not None


def host_test(part: str) -> Callable[[str], bool]:
    """``google.*``: the name google at any level, whatever follows; ``*`` alone: every host."""
    if part == "*":
        return lambda _: True
    shape = re.compile(r"(?:.*\.)?" + ".*".join(re.escape(piece) for piece in re.sub(r"\*+", "*", part).split("*")))
    return lambda host: shape.fullmatch(host) is not None


def suffixes(host: str) -> list[str]:
    """A host and all above it: ``m.baidu.com`` -> itself, ``baidu.com``, ``com``."""
    labels = host.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


@cache
def vocabulary() -> dict[str, Any]:
    """``traffic_sites.toml`` as it stands: ``site``, ``click``, ``media``, ``not_channel``."""
    return tomllib.loads(files("omnidash.ingest").joinpath("traffic_sites.toml").read_text("utf-8"))


@cache
def _media_tests() -> tuple[tuple[str, Callable[[str], bool]], ...]:
    return tuple((kind, _any(list(map(word_test, words)))) for kind, words in vocabulary()["media"].items())


@cache
def _site_index() -> tuple[dict[str, int], list[tuple[int, Callable[[str], bool]]]]:
    exact: dict[str, int] = {}
    loose: list[tuple[int, Callable[[str], bool]]] = []
    for position, site in enumerate(vocabulary()["site"]):
        for host in site["hosts"]:
            if "*" in host:
                loose.append((position, host_test(host)))
            else:
                exact.setdefault(host, position)
    return exact, loose


def _any(tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return lambda word: any(test(word) for test in tests)
