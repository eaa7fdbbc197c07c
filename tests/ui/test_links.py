"""Links can be copied, kept and opened again."""

from __future__ import annotations

import pytest

from calm_desktop.ui.links import Link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("calm://accounts", Link("accounts")),
        ("calm://account/Acme", Link("account", "Acme")),
        ("calm://account/Smith%20%26%20Sons%2FWest", Link("account", "Smith & Sons/West")),
        ("calm://account/Acme?from=2022-01-01&asof=2022-10-15",
         Link("account", "Acme", {"from": "2022-01-01", "asof": "2022-10-15"})),
    ],
)  # fmt: skip
def test_a_link_and_its_text_are_the_same(text: str, link: Link) -> None:
    assert Link.parse(text) == link
    assert str(link) == text


@pytest.mark.parametrize("text", ["https://example.com", "calm:", "Acme", ""])
def test_other_links_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a link of CALM Desktop"):
        Link.parse(text)


def test_parameters_are_set_and_taken_away() -> None:
    link = Link("account", "Acme", {"asof": "2022-10-15", "range": "1Y"})
    assert str(link.with_parameters(asof=None, range="All")) == "calm://account/Acme?range=All"
    assert link.get("range") == "1Y"
    assert link.get("tab", "assets") == "assets"
