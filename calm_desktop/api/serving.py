"""The REST door opened: on which address, with TLS or without, until it is interrupted."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from calm_desktop.api.app import application
from calm_desktop.api.certificates import certificate_in
from calm_desktop.engine.problems import Fault, Problem, Refused
from calm_desktop.services.desk import Desk

Ready = Callable[[str, Path | None], None]


@dataclass(frozen=True, slots=True)
class Door:
    """Where the door is: port 0 is any free one. `beyond` allows an address that other machines reach."""

    host: str = "127.0.0.1"
    port: int = 8930
    tls: bool = False
    beyond: bool = False
    rate: int = 1000


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told()


def listen(desk: Desk, door: Door, folder: Path, ready: Ready) -> None:
    """Serve until interrupted; `ready` is told the address, and the certificate, which is kept in `folder`.

    Refuses an address that other machines reach, unless that is allowed and TLS is spoken.
    """
    if not _is_loopback(door.host):
        if not door.beyond:
            words = f"{door.host} is reached from other machines. Say --beyond-this-machine to allow that."
            raise Refused(Problem("not-loopback", "host", words))
        if not door.tls:
            raise Refused(Problem("needs-tls", "tls", "Other machines are served over TLS only. Add --tls."))
    try:
        family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
        listening = socket.create_server((door.host, door.port), family=family, backlog=512)
    except OSError as error:
        raise Fault(f"Nothing can listen on {door.host}, port {door.port}: {error.strerror}. Choose another.") from None
    with listening:
        certificate = key = None
        if door.tls:
            certificate, key = certificate_in(folder, door.host)
        config = uvicorn.Config(
            application(desk, door.rate),
            log_level="warning",
            access_log=False,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=256 * 1024,
            ws="none",
            server_header=False,
        )
        shown = f"[{door.host}]" if ":" in door.host else door.host
        url = f"{'https' if door.tls else 'http'}://{shown}:{listening.getsockname()[1]}"
        server = _Server(config, lambda: ready(url, certificate))
        server.run(sockets=[listening])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
