"""Lifecycle records from elsewhere as they come in: their limits, their times, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from calm_desktop.api.answers import Incoming, Reply, refusal
from calm_desktop.engine.catalog import Category
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.services import elsewhere, settings
from calm_desktop.services.boundary import require
from calm_desktop.services.elsewhere import Act, Origin, Report, Reported, State
from calm_desktop.services.permissions import Permission
from calm_desktop.services.records.fields import Unreadable, as_they_are, read_moment, read_number
from calm_desktop.services.records.querying import Ask, query
from calm_desktop.services.records.writing import Show, show
from calm_desktop.services.tx import Tx

MOST_STATES = MOST_ORIGINS = 10

_ONE_SECOND = timedelta(seconds=1)
_CATEGORIES = as_they_are(Category)


class _Read:
    """Reads a report, and keeps all that is wrong with it."""

    def __init__(self, tx: Tx, given: Mapping[str, Any]) -> None:
        self.zone = settings.zone(tx.settings)
        self.given = given
        self.problems: list[Problem] = []

    def wrong(self, code: str, field: str, words: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(code, field, words))

    def rows(self, name: str, most: int, needed: bool = True) -> list[Mapping[str, Any]]:
        """A list of objects, no longer than is allowed."""
        found = self.given.get(name)
        found = [] if found is None else found if isinstance(found, list) else [found]
        if not all(isinstance(each, dict) for each in found):
            raise refusal("JSON_PARSER_ERROR", f"{name} is a list of objects.", name)
        if needed and not found:
            self.wrong("REQUIRED_FIELD_MISSING", name, f"Required fields are missing: [{name}]")
        if len(found) > most:
            words = f"{name} has {len(found)} entries; at most {most} can be given in one call."
            raise refusal("LIMIT_EXCEEDED", words, name)
        return found

    def number(self, row: Mapping[str, Any], place: str, name: str, default: Decimal | None = None) -> Decimal:
        """A number that must be there unless there is a default."""
        field = f"{place}.{name}"
        if row.get(name) is None:
            if default is None:
                self.wrong("REQUIRED_FIELD_MISSING", field, f"Required fields are missing: [{field}]")
            return default or Decimal(0)
        try:
            return read_number(row[name])
        except Unreadable as error:
            self.wrong("JSON_PARSER_ERROR", field, f"{field}: {row[name]!r} is not {error}.")
            return Decimal(0)

    def text(self, row: Mapping[str, Any], name: str) -> str:
        """A text that may be missing."""
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong("JSON_PARSER_ERROR", name, f"{name}: {value!r} is not a text.")
        return value.strip() if isinstance(value, str) else ""

    def moment(self, row: Mapping[str, Any], place: str, name: str, needed: bool = True) -> datetime | None:
        """A date-time with its offset."""
        field = f"{place}.{name}"
        if row.get(name) is None:
            if needed:
                self.wrong("REQUIRED_FIELD_MISSING", field, f"Required fields are missing: [{field}]")
            return None
        try:
            return read_moment(str(row[name]))
        except Unreadable as error:
            self.wrong("INVALID_DATE_FORMAT", field, f"{field}: {row[name]!r} is not {error}.")
            return None

    def day(self, moment: datetime) -> date:
        """The day that begins at a moment: as it is written where it is midnight there, else on our clock."""
        return moment.date() if moment.time() == time() else moment.astimezone(self.zone).date()

    def span(self, row: Mapping[str, Any], place: str) -> tuple[datetime, datetime | None] | None:
        """A start with seconds 00, an end with seconds 59, whole days between them."""
        start = self.moment(row, place, "startDate")
        end = self.moment(row, place, "endDate", needed=False)
        if start is None:
            return None
        if start.second or start.microsecond:
            self.wrong("INVALID_START_DATE", f"{place}.startDate", f"{place}.startDate: the seconds of a start are 00.")
        if end is None:
            return start, None
        if end.second != 59:
            self.wrong("INVALID_END_DATE", f"{place}.endDate", f"{place}.endDate: the seconds of an end are 59.")
        elif end < start:
            self.wrong("INVALID_DATE_RANGE", f"{place}.endDate", f"{place}: the end is before the start.")
        elif (end + _ONE_SECOND).astimezone(self.zone).time() != start.astimezone(self.zone).time():
            words = f"{place}: from start to end must be whole days; a day that begins at 00:00:00 ends at 23:59:59."
            self.wrong("INVALID_DATE_RANGE", f"{place}.endDate", words)
        return start, end

    def states(self) -> tuple[State, ...]:
        """The state periods, each beginning one second after the end of the one before."""
        found: list[State] = []
        before: datetime | None = None
        for number, row in enumerate(self.rows("assetStatePeriods", MOST_STATES)):
            place = f"assetStatePeriods[{number}]"
            span = self.span(row, place)
            figures = [self.number(row, place, name) for name in ("quantity", "mrr", "amount")]
            if span is None:
                continue
            start, end = span
            if number and (before is None or start != before + _ONE_SECOND):
                due = "" if before is None else f", at {(before + _ONE_SECOND).isoformat()}"
                words = f"{place} begins at {start.isoformat()}; it must begin one second after the end before it{due}."
                self.wrong("INVALID_START_DATE", f"{place}.startDate", words)
            before = end
            last = None if end is None else self.day(end + _ONE_SECOND) - ONE_DAY
            found.append(State(self.day(start), last, *figures))
        return tuple(found)

    def act(self) -> Act:
        """The one action."""
        row = next(iter(self.rows("assetAction", 1)), {})
        category = _CATEGORIES.stored(str(row.get("category") or ""))
        if row and not row.get("category"):
            words = "Required fields are missing: [assetAction.category]"
            self.wrong("REQUIRED_FIELD_MISSING", "assetAction.category", words)
        elif row and category is None:
            words = f"assetAction.category: {row.get('category')!r} is not one of: {', '.join(Category)}."
            self.wrong("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "assetAction.category", words)
        moment = self.moment(row, "assetAction", "actionDate") if row else None
        names = ("quantityChange", "mrrChange", "amount")
        figures = [self.number(row, "assetAction", name) for name in names] if row else []
        day = date(1900, 1, 1) if moment is None else self.day(moment)
        return Act(Category(category or Category.OTHER), day, *(figures or [Decimal(0)] * 3))

    def origins(self) -> tuple[Origin, ...]:
        """The sources of the action."""
        found = []
        zero = Decimal(0)
        for number, row in enumerate(self.rows("assetActionSources", MOST_ORIGINS, False)):
            place = f"assetActionSources[{number}]"
            span = self.span(row, place)
            quantity = self.number(row, place, "quantity", zero)
            names = ("productAmount", "adjustmentAmount", "estimatedTax", "actualTax")
            product, adjustment, estimated, actual = (self.number(row, place, name, zero) for name in names)
            if span is not None:
                start, end = span
                last = None if end is None else self.day(end + _ONE_SECOND) - ONE_DAY
                origin = Origin(
                    self.day(start),
                    last,
                    quantity,
                    product,
                    adjustment,
                    estimated,
                    actual,
                    item=self.text(row, "referenceEntityItem"),
                    reference=self.text(row, "externalReference"),
                    system=self.text(row, "externalReferenceDataSource"),
                )
                found.append(origin)
        return tuple(found)


def generate(tx: Tx, came: Incoming) -> Reply:
    """A new asset that was sold elsewhere."""
    require(tx, Permission.APIS)
    return _report(tx, came, elsewhere.generate, ("accountId", "productId"))


def change(tx: Tx, came: Incoming) -> Reply:
    """A change of an asset that was made elsewhere."""
    require(tx, Permission.APIS)
    return _report(tx, came, elsewhere.change)


def cancel(tx: Tx, came: Incoming) -> Reply:
    """The end of an asset that was agreed elsewhere."""
    require(tx, Permission.APIS)
    return _report(tx, came, elsewhere.cancel)


def _report(tx: Tx, came: Incoming, act: Callable[[Tx, Report], Reported], needed: tuple[str, ...] = ()) -> Reply:
    require(tx, Permission.APIS, "lifecycle records from elsewhere")
    given = came.object_body
    if "assetStatePeriod" in given and "assetStatePeriods" not in given:
        given = given | {"assetStatePeriods": given["assetStatePeriod"]}
    read = _Read(tx, given)
    for name in needed:
        if not read.text(given, name):
            read.wrong("REQUIRED_FIELD_MISSING", name, f"Required fields are missing: [{name}]")
    report = Report(
        read.states(),
        read.act(),
        read.origins(),
        came.path.get("asset", ""),
        *(read.text(given, name) for name in ("accountId", "productId", "currencyIsoCode", "assetName")),
    )
    if act is elsewhere.cancel and len(report.states) > 1:
        read.wrong("LIMIT_EXCEEDED", "assetStatePeriod", "A cancellation has one state period, the last.")
    refuse_if(read.problems)
    asset, action = elsewhere.ids_of(act(tx, report))

    answer = {
        "asset": show(tx, Show("Asset", asset)),
        "assetAction": show(tx, Show("AssetAction", action)),
        "assetActionSources": query(tx, Ask(_ORIGINS.format(action))).records,
        "assetStatePeriods": query(tx, Ask(_STATES.format(asset))).records,
    }
    return Reply(201, answer)


_ORIGINS = (
    "SELECT Id, StartDate, EndDate, Quantity, ProductAmount, AdjustmentAmount, SubtotalAmount, EstimatedTax, "
    "ActualTax, ReferenceEntityItemId, ExternalReference, ExternalReferenceDataSource "
    "FROM AssetActionSource WHERE AssetActionId = '{}' ORDER BY Id"
)
_STATES = (
    "SELECT Id, StartDate, EndDate, Quantity, Amount, Mrr FROM AssetStatePeriod WHERE AssetId = '{}' ORDER BY StartDate"
)
