"""What every test may ask for, and what keeps tests away from the screen and from the user's own files."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from calm_desktop.__main__ import main
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from tests import command_line, on_postgresql, oracle
from tests.command_line import CommandLine
from tests.places import Databases, Files, Places
from tests.postgresql_server import NoServer, Server, server_of_session
from tests.statements import share_compiled_statements
from tests.trade import Trade

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples on every run, and no time limit that a busy machine would break.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

share_compiled_statements()

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, stores and drafts of the tests go into a folder that is thrown away."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        patch.delenv("CALM_STORE", raising=False)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    on_postgresql.add_option(parser)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about files, or about both kinds of places, is not asked again of databases."""
    if config.getoption("--on-postgresql"):
        for item in items:
            if item.get_closest_marker("own_places"):
                item.add_marker(pytest.mark.skip(reason="says itself where its stores are"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The PostgreSQL server of this session."""
    base = tmp_path_factory.getbasetemp()
    try:
        return server_of_session(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """Where processes can share a store: a folder of files, then a server."""
    if request.param == "sqlite":
        yield Files(tmp_path)
        return
    databases = Databases(request.getfixturevalue("server"))
    yield databases
    databases.drop()


@pytest.fixture(scope="session", autouse=True)
def _stores_on_postgresql(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--on-postgresql=...` every store is a database."""
    chosen = request.config.getoption("--on-postgresql")
    if chosen is None:
        yield
        return
    server: Server = request.getfixturevalue("server")
    for dump in on_postgresql.all_stores(server, chosen == "contended"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command_line, "dump_file", dump)
            yield


def pytest_collection_finish() -> None:
    """What is imported by now stays: Python's collector need not look through it again with each test."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say for each billing system how many of its published cases agree, where any was asked."""
    outcomes: dict[str, str] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, case in getattr(report, "user_properties", []):
                if name == oracle.PROPERTY:
                    outcomes[case] = outcome
    if outcomes:
        terminalreporter.section("published cases of other billing systems")
        for line in oracle.table(outcomes):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store in US dollars, to be copied: making one takes longer."""
    path = tmp_path_factory.mktemp("blank") / "store.db"
    Desk.create(path, {"currency": "USD", "tax-mode": "invoice-line"}).close()
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published cases and real files beside the checkout, or where `CALM_SHARED` says."""
    folder = Path(os.environ.get("CALM_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the published cases in {folder} (or name their folder in CALM_SHARED)")
    return folder


@pytest.fixture
def trade(blank_store: Path, tmp_path: Path) -> Iterator[Trade]:
    """Sales and changes told to the services, on a new store that is checked when the test is done."""
    path = tmp_path / "trade.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path) as desk:
        yield Trade(desk, "2022-01-01")
        report = desk.ask(check, None)
        assert report.ok, report.broken


@pytest.fixture(scope="session")
def begun_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as `init --currency USD` makes it, to be copied."""
    path = tmp_path_factory.mktemp("begun") / "s.db"
    assert main(("--json", "--store", str(path), "init", "--currency", "USD")) == 0
    return path


@pytest.fixture
def calm(begun_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line on a new store in US dollars."""
    line = CommandLine(tmp_path / "s.db", capsys)
    line.store.write_bytes(begun_store.read_bytes())
    return line


@pytest.fixture
def nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line where there is no store yet."""
    return CommandLine(tmp_path / "s.db", capsys)
