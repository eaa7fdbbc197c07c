"""Layouts as they are kept: what is read is what was written, and nothing that is kept can do harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.ui.components import (
    CHART,
    FIGURE,
    Choice,
    Component,
    Height,
    Placed,
    Width,
    layout_text,
    read_layout,
)

KNOWN = {
    "mrr": Component("mrr", "MRR", "", "Figure", FIGURE, Width.QUARTER, object),
    "days": Component("days", "Days", "", "Days", FIGURE, Width.QUARTER, object, needed=True),
    "report": Component(
        "report", "Report", "", "Report", CHART, Width.HALF, object, many=True, choices=(Choice("title", "Title"),)
    ),
}
DEFAULT = (Placed("days", Width.QUARTER), Placed("mrr", Width.QUARTER))


def kept(*parts: Any) -> str:
    return json.dumps({"version": 1, "parts": parts})


def test_a_layout_is_kept_in_words() -> None:
    layout = (Placed("report", Width.TWO_THIRDS, Height.TALL, {"title": "Ours"}), Placed("days", Width.THIRD))
    assert json.loads(layout_text(layout)) == {
        "version": 1,
        "parts": [
            {"key": "report", "width": "two_thirds", "height": "tall", "options": {"title": "Ours"}},
            {"key": "days", "width": "third", "height": "normal"},
        ],
    }
    assert read_layout(layout_text(layout), KNOWN, DEFAULT) == layout


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "7", "null", '{"version": 2, "parts": []}', '{"version": 1}', '{"version": 1, "parts": 3}',
     kept({"key": "of another time"}), kept(7), kept(None, [], "mrr")],
)  # fmt: skip
def test_what_cannot_be_read_is_the_default(text: str) -> None:
    assert read_layout(text, KNOWN, DEFAULT) == DEFAULT


def test_what_is_unknown_or_twice_is_left_out_and_a_size_that_is_not_to_be_had_becomes_the_usual_one() -> None:
    text = kept(
        {"key": "days", "width": "full", "height": "enormous", "options": "none"},
        {"key": "of another time", "width": "half"},
        {"key": "days"},
        {"key": "report", "width": 3, "options": {"title": 5, "secret": "x"}},
        {"key": "report"},
    )
    assert read_layout(text, KNOWN, DEFAULT) == (
        Placed("days", Width.QUARTER),
        Placed("report", Width.HALF, options={"title": "5"}),
        Placed("report", Width.HALF),
    )


def test_what_a_page_cannot_be_without_comes_back() -> None:
    assert read_layout(kept({"key": "mrr"}), KNOWN, DEFAULT) == (
        Placed("days", Width.QUARTER),
        Placed("mrr", Width.QUARTER),
    )
    assert read_layout(kept(), KNOWN, DEFAULT) == (Placed("days", Width.QUARTER),)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["mrr", "days", "report", "half"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["version", "parts", "key", "width", "height", "options", "title"]), inner)
    ),
    max_leaves=12,
)


@given(_json | st.fixed_dictionaries({"version": st.just(1), "parts": st.lists(_json, max_size=6)}))
def test_whatever_is_kept_a_layout_of_known_components_is_read(value: Any) -> None:
    layout = read_layout(json.dumps(value), KNOWN, DEFAULT)
    assert all(each.key in KNOWN and each.width in KNOWN[each.key].shape.widths for each in layout)
    assert "days" in {each.key for each in layout}
    assert read_layout(layout_text(layout), KNOWN, DEFAULT) == layout
