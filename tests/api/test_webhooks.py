"""Webhooks: in order and at least once, signed, tried again with longer pauses, dead in the end, and resumed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

from calm_desktop.services import sales, webhooks
from calm_desktop.services.requests import CreateAssets
from calm_desktop.services.webhooks import AddWebhook, NewWebhook, WebhookShape
from tests.api.rest import Rest
from tests.command_line import CommandLine, dump


class Shop:
    """A target: what it was told, and what it answers, by turns; then 200."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answers: list[int] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = shop.answers.pop(0) if shop.answers else 200
                shop.headers.append({key.lower(): value for key, value in self.headers.items()})
                shop.bodies.append(body)
                if status == 200:
                    shop.told.append(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def ids(self) -> list[int]:
        """The replay ids that it took."""
        return [each["data"]["event"]["replayId"] for each in self.told]


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A target on this machine."""
    made = Shop()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short, so that tests need not wait for them."""
    monkeypatch.setattr(webhooks, "pause_after", lambda tries: timedelta(0))
    monkeypatch.setattr(webhooks, "LOOK", 0.02)


def until(true: Any) -> None:
    """Wait for what must become true."""
    end = monotonic() + 60
    while not true():
        assert monotonic() < end
        sleep(0.01)


def added(rest: Rest, shop: Shop, *events: str) -> NewWebhook:
    """A webhook to the shop."""
    return rest.desk.do(webhooks.add_webhook, AddWebhook("shop", shop.url, events))


def shown(rest: Rest) -> WebhookShape:
    """The one webhook there is."""
    (found,) = rest.desk.ask(webhooks.list_webhooks, None)
    return found


def test_events_are_sent_in_order_and_signed(rest: Rest, shop: Shop) -> None:
    made = added(rest, shop)
    rest.sold()
    until(lambda: len(shop.told) == 2)
    assert shop.ids == [1, 2]
    assert [each["channel"] for each in shop.told] == [
        "/event/CreateAssetOrderEvent",
        "/event/BillingScheduleCreatedEvent",
    ]
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    for headers, body in zip(shop.headers, shop.bodies, strict=True):
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-id"] == json.loads(body)["data"]["event"]["EventUuid"]
    until(lambda: shown(rest).replay_id == 2)
    assert (shown(rest).status, shown(rest).waiting, shown(rest).error) == ("in order", 0, "")


def test_only_events_that_are_named_are_sent(rest: Rest, shop: Shop) -> None:
    added(rest, shop, "BillingScheduleCreatedEvent")
    rest.sold()
    until(lambda: shop.ids == [2])
    until(lambda: shown(rest).replay_id == 2)


def test_what_is_not_taken_is_tried_again_before_what_comes_after_it(rest: Rest, shop: Shop) -> None:
    shop.answers = [500, 302, 429]
    added(rest, shop)
    rest.sold()
    until(lambda: len(shop.told) == 2)
    assert (shop.ids, len(shop.bodies)) == ([1, 2], 5)
    assert len({headers["webhook-id"] for headers in shop.headers[:4]}) == 1


def test_pauses_grow_to_an_hour_and_the_limit_is_beyond_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert [webhooks.pause_after(tries).total_seconds() for tries in (1, 2, 3, 12, 13, 48)] == [
        1,
        2,
        4,
        2048,
        3600,
        3600,
    ]
    assert sum((webhooks.pause_after(tries) for tries in range(1, webhooks.MOST_TRIES)), timedelta()) > timedelta(
        days=1
    )


def test_after_too_many_tries_a_webhook_is_dead_and_can_be_resumed(
    rest: Rest, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_TRIES", 3)
    shop.answers = [500] * 3
    added(rest, shop)
    rest.sold()
    until(lambda: shown(rest).status == "dead")
    found = shown(rest)
    assert (found.tries, found.waiting, found.replay_id, found.next_try) == (3, 2, 0, None)
    assert found.error == "The target answered 500."
    assert shop.told == []
    rest.desk.do(webhooks.resume_webhook, "shop")
    until(lambda: shop.ids == [1, 2])


def test_a_target_that_is_gone_is_left_alone_and_a_silent_one_is_named(rest: Rest, shop: Shop) -> None:
    shop.answers = [410]
    added(rest, shop)
    rest.desk.do(webhooks.add_webhook, AddWebhook("nobody", "http://127.0.0.1:9/"))
    rest.sold()
    until(lambda: rest.desk.ask(webhooks.list_webhooks, None)[0].status == "dead")
    until(lambda: rest.desk.ask(webhooks.list_webhooks, None)[1].error != "")
    nobody = rest.desk.ask(webhooks.list_webhooks, None)[1]
    assert (nobody.status, nobody.error) == ("retrying", "Nothing answers at the target's address.")


def test_a_door_that_is_opened_again_goes_on_where_the_last_one_stood(rest: Rest, shop: Shop) -> None:
    added(rest, shop)
    order = rest.sold()["order"]
    until(lambda: shown(rest).replay_id == 2)
    with rest.door_closed():
        rest.desk.do(sales.create_assets, CreateAssets(order))
    until(lambda: shown(rest).replay_id == 3)
    assert shop.ids == [1, 2, 3]


def test_one_that_was_claimed_is_left_to_its_process_until_the_claim_ends(rest: Rest, shop: Shop) -> None:
    added(rest, shop)
    assert rest.desk.do(webhooks.claim, 1) is not None
    assert rest.desk.do(webhooks.claim, 1) is None
    assert rest.desk.ask(webhooks.due, None) == ()


def test_webhooks_at_the_command_line(calm: CommandLine) -> None:
    made = calm("webhook", "add", "shop", "--url", "https://shop.example/e?x=1", "--event", "InvoiceProcessedEvent")
    assert made["secret"].startswith("whsec_")
    assert (made["events"], made["role"]) == (["InvoiceProcessedEvent"], "integrator")
    (row,) = calm("webhook", "list")["rows"]
    assert (row["status"], row["waiting"], row["error"]) == ("in order", 0, "")
    assert "secret" not in row
    assert calm.refused("webhook", "add", "shop", "--url", "https://x.example")[0]["code"] == "webhook-exists"
    assert calm("webhook", "resume", "shop")["status"] == "in order"
    assert calm("webhook", "remove", "shop")["name"] == "shop"
    assert calm("webhook", "list")["count"] == 0
    assert not [line for line in dump(calm.store) if made["secret"] in line]
    assert calm.refused("webhook", "remove", "shop")[0]["code"] == "unknown-webhook"


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "http://10.0.0.1/",
        "http://127.0.0.1.shop.example/",
        "https://anna:secret@shop.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https://shop.example/ x",
        "https://shop.example:99999/",
        "file:///etc/passwd",
        "https://shop.example/" + "x" * 2000,
        "https://[::1",
    ],
)
def test_an_address_is_https_or_this_machine(calm: CommandLine, url: str) -> None:
    assert [each["code"] for each in calm.refused("webhook", "add", "shop", "--url", url)] == ["bad-url"]
