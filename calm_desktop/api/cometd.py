"""Events over CometD (Bayeux 1.0, long polling), as streaming clients subscribe to them: `/event/NAME` with replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from time import monotonic
from typing import Any

from calm_desktop.api.hub import Hub
from calm_desktop.engine.problems import Refused
from calm_desktop.services.outbox import NAMES, Event
from calm_desktop.services.tx import Caller

LONGEST_POLL = 30.0
"""Seconds that a poll is held at most."""

_FORGOTTEN_AFTER, _MOST_CLIENTS, _MOST_MESSAGES = 120.0, 2000, 100
_RETRY = {"reconnect": "retry", "interval": 0, "timeout": int(LONGEST_POLL * 1000)}
_ANEW = {"reconnect": "handshake", "interval": 0}

Message = dict[str, Any]


@dataclass(slots=True)
class _Client:
    """One who subscribed: the place in the outbox that each channel has come to."""

    id: str
    caller: Caller
    seen: float
    places: dict[str, int] = field(default_factory=dict)
    connected: bool = False


class Bayeux:
    """The clients of one server, and what they are told."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._clients: dict[str, _Client] = {}

    async def answer(self, messages: Sequence[Mapping[str, Any]], caller: Caller) -> list[Message]:
        """The answers to the messages of one request.

        A connect is held only where it comes alone and is not its client's first, or every subscription that comes
        with it would wait a whole poll.
        """
        self._forget()
        alone = len(messages) == 1
        answers: list[Message] = []
        for message in messages[:_MOST_MESSAGES]:
            channel = str(message.get("channel", ""))
            if channel == "/meta/handshake":
                answers.append(self._handshake(message, caller))
                continue
            client = self._clients.get(str(message.get("clientId", "")))
            if client is None or client.caller.token != caller.token:
                answers.append(_failed(message, "403::Unknown client", _ANEW))
                continue
            client.seen = monotonic()
            match channel:
                case "/meta/connect":
                    answers.extend(await self._connect(message, client, alone))
                case "/meta/subscribe":
                    answers.extend([await self._subscribe(message, client, each) for each in _channels(message)])
                case "/meta/unsubscribe":
                    for each in _channels(message):
                        client.places.pop(each, None)
                        answers.append(_done(message, client, subscription=each))
                case "/meta/disconnect":
                    self._clients.pop(client.id, None)
                    answers.append(_done(message, client))
                case _:
                    answers.append(_failed(message, f"404:{channel}:Unknown channel", None))
        return answers

    def _handshake(self, message: Mapping[str, Any], caller: Caller) -> Message:
        if len(self._clients) >= _MOST_CLIENTS:
            return _failed(message, "503::Too many clients", {"reconnect": "none"})
        client = _Client(token_hex(16), caller, monotonic())
        self._clients[client.id] = client
        return _done(
            message,
            client,
            version="1.0",
            minimumVersion="1.0",
            supportedConnectionTypes=["long-polling"],
            ext={"replay": True, "payload.format": True},
            advice=_RETRY,
        )

    async def _connect(self, message: Mapping[str, Any], client: _Client, alone: bool) -> list[Message]:
        seconds = LONGEST_POLL
        advised = (message.get("advice") or {}).get("timeout")
        if isinstance(advised, int | float) and advised >= 0:
            seconds = min(seconds, float(advised) / 1000)
        if not alone or not client.connected:
            seconds = 0.0
        client.connected = True
        end = monotonic() + seconds
        while True:
            mark = self._hub.mark
            told = await self._news(client)
            left = end - monotonic()
            if told or left <= 0 or client.id not in self._clients:
                client.seen = monotonic()
                return [*told, _done(message, client, advice=_RETRY)]
            await self._hub.news(mark, left)
            client.seen = monotonic()

    async def _subscribe(self, message: Mapping[str, Any], client: _Client, channel: str) -> Message:
        if channel.removeprefix("/event/") not in NAMES or not channel.startswith("/event/"):
            known = ", ".join(f"/event/{name}" for name in NAMES)
            error = f"403:{channel}:The channel is unknown. There are: {known}"
            return _failed(message, error, None, subscription=channel)
        wanted = ((message.get("ext") or {}).get("replay") or {}).get(channel, -1)
        if not isinstance(wanted, int) or isinstance(wanted, bool) or not -2 <= wanted < 2**63:
            error = f"400::The replayId {{{wanted}}} you provided was invalid. Please provide -1, -2 or a replay id."
            return _failed(message, error, None, subscription=channel)
        try:
            client.places[channel] = await self._hub.place_after(wanted)
        except Refused as gone:
            return _failed(message, f"400::{gone.problems[0].message}", None, subscription=channel)
        return _done(message, client, subscription=channel)

    async def _news(self, client: _Client) -> list[Message]:
        """What a client has not been told yet, in order; it counts as told from now on."""
        told: list[Message] = []
        while client.places:
            first = min(client.places.values())
            found = await self._hub.after(first, caller=client.caller)
            for event in found:
                place = client.places.get(f"/event/{event.name}")
                if place is not None and place < event.replay_id:
                    told.append(as_message(event))
            if found:
                client.places = {name: max(at, found[-1].replay_id) for name, at in client.places.items()}
            if told or not found:
                break
        return told

    def _forget(self) -> None:
        """Let go of clients that have not been heard of for long."""
        limit = monotonic() - _FORGOTTEN_AFTER
        for client in [each for each in self._clients.values() if each.seen < limit]:
            del self._clients[client.id]


def as_message(event: Event) -> Message:
    """An event as subscribers get it."""
    return {
        "channel": f"/event/{event.name}",
        "data": {
            "schema": event.name,
            "payload": dict(event.payload),
            "event": {"replayId": event.replay_id, "EventUuid": event.uuid},
        },
    }


def _channels(message: Mapping[str, Any]) -> list[str]:
    named = message.get("subscription", "")
    return [str(each) for each in named] if isinstance(named, list) else [str(named)]


def _done(message: Mapping[str, Any], client: _Client, **more: Any) -> Message:
    named = {"id": message["id"]} if "id" in message else {}
    return {"channel": message["channel"], "successful": True, **named, "clientId": client.id, **more}


def _failed(message: Mapping[str, Any], error: str, advice: Mapping[str, Any] | None, **more: Any) -> Message:
    named = {"id": message["id"]} if "id" in message else {}
    advised = {} if advice is None else {"advice": dict(advice)}
    channel = message.get("channel", "")
    return {"channel": channel, "successful": False, **named, "error": error, **advised, **more}
