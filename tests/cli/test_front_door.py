"""The front door: options before and after the verb, exit codes, and failures told in words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from calm_desktop import __version__
from calm_desktop.cli.app import front_door
from calm_desktop.services import settings
from tests.command_line import CommandLine, dump

ROOT = Path(__file__).resolve().parent.parent.parent


def verbs(command: object = None, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every verb of the program, as the words by which it is called."""
    command = command or front_door()
    below = getattr(command, "commands", None)
    if below is None:
        return [path]
    return [found for word, child in below.items() for found in verbs(child, (*path, word))]


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "calm_desktop", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("words", verbs(), ids=" ".join)
def test_every_verb_explains_itself_with_an_example(nowhere: CommandLine, words: tuple[str, ...]) -> None:
    answer = nowhere.bare(*words, "--help")
    assert answer.code == 0
    assert f"calm-desktop {' '.join(words)}" in answer.out.partition("Example")[2].replace("--store s.db ", "").replace(
        "--yes ", ""
    ).replace("--json ", "").replace("--today 2022-10-15 ", "")
    for option in ("--store", "--json", "--today", "--yes", "--override"):
        assert option in answer.out


def test_the_help_lists_the_verbs_and_the_exit_codes(nowhere: CommandLine) -> None:
    answer = nowhere.bare("--help")
    assert answer.code == 0
    assert {path[0] for path in verbs()} <= set(answer.out.split())
    assert "3  the store is missing or cannot be opened" in answer.out


def test_the_version_is_told(nowhere: CommandLine) -> None:
    assert nowhere.bare("--version").out == f"calm-desktop {__version__}\n"


def test_the_options_of_every_verb_stand_before_or_after_it(calm: CommandLine) -> None:
    store = str(calm.store)
    ways = [
        ("--store", store, "--json", "settings", "show"),
        ("settings", "--store", store, "--json", "show"),
        ("settings", "show", "--json", "--store", store),
        ("--json", "settings", "show", f"--store={store}"),
        ("--store", "elsewhere.db", "settings", "show", "--json", "--store", store),
    ]
    assert [calm.bare(*way).json["settings"]["currency"] for way in ways] == ["USD"] * 5


def test_what_follows_an_option_is_its_value_even_if_it_looks_like_an_option(calm: CommandLine) -> None:
    assert calm("account", "add", "Acme", "--country", "--json")["country"] == "--json"


def test_what_follows_two_dashes_is_a_name(calm: CommandLine) -> None:
    assert calm("account", "add", "--", "--json")["name"] == "--json"


def test_the_store_can_be_named_by_the_environment(calm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALM_STORE", str(calm.store))
    assert calm.bare("--json", "list", "accounts").json == {"rows": [], "count": 0}


def test_else_it_is_the_one_in_the_users_data_folder(
    nowhere: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = str(tmp_path / "data" / "calm-desktop" / "calm.db")
    assert nowhere.bare("--json", "init").json["store"] == place
    assert nowhere.bare("--json", "settings", "show").json["settings"]["currency"] == "USD"


@pytest.mark.parametrize(
    "words",
    [
        ("sale",),
        ("amend", "X"),
        ("product",),
        ("product", "remove"),
        ("sell",),
        ("sell", "--account", "Acme", "--product", "LIC"),
        ("sell", "--order", "orders.json", "--account", "Acme"),
        ("schedule", "--price", "1"),
        ("renew",),
        ("invoice",),
        ("invoice", "--through"),
        ("list", "accounts", "--colour", "red"),
        ("list", "everything"),
        ("list",),
        ("show", "asset"),
        ("show", "weather", "X"),
        ("picture", "weather", "X", "--out", "x.png"),
        ("set", "asset", "X"),
        ("init", "there"),
        ("--nonsense", "list", "accounts"),
        ("--json",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(calm: CommandLine, words: tuple[str, ...]) -> None:
    assert [problem["code"] for problem in calm.refused(*words, code=2)] == ["usage"]


def test_wrong_usage_says_where_to_look(nowhere: CommandLine) -> None:
    answer = nowhere.bare("product", "add", "Licence", "--colour", "red")
    assert (answer.code, answer.out) == (2, "")
    assert "--colour" in answer.err
    assert "See `calm-desktop product add --help`." in answer.err


def test_a_day_to_act_on_that_is_none_is_refused(calm: CommandLine) -> None:
    assert [problem["field"] for problem in calm.refused("list", "accounts", "--today", "2022-02-30")] == ["today"]


def test_refusals_are_words_on_stderr_where_no_json_is_asked_for(calm: CommandLine) -> None:
    answer = calm.say("product", "price", "LIC", "--price", "abc", "--from", "30.2.2022")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Refused; nothing was changed.\n"
        "  - price: 'abc' is not a number. Write it like 10 or 9.99.\n"
        "  - from: '30.2.2022' is not a date. Write it like 2022-01-31.\n"
    )


def test_a_mistake_of_the_program_is_told_in_words_and_kept_in_the_log(
    calm: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a divisor of nothing")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(settings, "show_settings", broken)
    answer = calm.say("settings", "show")
    log = tmp_path / "state" / "calm-desktop" / "calm-desktop.log"
    assert (answer.code, answer.out) == (1, "")
    assert "Traceback" not in answer.err
    assert str(log) in answer.err
    assert "ZeroDivisionError: a divisor of nothing" in log.read_text("utf-8")
    assert calm.say("--json", "settings", "show").json["problems"][0]["code"] == "bug"


def test_where_there_is_no_room_for_a_log_the_words_come_all_the_same(
    calm: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(settings, "show_settings", broken)
    answer = calm.say("settings", "show")
    assert answer.code == 1
    assert "could not be written" in answer.err


def test_bytes_that_are_no_text_are_refused(calm: CommandLine) -> None:
    assert [problem["code"] for problem in calm.refused("account", "add", "\udcff")] == ["bad-text"]


def test_cancelling_stores_nothing_and_says_so(calm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(calm.store)
    write = settings.set_setting

    def interrupted(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(settings, "set_setting", interrupted)
    answer = calm.say("settings", "set", "auto-flow", "off")
    assert answer.code == 130
    assert "Nothing was stored." in answer.err
    assert dump(calm.store) == before


def test_the_window_is_not_loaded_by_verbs_that_show_none(calm: CommandLine) -> None:
    code = (
        "import sys; from calm_desktop.__main__ import main; "
        f"main(['--store', {str(calm.store)!r}, 'list', 'accounts']); "
        "print([name for name in sys.modules if name.startswith(('PySide6', 'pyqtgraph', 'calm_desktop.ui'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"


def test_a_process_answers_with_one_document_and_its_exit_code(calm: CommandLine) -> None:
    done = process("--store", str(calm.store), "--json", "list", "accounts")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{\n  "rows": [],\n  "count": 0\n}\n', "")
    assert process("--store", "missing.db", "list", "accounts").returncode == 3
    assert process("nonsense").returncode == 2


def test_a_reader_that_goes_away_is_no_mistake(calm: CommandLine) -> None:
    command = f"{sys.executable} -m calm_desktop --store {calm.store} --json list products | true"
    for number in range(3):
        calm("product", "add", f"Product {number}", "--code", f"P{number}", "--price", "1")
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_are_written_without_what_steers_a_terminal(calm: CommandLine) -> None:
    calm("account", "add", "Acme")
    with closing(sqlite3.connect(calm.store)) as store:
        store.execute("UPDATE account SET name = ?", ("Ac\x1b[31mme [bold]",))
        store.commit()
    assert "\x1b" not in (shown := calm.say("list", "accounts").out)
    assert "[bold]" in shown


def test_an_ascii_terminal_is_no_trouble(calm: CommandLine) -> None:
    calm("account", "add", "Müller & Söhne → 東京")
    for json in ((), ("--json",)):
        done = process("--store", str(calm.store), *json, "list", "accounts", PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, "")
