"""Webhooks: each receiver's form, signatures as the robots compute them, retries, and secrets that stay at home."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator

import pytest

from omnidash.health.webhooks import (
    FORMS,
    Delivery,
    Notice,
    Webhook,
    payload,
    read_webhooks,
    send,
    send_all,
    write_webhooks,
)
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from omnidash.store.backup import backup

NOTICE = Notice(
    title="Alert", text="Meta is below break-even.\n- cut", figures={"rule": "roi_streak", "channel": "meta"}
)
AT = 1_760_000_000.5


class Receiver:
    """A local server that answers as it is told and keeps what it was sent."""

    def __init__(self, answers: list[tuple[int, bytes]]) -> None:
        self.received: list[dict] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = answers[min(len(outer.received), len(answers)) - 1]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator:
    made: list[Receiver] = []

    def make(*answers: tuple[int, bytes]) -> Receiver:
        made.append(Receiver(list(answers)))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ("wecom", ("markdown", "content")),
        ("dingtalk", ("markdown", "text")),
        ("feishu", ("content", "text")),
        ("slack", ("text",)),
        ("json", ("text",)),
    ],
)
def test_every_form_carries_the_sentence_where_its_receiver_reads_it(form, where):
    _, body = payload(Webhook(name="a", form=form, url="https://example.com/x"), NOTICE, AT)
    for key in where:
        body = body[key]
    assert "Meta is below break-even." in body


def test_the_generic_form_carries_the_figures():
    _, body = payload(Webhook(name="a", form="json", url="https://example.com/x"), NOTICE, AT)
    assert (body["rule"], body["channel"]) == ("roi_streak", "meta")


def test_dingtalk_and_feishu_are_signed_as_their_robots_ask():
    ding = Webhook(name="a", form="dingtalk", url="https://example.com/x?token=1", secret="s3")
    url, _ = payload(ding, NOTICE, AT)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    expected = base64.b64encode(hmac.new(b"s3", b"1760000000500\ns3", hashlib.sha256).digest()).decode()
    assert (query["token"], query["timestamp"], query["sign"]) == ("1", "1760000000500", expected)
    _, body = payload(Webhook(name="a", form="feishu", url="https://example.com/x", secret="s3"), NOTICE, AT)
    expected = base64.b64encode(hmac.new(b"1760000000\ns3", b"", hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["sign"]) == ("1760000000", expected)


def test_a_receiver_that_fails_is_tried_again_with_growing_pauses(receiver):
    there, waits = receiver((503, b""), (429, b""), (200, b"{}")), []
    found = send(Webhook(name="a", form="json", url=there.url), NOTICE, wait=waits.append)
    assert (found.problem, found.attempts, waits) == ("", 3, [1.0, 4.0])


def test_what_is_refused_for_good_is_not_tried_again(receiver):
    found = send(Webhook(name="a", form="json", url=receiver((404, b"")).url), NOTICE, wait=lambda _: None)
    assert (found.problem, found.attempts) == ("HTTP 404", 1)
    robot = receiver((200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}'))
    found = send(Webhook(name="a", form="wecom", url=robot.url), NOTICE, wait=lambda _: None)
    assert (found.problem, found.attempts) == ("refused with code 93000", 1)


def test_a_receiver_that_has_moved_has_not_taken_the_notice(receiver):
    there = receiver((302, b""))
    found = send(Webhook(name="a", form="wecom", url=there.url), NOTICE, wait=lambda _: None)
    assert (found.problem, found.attempts, len(there.received)) == ("HTTP 302", 1, 1)


def test_a_receiver_that_drips_does_not_hold_anybody_up(monkeypatch):
    monkeypatch.setattr("omnidash.health.webhooks._TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr("omnidash.health.webhooks._OPENER", _Dripping())
    found = send(Webhook(name="a", form="json", url="http://127.0.0.1:1/x"), NOTICE, wait=lambda _: None)
    assert (found.problem, found.attempts) == ("TimeoutError", 4)


class _Dripping:
    """Answers, but never comes to an end."""

    def open(self, *_: object, **__: object) -> None:
        threading.Event().wait(0.6)
        raise OSError


def test_one_receiver_that_fails_neither_stops_the_others_nor_is_asked_for_every_notice():
    asked = []

    def deliver(webhook, notice):
        asked.append((webhook.name, notice.title))
        return Delivery(name=webhook.name, attempts=1, problem="HTTP 404" if webhook.name == "down" else "")

    notices = [Notice(title=title, text="", figures={}) for title in ("one", "two")]
    down, up = (Webhook(name=name, form="json", url="https://example.com") for name in ("down", "up"))
    made = send_all([(down, notices), (up, notices)], deliver=deliver)
    assert [(d.attempts, d.problem) for d in made["down"]] == [(1, "HTTP 404"), (0, "HTTP 404")]
    assert [d.problem for d in made["up"]] == ["", ""]
    assert sorted(asked) == [("down", "one"), ("up", "one"), ("up", "two")]


def test_nobody_there_is_no_error_and_gives_up_after_four_attempts():
    waits: list[float] = []
    found = send(Webhook(name="a", form="json", url="http://127.0.0.1:1/x"), NOTICE, wait=waits.append)
    assert (found.attempts, waits) == (4, [1.0, 4.0, 16.0])
    assert found.problem and "127.0.0.1" not in found.problem


def test_addresses_and_secrets_are_in_no_backup_and_for_the_owner_alone(tmp_path):
    workspace = Workspace.create(tmp_path / "w")
    write_webhooks(
        workspace.folder, [Webhook(name="a", form="slack", url="https://example.com/T0PS3CRET", secret="k3y")]
    )
    assert (workspace.folder / "webhooks.json").stat().st_mode & 0o777 == 0o600
    assert read_webhooks(workspace.folder)[0].shown == "https://example.com/…"
    backup(workspace, tmp_path / "b.zip", with_key=True)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"T0PS3CRET" not in held and b"k3y" not in held


@pytest.mark.parametrize(
    "wrong", [{"form": "fax"}, {"url": "ftp://example.com"}, {"url": "example.com"}, {"name": " "}]
)
def test_a_webhook_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput):
        Webhook(**{"name": "a", "form": "json", "url": "https://example.com", **wrong})


def test_the_forms_are_those_the_docs_name():
    assert FORMS == ("json", "wecom", "dingtalk", "feishu", "slack")
