"""Invoice holds, and what setting and releasing one answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HoldShape:
    """A hold on an account or an asset (`kind`), up to and with `until`, or until it is released.

    `status` is In Force, Over (its last day has passed) or Released (also where another one replaced it), all as of
    the day on which one looks.
    """

    id: str
    kind: str
    account: str
    account_id: str
    asset: str | None
    asset_id: str | None
    status: str
    set_on: date
    until: date | None
    released_on: date | None
    reason: str

    @property
    def words(self) -> str:
        """Why nothing is invoiced: `Licence is on hold until 2022-05-31: disputed`."""
        whose = "" if self.asset is None else f"{self.asset} is "
        until = "it is released" if self.until is None else str(self.until)
        reason = f": {' '.join(self.reason.split())}" if self.reason else ""
        return f"{whose}on hold until {until}{reason}"


@dataclass(frozen=True, slots=True)
class HoldResult:
    """The hold that was set or released, and the one that it replaced, if any."""

    hold: HoldShape
    replaced: HoldShape | None
