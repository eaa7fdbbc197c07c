"""Orders: how long a term may be."""

from __future__ import annotations

import pytest

from calm_desktop.engine.orders import problems_of_length
from calm_desktop.engine.problems import Problem


@pytest.mark.parametrize("number", [None, 1, 12, 3600])
def test_a_term_of_1_to_3600_months_or_years_may_be_asked_for(number: int | None) -> None:
    assert problems_of_length(number) == []


@pytest.mark.parametrize("number", [-1, 0, 3601])
def test_a_term_of_any_other_length_is_a_problem_of_its_field(number: int) -> None:
    words = f"A term is 1 to 3,600 months or years, not {number}."
    assert problems_of_length(number) == [Problem("bad-term", "term", words)]
    assert problems_of_length(number, "renewal_term") == [Problem("bad-renewal-term", "renewal_term", words)]
