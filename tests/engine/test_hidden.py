"""What is hidden: nothing whatever is done with it, and fields that say what they are."""

from __future__ import annotations

import copy
import pickle

import pytest

from calm_desktop.engine.hidden import HIDDEN, Protected


def test_what_is_hidden_is_nothing_whatever_is_done_with_it() -> None:
    results = [HIDDEN + 1, 1 + HIDDEN, 3 - HIDDEN, HIDDEN * 2, HIDDEN / 2, -HIDDEN, abs(HIDDEN)]
    results += [HIDDEN.minor, HIDDEN["a"], HIDDEN(1), HIDDEN.currency.code.lower()]
    assert all(each is HIDDEN for each in results)


def test_what_is_hidden_is_false_empty_and_no_text() -> None:
    assert (bool(HIDDEN), len(HIDDEN), list(HIDDEN)) == (False, 0, [])
    assert (str(HIDDEN), f"{HIDDEN:.2f}", repr(HIDDEN)) == ("", "", "HIDDEN")


def test_what_is_hidden_is_neither_less_nor_more_than_anything() -> None:
    assert [HIDDEN < 1, HIDDEN <= 1, HIDDEN > 1, HIDDEN >= 1, HIDDEN == 1] == [False] * 5


def test_there_is_one_hidden_value_however_it_is_copied() -> None:
    assert copy.deepcopy(HIDDEN) is HIDDEN
    assert pickle.loads(pickle.dumps(HIDDEN)) is HIDDEN


def test_what_python_itself_looks_for_is_not_there() -> None:
    with pytest.raises(AttributeError, match="__float__"):
        HIDDEN.__float__()


def test_every_protected_field_says_what_it_is() -> None:
    assert Protected.BALANCE.meaning == "Balances of invoices and customers, statements and aging"
    assert all(each.meaning for each in Protected)
