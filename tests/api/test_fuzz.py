"""Requests that nobody means well: answered or refused as the OpenAPI document says, and never with SQL of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from calm_desktop.services.desk import Desk
from tests.api.fuzz import ask_all, call_all, served


def test_hostile_queries_are_answered_or_refused_with_the_place() -> None:
    with Desk.create("sqlite://") as desk:
        outcomes = ask_all(desk, 400, seed=7)
    assert outcomes["FOUND"] > 20
    assert outcomes["MALFORMED_QUERY"] > 100
    assert set(outcomes) <= {
        "FOUND",
        "MALFORMED_QUERY",
        "INVALID_FIELD",
        "INVALID_TYPE",
        "INVALID_QUERY_FILTER_OPERATOR",
    }


@pytest.mark.slow
def test_every_call_answers_as_it_is_described(tmp_path: Path) -> None:
    with served(tmp_path) as (url, token):
        answers = call_all(url, token, 3)
    assert answers[200] + answers[201] > 15
    assert answers[401] < answers.total() / 2
