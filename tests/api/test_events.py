"""Events: in order, with replay, over CometD and as a stream; what a client missed it gets."""

from __future__ import annotations

from typing import Any

from tests.api.rest import Rest


def meta(rest: Rest, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to messages that come in one request."""
    answers: list[dict[str, Any]] = rest.say("POST", "/cometd/55.0", list(messages)).json()
    return answers


def joined(rest: Rest) -> str:
    """The id of a client that shook hands."""
    (answer,) = meta(rest, {"channel": "/meta/handshake", "version": "1.0", "id": "1"})
    assert (answer["successful"], answer["id"], answer["version"]) == (True, "1", "1.0")
    assert answer["supportedConnectionTypes"] == ["long-polling"]
    assert answer["ext"] == {"replay": True, "payload.format": True}
    return str(answer["clientId"])


def subscription(client: str, name: str, replay: int) -> dict[str, Any]:
    """A subscription to an event from a place on."""
    channel = f"/event/{name}"
    return {
        "channel": "/meta/subscribe",
        "clientId": client,
        "subscription": channel,
        "ext": {"replay": {channel: replay}},
    }


def connect(client: str) -> dict[str, Any]:
    """A poll that is not held."""
    return {"channel": "/meta/connect", "clientId": client, "advice": {"timeout": 0}}


def test_a_client_gets_what_it_missed_once_and_in_order(rest: Rest) -> None:
    rest.sold()
    client = joined(rest)
    connected, subscribed = meta(rest, connect(client), subscription(client, "CreateAssetOrderEvent", -2))
    assert (connected["successful"], subscribed["subscription"]) == (True, "/event/CreateAssetOrderEvent")
    meta(rest, subscription(client, "BillingScheduleCreatedEvent", -2))
    *told, last = meta(rest, connect(client))
    assert last["advice"] == {"reconnect": "retry", "interval": 0, "timeout": 30000}
    assert [each["channel"] for each in told] == ["/event/CreateAssetOrderEvent", "/event/BillingScheduleCreatedEvent"]
    ids = [each["data"]["event"]["replayId"] for each in told]
    assert ids == sorted(ids)
    payload = told[0]["data"]["payload"]
    assert (payload["CreatedById"][:3], payload["AssetDetails"][0]["IsSuccess"]) == ("005", True)
    assert [each["channel"] for each in meta(rest, connect(client))] == ["/meta/connect"]
    again = joined(rest)
    meta(rest, subscription(again, "BillingScheduleCreatedEvent", ids[0]))
    assert [each["data"]["event"]["replayId"] for each in meta(rest, connect(again))[:-1]] == [ids[1]]


def test_who_subscribes_to_what_is_new_hears_nothing_old(rest: Rest) -> None:
    sold = rest.sold()
    client = joined(rest)
    meta(rest, connect(client), subscription(client, "CreateAssetOrderEvent", -1))
    assert len(meta(rest, connect(client))) == 1
    request = rest.act("createOrUpdateAssetFromOrder", orderId=sold["order"])
    told, _ = meta(rest, {"channel": "/meta/connect", "clientId": client})
    assert told["data"]["payload"]["RequestIdentifier"] == request
    meta(rest, {"channel": "/meta/unsubscribe", "clientId": client, "subscription": "/event/CreateAssetOrderEvent"})
    rest.act("createOrUpdateAssetFromOrder", orderId=sold["order"])
    assert len(meta(rest, connect(client))) == 1


def test_strangers_and_unknown_channels_are_told_so(rest: Rest) -> None:
    (answer,) = meta(rest, connect("nobody"))
    assert (answer["error"], answer["advice"]["reconnect"]) == ("403::Unknown client", "handshake")
    client = joined(rest)
    (answer,) = meta(rest, subscription(client, "MoonEvent", -1))
    assert (answer["successful"], answer["error"].startswith("403:/event/MoonEvent:")) == (False, True)
    (answer,) = meta(rest, subscription(client, "InvoiceProcessedEvent", -3))
    assert answer["error"].startswith("400::")
    (answer,) = meta(rest, {"channel": "/meta/disconnect", "clientId": client})
    assert answer["successful"] is True
    assert meta(rest, connect(client))[0]["error"] == "403::Unknown client"
