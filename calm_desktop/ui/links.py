"""Links to places in the window that can be copied, kept and opened: `calm://account/Acme?asof=2022-10-15`.

`Link("account", "Acme", {"asof": "2022-10-15"})` and its `str()` are the same thing; `Link.parse(text)` reads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

SCHEME = "calm"


@dataclass(frozen=True, slots=True)
class Link:
    """A place: the `kind` of page, the `name` of the thing shown (empty for a list), and parameters."""

    kind: str
    name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Link:
        """Read a link; raises ValueError where it is none of ours."""
        parts = urlsplit(text.strip())
        if parts.scheme != SCHEME or not parts.netloc:
            raise ValueError(f"“{text.strip()}” is not a link of CALM Desktop. They begin with calm://.")
        return cls(parts.netloc, unquote(parts.path.strip("/")), dict(parse_qsl(parts.query)))

    def __str__(self) -> str:
        path = "/" + quote(self.name, safe="") if self.name else ""
        query = "?" + urlencode(self.parameters, quote_via=quote) if self.parameters else ""
        return f"{SCHEME}://{self.kind}{path}{query}"

    def get(self, key: str, default: str = "") -> str:
        """A parameter's text."""
        return self.parameters.get(key, default)

    def with_parameters(self, **changes: str | None) -> Link:
        """The same place with parameters set, or taken away by None."""
        merged = {**self.parameters, **changes}
        return replace(self, parameters={key: value for key, value in merged.items() if value is not None})
