"""What one caller may take: bytes of a body, seconds to send it, requests a second."""

from __future__ import annotations

import asyncio
import logging
from threading import Lock
from time import monotonic
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calm_desktop.api.answers import Reply, as_text, refusal

log = logging.getLogger(__name__)

AFTERWARDS = "calm.afterwards"
"""Where a request keeps what is to be done once its answer has gone."""

LARGEST_BODY = 10 * 1024 * 1024
LONGEST_SENDING = 30.0


class Rates:
    """How often each token comes: a bucket that fills at `rate` a second and holds two seconds' worth."""

    def __init__(self, rate: int) -> None:
        self._rate, self._full = float(rate), 2.0 * rate
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = Lock()

    def count(self, token: int) -> None:
        """Count one request. Refuses it where the bucket is empty."""
        now = monotonic()
        with self._lock:
            left, since = self._left.get(token, (self._full, now))
            left = min(self._full, left + (now - since) * self._rate)
            self._left[token] = (max(left - 1, 0.0), now)
        if left < 1:
            raise refusal("REQUEST_LIMIT_EXCEEDED", "Too many requests of this token. Try again in a second.")


class Doorway:
    """Around all calls: takes slashes too many off both ends of a path, bounds bodies, ends requests after answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Some clients put the path behind an address that ends with a slash of its own.
        scope["path"] = "/" + scope["path"].strip("/")
        body = await _whole_body(receive, _length(scope))
        if isinstance(body, Reply):
            log.warning("a body was refused: %s", body.body[0]["errorCode"])
            await _refuse(body, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def given() -> Message:
            return waiting.pop() if waiting else await receive()

        try:
            await self._app(scope, given, send)
        finally:
            if AFTERWARDS in scope:
                scope[AFTERWARDS]()


def _length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 16 else LARGEST_BODY + 1
    return 0


async def _whole_body(receive: Receive, announced: int) -> bytes | Reply:
    """A request's body, or why it is not taken."""
    too_large = [
        {"errorCode": "REQUEST_TOO_LARGE", "message": f"A body has at most {LARGEST_BODY:,} bytes.", "fields": []}
    ]
    if announced > LARGEST_BODY:
        return Reply(413, too_large)
    parts: list[bytes] = []
    size, end = 0, monotonic() + LONGEST_SENDING
    while True:
        try:
            message: Any = await asyncio.wait_for(receive(), max(end - monotonic(), 0.001))
        except TimeoutError:
            slow = [{"errorCode": "REQUEST_TIMEOUT", "message": "The body took too long.", "fields": []}]
            return Reply(408, slow)
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return Reply(413, too_large)
        if not message.get("more_body"):
            return b"".join(parts)


async def _refuse(reply: Reply, send: Send) -> None:
    text = as_text(reply.body).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
