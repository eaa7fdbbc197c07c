"""The command line, run in this process on a store of the test's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.__main__ import main


@dataclass(frozen=True)
class Answer:
    """What one call said: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class CommandLine:
    """Calls of `calm-desktop` on one store.

    Examples:
        >>> calm("list", "assets")["count"]
        0
    """

    def __init__(self, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.store = store
        self._capsys = capsys

    def __call__(self, *words: str) -> Any:
        """The JSON answer of a call that must be done."""
        answer = self.say("--json", *words)
        assert answer.code == 0, answer.out + answer.err
        return answer.json

    def say(self, *words: str) -> Answer:
        """Any call on the store, as it is."""
        return self.bare("--store", str(self.store), *words)

    def bare(self, *words: str) -> Answer:
        """Any call, with no store named."""
        self._capsys.readouterr()
        code = main(words)
        said = self._capsys.readouterr()
        return Answer(code, said.out, said.err)

    def refused(self, *words: str, code: int = 1) -> list[dict[str, Any]]:
        """The problems of a call that must be refused and change nothing."""
        before = dump(self.store)
        answer = self.say("--json", *words)
        assert answer.code == code, answer.out + answer.err
        assert dump(self.store) == before
        problems: list[dict[str, Any]] = answer.json["problems"]
        return problems


def told_once(tell: Callable[[CommandLine], object]) -> Any:
    """Make a fixture of a function that tells the store of `calm` a story: told for the first test, copied for others.

    @told_once
    def april(calm: CommandLine) -> None:
        \"\"\"A licence is on sale.\"\"\"
        calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    """
    told: list[bytes] = []

    def story(calm: CommandLine) -> CommandLine:
        if told:
            calm.store.write_bytes(told[0])
        else:
            tell(calm)
            told.append(calm.store.read_bytes())
        return calm

    story.__doc__ = tell.__doc__
    return pytest.fixture(name=tell.__name__)(story)


def dump(store: Path) -> list[str]:
    """Everything that stands in a store; nothing where there is none."""
    return dump_file(store) if store.is_file() else []


def dump_file(store: Path) -> list[str]:
    """Everything that stands in an SQLite file."""
    with closing(sqlite3.connect(store)) as connection:
        return list(connection.iterdump())
