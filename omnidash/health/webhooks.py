"""Webhooks: where alerts are sent, in the form each receiver reads, tried again with back-off.

Addresses and secrets stand in ``webhooks.json`` beside the database (mode 0600), not in it: a backup or an export of
the workspace does not carry them. They are sent by ``omnidash alerts --notify`` alone, so the app never waits for
anybody.

Forms: ``json`` (generic: one object with all figures), ``wecom``, ``dingtalk``, ``feishu``, ``slack`` (a text each
robot shows). With a secret DingTalk and Feishu requests are signed as their robots ask for (HMAC-SHA-256 over the
time). A robot answers 200 also to what it refuses; its error code is read. Tried again: no answer within ten seconds
in all, 429, 5xx; not what is refused for good, nor what answers that it has moved: a redirect would make an empty GET
of the notice.
"""

import base64
import hashlib
import hmac
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

FILE = "webhooks.json"
FORMS = ("json", "wecom", "dingtalk", "feishu", "slack")
_WAITS_SECONDS = (1.0, 4.0, 16.0)
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One receiver. ``secret``: of a signing robot, '' for none. Raises BadInput naming field and value."""

    name: str
    form: str
    url: str
    secret: str = ""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise BadInput(
                N_("Webhook form {form} is unknown; choose one of {known}."),
                form=repr(self.form),
                known=", ".join(FORMS),
            )
        address = urllib.parse.urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.netloc:
            raise BadInput(N_("The address of webhook {name} must begin with https:// or http://."), name=self.name)
        if not self.name.strip():
            raise BadInput(N_("A webhook needs a name."))

    @property
    def shown(self) -> str:
        """The address without what makes it secret: scheme and host."""
        address = urllib.parse.urlsplit(self.url)
        return f"{address.scheme}://{address.netloc}/…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is sent: a title, the text in Markdown (bold, lists, links at most), and all figures for programs."""

    title: str
    text: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How sending went: ``problem`` is '' where the receiver took it."""

    name: str
    attempts: int
    problem: str


def read_webhooks(folder: Path) -> tuple[Webhook, ...]:
    """The receivers of a workspace. Raises BadInput where the file is not ours."""
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        return tuple(Webhook(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BadInput(N_("{file} is damaged; remove it and add the webhooks again."), file=str(path)) from error


def write_webhooks(folder: Path, webhooks: Sequence[Webhook]) -> None:
    """Keep the receivers, readable by their owner alone, complete or not at all."""
    part = folder / f"{FILE}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(webhook) for webhook in webhooks], file)
    part.replace(folder / FILE)


def send(
    webhook: Webhook,
    notice: Notice,
    *,
    now: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Send a notice, waiting 1, 4 and 16 seconds between up to four attempts. Never raises for what the network
    does."""
    problem = ""
    for attempt, pause in enumerate((*_WAITS_SECONDS, 0.0), start=1):
        problem, is_final = _attempt(webhook, notice, now())
        if not problem or is_final:
            return Delivery(name=webhook.name, attempts=attempt, problem=problem)
        if pause:
            wait(pause)
    return Delivery(name=webhook.name, attempts=len(_WAITS_SECONDS) + 1, problem=problem)


def send_all(
    due: Iterable[tuple[Webhook, Sequence[Notice]]], *, deliver: Callable[[Webhook, Notice], Delivery] = send
) -> dict[str, list[Delivery]]:
    """What became of every notice, by name of the receiver. All receivers at the same time; one that cannot be reached
    is not tried again with its next notices, which are then reported as not sent (no attempts)."""

    def one_after_the_other(webhook: Webhook, notices: Sequence[Notice]) -> list[Delivery]:
        made: list[Delivery] = []
        for notice in notices:
            if made and made[-1].problem:
                made.append(Delivery(name=webhook.name, attempts=0, problem=made[-1].problem))
            else:
                made.append(deliver(webhook, notice))
        return made

    pairs = list(due)
    with ThreadPoolExecutor(max_workers=max(len(pairs), 1)) as pool:
        return {
            webhook.name: made
            for (webhook, _), made in zip(pairs, pool.map(lambda pair: one_after_the_other(*pair), pairs), strict=True)
        }


def payload(webhook: Webhook, notice: Notice, at: float) -> tuple[str, dict[str, Any]]:
    """Address and body of the request made at ``at`` (seconds since 1970)."""
    said = f"{notice.title}\n{notice.text}"
    if webhook.form == "wecom":
        return webhook.url, {"msgtype": "markdown", "markdown": {"content": f"**{notice.title}**\n{notice.text}"}}
    if webhook.form == "dingtalk":
        body = {
            "msgtype": "markdown",
            "markdown": {"title": notice.title, "text": f"## {notice.title}\n{notice.text}"},
        }
        return _signed_for_dingtalk(webhook, at), body
    if webhook.form == "feishu":
        return webhook.url, {"msg_type": "text", "content": {"text": said}, **_signature_for_feishu(webhook, at)}
    if webhook.form == "slack":
        return webhook.url, {"text": f"*{notice.title}*\n{notice.text}"}
    return webhook.url, {"title": notice.title, "text": notice.text, **notice.figures}


def _attempt(webhook: Webhook, notice: Notice, at: float) -> tuple[str, bool]:
    """What went wrong ('' for nothing), and whether trying again is of no use. Addresses are in no message."""
    url, body = payload(webhook, notice, at)
    request = urllib.request.Request(
        url,
        data=json.dumps(body, ensure_ascii=False, default=str).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "OmniDash"},
        method="POST",
    )
    found = ["TimeoutError", False]

    def attempt() -> None:
        found[:] = _answered(request)

    # The timeout of a socket begins anew with every byte; a receiver that drips would hold everybody up.
    sending = threading.Thread(target=attempt, daemon=True)
    sending.start()
    sending.join(_TIMEOUT_SECONDS)
    problem, is_final = found
    return str(problem), bool(is_final)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None: the answer that it has moved is an error."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def _answered(request: urllib.request.Request) -> tuple[str, bool]:
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return _refusal(answer.read(65_536)), True
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}", error.code != 429 and error.code < 500
    except (OSError, ValueError) as error:
        return type(getattr(error, "reason", error)).__name__, False


def _refusal(answer: bytes) -> str:
    """The error a robot states in an answer that says 200."""
    try:
        said = json.loads(answer)
    except ValueError:
        return ""
    code = (
        next((said[key] for key in ("errcode", "code", "StatusCode") if key in said), 0)
        if isinstance(said, dict)
        else 0
    )
    return "" if code in (0, "0") else f"refused with code {code}"


def _signed_for_dingtalk(webhook: Webhook, at: float) -> str:
    if not webhook.secret:
        return webhook.url
    moment = str(round(at * 1000))
    digest = hmac.new(webhook.secret.encode(), f"{moment}\n{webhook.secret}".encode(), hashlib.sha256).digest()
    query = urllib.parse.urlencode({"timestamp": moment, "sign": base64.b64encode(digest).decode()})
    return f"{webhook.url}{'&' if '?' in webhook.url else '?'}{query}"


def _signature_for_feishu(webhook: Webhook, at: float) -> dict[str, str]:
    if not webhook.secret:
        return {}
    moment = str(int(at))
    digest = hmac.new(f"{moment}\n{webhook.secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": moment, "sign": base64.b64encode(digest).decode()}
