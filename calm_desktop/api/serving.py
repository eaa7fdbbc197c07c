"""The REST door opened: on which address, with TLS or without, until it is interrupted."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

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


class OpenDoor:
    """A door that is open beside whatever else the process does, until it is closed."""

    def __init__(self, url: str, certificate: Path | None, server: _Server, thread: Thread) -> None:
        self.url, self.certificate = url, certificate
        self._server, self._thread = server, thread

    def close(self) -> None:
        """Take no more calls, end those under way within some seconds, and let go of the address."""
        self._server.should_exit = True
        self._thread.join()


def listen(desk: Desk, door: Door, folder: Path, ready: Ready) -> None:
    """Serve until interrupted; `ready` is told the address, and the certificate, which is kept in `folder`.

    Refuses an address that other machines reach, unless that is allowed and TLS is spoken.
    """
    with _listening(door) as listening:
        url, certificate, server = _server(desk, door, folder, listening, lambda: ready(url, certificate))
        server.run(sockets=[listening])


def open_door(desk: Desk, door: Door, folder: Path) -> OpenDoor:
    """Serve on a thread of its own; answers when the door is open. Refuses as `listen` does."""
    listening = _listening(door)
    answered = Event()
    try:
        url, certificate, server = _server(desk, door, folder, listening, answered.set)
    except BaseException:
        listening.close()
        raise

    def serve() -> None:
        with listening:
            try:
                server.run(sockets=[listening])
            finally:
                answered.set()

    thread = Thread(target=serve, name="door", daemon=True)
    thread.start()
    answered.wait()
    if not server.started:
        thread.join()
        raise Fault("The REST door could not be opened. The log has the details.")
    return OpenDoor(url, certificate, server, thread)


def _listening(door: Door) -> socket.socket:
    if not _is_loopback(door.host):
        if not door.beyond:
            words = f"{door.host} is reached from other machines. Say --beyond-this-machine to allow that."
            raise Refused(Problem("not-loopback", "host", words))
        if not door.tls:
            raise Refused(Problem("needs-tls", "tls", "Other machines are served over TLS only. Add --tls."))
    try:
        family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
        return socket.create_server((door.host, door.port), family=family, backlog=512)
    except OSError as error:
        raise Fault(f"Nothing can listen on {door.host}, port {door.port}: {error.strerror}. Choose another.") from None


def _server(
    desk: Desk, door: Door, folder: Path, listening: socket.socket, told: Callable[[], None]
) -> tuple[str, Path | None, _Server]:
    certificate = key = None
    if door.tls:
        certificate, key = certificate_in(folder, door.host)
    config = uvicorn.Config(
        application(desk, door.rate),
        log_level="warning",
        log_config=None,
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
    return url, certificate, _Server(config, told)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
