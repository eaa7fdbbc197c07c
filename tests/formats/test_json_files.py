"""JSON is read record by record: whatever stands in it, wherever a block ends, and without holding it whole."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.formats import json_files
from calm_desktop.formats.json_files import Entry, entries, is_lines, json_lines
from calm_desktop.formats.text_files import Unreadable, look_through

SCALARS = st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=6)
RECORDS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def entries_of(text: str) -> list[Entry]:
    return list(entries(look_through(io.BytesIO(text.encode()))))


def as_text(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_int=str, parse_float=str)


@given(st.dictionaries(st.text(max_size=4), RECORDS, max_size=4), st.sampled_from([None, 1]), st.integers(1, 9))
def test_a_document_comes_out_as_it_went_in(document: dict[str, Any], indent: int | None, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_BLOCK", block)
        found = entries_of(json.dumps(document, indent=indent))
    built: dict[str, Any] = {}
    for name, place, _, value in found[1:]:
        if place < 0:
            built[name] = value
        else:
            built[name].append(value)
    assert built == as_text(document)


@given(st.lists(RECORDS, max_size=5), st.sampled_from([None, 2]))
def test_a_list_comes_out_as_it_went_in(document: list[Any], indent: int | None) -> None:
    found = entries_of(json.dumps(document, indent=indent))
    assert [entry.value for entry in found[1:]] == as_text(document)
    assert [entry.place for entry in found[1:]] == list(range(len(document)))


def test_records_know_their_line() -> None:
    found = entries_of('{\n"a": [\n{"b": "x\\ny"},\n\n{"c":\n{"d": 1}}\n],\n"e": 2}')
    assert [(entry.name, entry.place, entry.line) for entry in found] == [
        ("", -1, 1), ("a", -1, 2), ("a", 0, 3), ("a", 1, 5), ("e", -1, 7),
    ]  # fmt: skip
    assert (found[3].value.line, found[3].value["c"].line) == (5, 6)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": [1, 2}', "no JSON at line 1: a } that closes nothing"),
        ('{"a": [{"b": 1', "no JSON at line 1, column 15: Expecting ',' delimiter"),
        ('{"a": [{"b": "x', "no JSON at line 1, column 14: Unterminated string starting at"),
        ('{"a": [{"b": 1} {"b": 2}]}', "no JSON at line 1: a comma is missing"),
        ('{"a": [{"b": 1},, {"b": 2}]}', "no JSON at line 1: a comma is missing, or there is one too many"),
        ('[{"b": 1}] [', "no JSON at line 1: a JSON document is one list or object"),
        ('[{"b": 1}] x', "no JSON at line 1: a JSON document is one list or object"),
        ('{"a" [1]}', "no JSON at line 1, column 6: Expecting ':' delimiter"),
        ("[" * 70, "JSON nested too deeply"),
        ('{"a": [1, 2], "b" 3}', "no JSON at line 1, column 19: Expecting ':' delimiter"),
        ("[{},]", "no JSON at line 1: a comma too many"),
        ("[{},\n 1 2, {}]", "no JSON at line 2, column 4: Expecting ',' delimiter"),
        ("[1", "no JSON at line 1: the file ends before it is closed"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, found: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        entries_of(text)
    assert wrong.value.found == found


def test_an_object_on_each_line() -> None:
    file = look_through(io.BytesIO(b'{"a": 1}\n\n{"a": \n{"a": "x"}'))
    assert not is_lines(file)
    file = look_through(io.BytesIO(b'{"a": 1.50}\r\n{"a": "x"}\r\nnone\r\n{"a": 3}'))
    assert is_lines(file)
    assert [(line, value) for _, _, line, value in json_lines(file)] == [
        (1, {"a": "1.50"}), (2, {"a": "x"}), (3, None), (4, {"a": "3"}),
    ]  # fmt: skip
