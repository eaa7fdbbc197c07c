"""A PostgreSQL server for a session of tests, from the machine's own binaries.

The first process of a session that asks starts a keeper, which starts the server and ends it when the session is over,
however that came about: the keeper watches the session's process, and the kernel ends the server with the keeper. The
server refuses to run as root, so root starts it as the user `postgres`. It listens on a socket in its own folder only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pytest_postgresql.janitor import DatabaseJanitor

USER = "postgres"
_PORT = 5432


class NoServer(Exception):
    """There is no server to be had on this machine, and why."""


@dataclass(frozen=True)
class Server:
    """A server that runs, by the folder of its socket."""

    folder: str

    def url(self, database: str) -> str:
        """A database, as the program is told of it."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def database(self, name: str, like: str | None = None) -> DatabaseJanitor:
        """A database that can be made, empty or as a copy of another one, and dropped."""
        return DatabaseJanitor(user=USER, host=self.folder, port=_PORT, dbname=name, template_dbname=like)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection beside the program, each of whose statements counts at once."""
        return psycopg.connect(host=self.folder, user=USER, dbname=database, autocommit=True)


def server_of_session(folder: Path) -> Server:
    """The one server of a session, whose processes share `folder`; started by who asks first. Raises `NoServer`."""
    session = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    with (folder / "postgresql.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = folder / "postgresql.folder"
        if not known.exists():
            known.write_text(_start_keeper(session))
        return Server(known.read_text())


def _start_keeper(session: int) -> str:
    words = [sys.executable, "-m", "tests.postgresql_server", str(session), str(_binaries())]
    root = Path(__file__).resolve().parent.parent
    keeper = subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert keeper.stdout is not None
    with keeper.stdout as said:
        folder = said.readline().strip()
    if not folder:
        raise NoServer("the PostgreSQL server of this machine does not start")
    # The keeper outlives this process where that is one of several workers; it is nobody's to wait for.
    keeper.returncode = 0
    return folder


def _binaries() -> Path:
    """The folder of the newest server's programs."""
    found = [str(path.parent) for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    newest = max(found, key=lambda folder: int(Path(folder).parent.name), default=shutil.which("postgres"))
    if newest is None:
        raise NoServer("there is no PostgreSQL server on this machine (Debian's package postgresql)")
    if shutil.which("setpriv") is None:
        raise NoServer("a PostgreSQL server of the tests' own is started with setpriv, which is not on this machine")
    return Path(newest) if Path(newest).is_dir() else Path(newest).parent


# ------------------------------------------------------------------------------------------------------- the keeper


def keep(session: int, binaries: Path) -> None:
    """Run a server as long as the process `session` lives; its folder is told on stdout when it answers."""
    os.umask(0o077)
    folder = tempfile.mkdtemp(prefix="calm-pg-")
    watched = os.pidfd_open(session)
    become = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        become += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    data = f"{folder}/data"
    # Ordered as the program's own texts are, by their characters, and with nothing kept safe: it is thrown away.
    initdb = [
        str(binaries / "initdb"),
        "-D",
        data,
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    listening = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", f"port={_PORT}"]
    room = ["-c", "max_connections=200", "-c", "shared_buffers=128MB", "-c", "timezone=UTC"]
    server = None
    try:
        subprocess.run(
            [*become, str(binaries / initdb[0]), *initdb[1:]], check=True, cwd="/", stdout=subprocess.DEVNULL
        )
        Path(data, "pg_hba.conf").write_text("local guarded all scram-sha-256\nlocal all all trust\n", encoding="utf-8")
        with open(f"{folder}/log", "w", encoding="utf-8") as log:  # noqa: PTH123
            command = [*become, str(binaries / "postgres"), "-D", data, *quick, *listening, *room]
            server = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _wait_for(Server(folder), server)
        print(folder, flush=True)
        sys.stdout.close()
        select.select([watched], [], [])
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with contextlib.suppress(psycopg.OperationalError), server.connect():
            return
        time.sleep(0.05)
    raise NoServer("the server does not answer")


if __name__ == "__main__":
    keep(int(sys.argv[1]), Path(sys.argv[2]))
