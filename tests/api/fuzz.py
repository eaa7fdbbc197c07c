"""The REST door under requests that nobody means well: made of its own OpenAPI document, and queries made to break in.

    python -m tests.api.fuzz 5000 100

asks 5,000 queries, then makes 100 requests of each call in the document.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2 as httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import event

from calm_desktop.api.app import LISTED
from calm_desktop.api.calls import path_examples
from calm_desktop.api.serving import Door, open_door
from calm_desktop.engine.problems import Refused
from calm_desktop.services import access
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.records.objects import object_names
from calm_desktop.services.records.querying import Ask, query
from calm_desktop.services.requests import AddToken
from tests.api.rest import Rest

CANARY = "zqx7"
"""Stands in everything that a query quotes or names wrongly: it must never come into the text of a statement."""

_HOSTILE = (
    f"{CANARY}' OR '1'='1",
    f"{CANARY}'; DROP TABLE account; --",
    f"{CANARY}' UNION SELECT secret_hash FROM token --",
    f'{CANARY}" OR 1=1 /*',
    f"{CANARY}\\' OR 1=1 --",
    f"{CANARY}\\",
    f"{CANARY}\x00",
    f"{CANARY}%_[a-z]",
    f"{CANARY}:the_day",
    f"{CANARY}%(id)s",
    f"{CANARY}\u202e\U0001f4a5\ud7ff",
    f"{CANARY}" + "x" * 4000,
)
_WORDS = (  # noqa: SIM905 - to be read
    "SELECT FROM WHERE AND OR NOT LIKE IN ORDER BY GROUP LIMIT OFFSET HAVING ASC DESC NULLS FIRST LAST null true false "
    "TODAY LAST_N_DAYS:7 LAST_N_DAYS: NEXT_N_DAYS:99999999999 THIS_YEAR Id Name Account Order Asset Quantity Status "
    "Account.Name Account.Account.Name COUNT() COUNT(Id) SUM(Quantity) MAX(Name) AVG(TotalAmount) = != <> < <= > >= ( "
    ") , . ; -- /* */ ' '' \" \\ ? @ # $ :x ${x} {{x}} %s 0x1 1e9 -1 1.5 99999999999999999999999999 2022-01-01 "
    "2022-13-99 2022-01-01T00:00:00Z 2022-01-01T00:00:00+25:00 UNION DROP TABLE PRAGMA ATTACH sqlite_master "
    "information_schema.tables token secret_hash rowid current_on"
).split()
_FIELDS = ("Id", "Name", "CreatedDate", "CurrencyIsoCode", "Account.Name", CANARY, f"{CANARY}__c", "Account.Id.Id")


def queries(count: int, seed: int = 1) -> Iterator[str]:
    """Queries: some right but for hostile values, some of words in any order, some cut or mixed up, some of noise."""
    chance = random.Random(seed)
    objects = [*object_names(), CANARY, "token", "event"]

    def value() -> str:
        quoted = "'" + chance.choice(_HOSTILE).replace("\\", "\\\\").replace("'", "\\'") + "'"
        if chance.random() < 0.7:
            return quoted
        return chance.choice((f"'{chance.choice(_HOSTILE)}'", chance.choice(_WORDS), "2022-01-01", "7"))

    def condition() -> str:
        right_name = chance.random() < 0.8
        field = chance.choice(("Name", "Id") if right_name else _FIELDS)
        other = chance.choice(("=", "!=", "<", ">=", "LIKE", "IN") if not right_name else ("=", "!=", "LIKE"))
        right = f"({', '.join(value() for _ in range(chance.randint(0, 3)))})" if other == "IN" else value()
        return f"{chance.choice(('', '', 'NOT '))}{field} {other} {right}"

    def whole() -> str:
        fields = ", ".join(chance.choice(_FIELDS[:3]) for _ in range(chance.randint(1, 3)))
        conditions = chance.choice((" AND ", " OR ")).join(condition() for _ in range(chance.randint(1, 3)))
        ending = chance.choice(("", f" ORDER BY {chance.choice(_FIELDS)}", f" LIMIT {value()}", "", " LIMIT 5"))
        return f"SELECT {fields} FROM {chance.choice(objects)} WHERE {conditions}{ending}"

    for number in range(count):
        text = whole()
        match number % 4:
            case 0 if number % 8 == 0:
                hostile = "'" + chance.choice(_HOSTILE).replace("\\", "\\\\").replace("'", "\\'") + "'"
                text = f"SELECT Id FROM {chance.choice(('Account', 'Product2', 'Asset'))} WHERE Name = {hostile}"
            case 1:
                text = " ".join(chance.choice(_WORDS) for _ in range(chance.randint(1, 25)))
            case 2:
                cut = chance.randrange(len(text) + 1)
                text = chance.choice((text[:cut], text[cut:], text[:cut] + chance.choice(_WORDS) + text[cut:]))
            case 3 if number % 8 == 3:
                text = "".join(
                    chr(chance.choice((chance.randrange(1, 128), chance.randrange(160, 55000)))) for _ in text
                )
        yield text


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    told: list[str] = []

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        told.append(statement)

    engine = desk.database._engine
    event.listen(engine, "before_cursor_execute", keep)
    yield told
    event.remove(engine, "before_cursor_execute", keep)


def ask_all(desk: Desk, count: int, seed: int = 1) -> Counter[str]:
    """Ask so many queries; what became of them. Fails where one is neither answered nor refused as it should be."""
    outcomes: Counter[str] = Counter()
    with statements(desk) as told:
        for text in queries(count, seed):
            del told[:]
            try:
                desk.ask(query, Ask(text))
                outcome = "FOUND"
            except Refused as refused:
                (problem,) = refused.problems
                outcome = problem.code
                if outcome == "MALFORMED_QUERY":
                    assert re.search(r"line \d+, column \d+", problem.message), (text, problem.message)
            outcomes[outcome] += 1
            for statement in told:
                assert statement.lstrip().upper().startswith(("SELECT", "WITH", "BEGIN", "SAVEPOINT")), (
                    text,
                    statement,
                )
                assert CANARY not in statement, (text, statement)
    return outcomes


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a door on a new store, and a token; the store is checked at the end."""
    with Desk.create(folder / "fuzzed.db", {"currency": "USD"}, date(2022, 1, 1)) as desk:
        token = desk.do(access.add_token, AddToken("fuzz", "integrator")).token
        door = open_door(desk, Door(port=0, rate=1_000_000), folder)
        try:
            with httpx.Client(base_url=door.url, timeout=60) as client:
                rest = Rest(client, desk, token)
                sold = rest.sold()
                rest.act("createInvoiceFromOrder", orderId=sold["order"], invoiceDate="2022-01-01")
                rest.post("/jobs/ingest", {"object": "Account", "operation": "insert"})
            yield door.url, token
        finally:
            door.close()
        report = desk.ask(check, None)
        assert report.ok, report.broken


_ANSWERS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_FAULTS_OF_SOAP = "/services/Soap/u/{version}"
"""SOAP says that faults are answered with 500."""


def call_all(url: str, token: str, examples: int) -> Counter[int]:
    """Make so many requests of each call of the OpenAPI document; how often each status was answered.

    Fails on an answer that the document does not describe, and on one that says that the server failed.
    """
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    made: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        if operation.path != "/events":  # a stream has no end; tests of their own follow it
            made.update(_call(operation, session, examples))
    session.close()
    return made


def _call(operation: Any, session: requests.Session, examples: int) -> Counter[int]:
    checks = _ANSWERS[1:] if operation.path == _FAULTS_OF_SOAP else _ANSWERS
    made: Counter[int] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(), operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        ),
        known=st.booleans(),
    )
    def one(case: Any, known: bool) -> None:
        if known:  # a record that is there
            for name in case.path_parameters or ():
                case.path_parameters[name] = case.path_parameters[name] if name in LISTED else path_examples()[name][0]
        answer = case.call_and_validate(session=session, checks=checks, timeout=60)
        made[answer.status_code] += 1

    one()
    return made


def main(count: int, examples: int) -> None:
    """Run both, and say what became of it."""
    with Desk.create("sqlite://") as desk:
        outcomes = ask_all(desk, count)
    print(f"{count:,} queries: {', '.join(f'{number:,} {code}' for code, number in outcomes.most_common())}")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, token):
        made = call_all(url, token, examples)
    print(f"{made.total():,} requests: {', '.join(f'{number:,} {status}' for status, number in sorted(made.items()))}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
