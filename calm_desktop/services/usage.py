"""Use of assets: prices, records by key, corrections, files. An invoice run bills it (`usage_rating`).

Nothing recorded is changed: a correction is a new revision of its record, and the newest revision counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Row, func, select

from calm_desktop.engine.catalog import ItemKind, Kind
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.limits import problems_of_day, problems_of_number
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.usage import problems_of_usage_price
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.usage_files import CORRECT_THE_ROW, LONGEST_KEY, read_usage
from calm_desktop.services.boundary import use_case
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddUsage, CorrectUsage, ImportUsage, Look, SetUsagePrice
from calm_desktop.services.settings import zone
from calm_desktop.services.shapes import UsageImport, UsagePrices, UsageResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage_prices import scheme_of
from calm_desktop.services.views import usage_period, usage_prices, usage_rows
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_records = tables.usage_record.c
_PORTION = 2000


@use_case(Permission.CATALOGUE)
def set_usage_price(tx: Tx, request: SetUsagePrice) -> UsagePrices:
    """How use of a product is rated from a day on; asked again for the same day, the later answer holds.

    Refuses what is no price, a product that is not a usage product, and a day that lies before periods which are rated
    already: what is billed is never priced anew.
    """
    product = find(tx, "product", request.product)
    row = tx.db.execute(select(tables.product).where(tables.product.c.id == product)).one()
    if row.kind != Kind.USAGE.value:
        words = f"{row.code} is a {row.kind} product and has no usage price. Name a usage product."
        raise Refused(Problem("not-usage", "product", words))
    refuse_if([*problems_of_usage_price(request.price), *problems_of_day("from", request.start)])
    currency = currency_named(request.currency or tx.settings["currency"]).code
    prices = tables.usage_price
    mine = (prices.c.product_id == product) & (prices.c.currency == currency)
    starts = tx.db.scalars(select(prices.c.start).where(mine).order_by(prices.c.start)).all()
    start = request.start or (tx.today if starts else FIRST_DAY)
    _refuse_rated(tx, product, currency, start, next((day for day in starts if day > start), None))
    values = {"model": request.price.model.value, "scheme": scheme_of(request.price)}
    if start in starts:
        tx.db.execute(prices.update().where(mine, prices.c.start == start).values(**values))
    else:
        key = {"product_id": product, "currency": currency, "start": start}
        tx.db.execute(prices.insert().values(id=take(tx.db, "usage_price"), **key, **values))
    tx.touch("product")
    return usage_prices(tx, Look(request.product))


def _refuse_rated(tx: Tx, product: int, currency: str, start: date, until: date | None) -> None:
    """Refuse a price for periods that were rated by another one; `until` is the first day of the next price."""
    parts, plans, items = tables.billing_item.c, tables.billing_schedule.c, tables.order_item.c
    query = (
        select(func.max(parts.start))
        .join(tables.billing_schedule, plans.id == parts.schedule_id)
        .join(tables.order_item, items.id == plans.order_item_id)
        .join(tables.sales_order, tables.sales_order.c.id == items.order_id)
        .where(items.product_id == product, tables.sales_order.c.currency == currency)
        .where(parts.kind == ItemKind.USAGE.value, parts.start >= start)
    )
    if until is not None:
        query = query.where(parts.start < until)
    last = tx.db.scalar(query)
    if last is not None:
        words = (
            f"Use of periods that begin up to {last} is rated already, and what is billed is never priced anew. "
            f"Give a first day after {last}; credit what was billed too much."
        )
        raise Refused(Problem("usage-rated", "from", words))


@dataclass(frozen=True, slots=True)
class _Meter:
    """A usage asset that records are held against: its days of service."""

    asset: int
    account: int
    name: str
    served: tuple[tuple[date, date | None], ...]


def _meters(tx: Tx, assets: Iterable[int]) -> dict[int, _Meter]:
    """The usage assets among these; others are left out."""
    numbers = sorted(set(assets))
    periods: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    states, owned = tables.state_period.c, tables.asset.c
    for chunk in chunks(numbers):
        served = select(states.asset_id, states.start, states.end).where(
            states.quantity > Decimal(0), states.paused.is_(False)
        )
        for row in tx.db.execute(served.where(states.asset_id.in_(chunk)).order_by(states.start)):
            periods[row.asset_id].append((row.start, row.end))
    found = {}
    query = (
        select(owned.id, owned.account_id, owned.name)
        .join(tables.product, tables.product.c.id == owned.product_id)
        .where(tables.product.c.kind == Kind.USAGE.value)
    )
    for chunk in chunks(numbers):
        for row in tx.db.execute(query.where(owned.id.in_(chunk))):
            found[row.id] = _Meter(row.id, row.account_id, row.name, tuple(periods[row.id]))
    return found


def _moment(tx: Tx, at: datetime | date) -> tuple[datetime, date]:
    """The moment in UTC and its day on the organisation's clock."""
    clock = zone(tx.settings)
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    moment = at.replace(tzinfo=clock) if at.tzinfo is None else at
    return moment.astimezone(UTC), moment.astimezone(clock).date()


def _problems(meter: _Meter | None, name: str, moment: tuple[datetime, date] | None, key: str) -> list[Problem]:
    """What keeps a record from being taken; no moment where the calendar has no such one."""
    found = []
    if meter is None:
        words = f"{name} is not a usage asset: its product is not of the kind usage. Name another asset."
        found.append(Problem("not-usage", "asset", words))
    if moment is None or problems_of_day("at", moment[1]):
        words = "The time is outside the years 1900 to 2199. Check it."
        found.append(Problem("bad-time", "at", words))
    elif meter is not None and not any(
        start <= moment[1] and (end is None or moment[1] <= end) for start, end in meter.served
    ):
        words = f"{meter.name} is not in service on {moment[1]}. {_service(meter)} Check the asset and the time."
        found.append(Problem("usage-outside-service", "at", words))
    if not key:
        found.append(
            Problem("missing-key", "key", "A usage record needs a key, by which it is known when it comes again.")
        )
    elif len(key) > LONGEST_KEY:
        words = f"The key has {len(key)} characters. Give one of at most {LONGEST_KEY}."
        found.append(Problem("key-too-long", "key", words))
    return found


def _service(meter: _Meter) -> str:
    spans = [f"{start} to {end}" if end else f"from {start} on" for start, end in meter.served[:3]]
    more = ", ..." if len(meter.served) > len(spans) else ""
    return f"It is in service {', '.join(spans)}{more}." if spans else "It never was."


def _is_same(known: Sequence[Row[Any]], moment: datetime, quantity: Decimal) -> bool:
    """Whether a record that comes again is one that is known: as it first was, or as it was corrected."""
    return any(row.occurred_at == moment and row.quantity == quantity for row in (known[0], known[-1]))


def _taken(key: str, known: Row[Any]) -> str:
    at = known.occurred_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return (
        f"The key {key!r} is taken: it recorded {plain(known.quantity)} at {at}. "
        "To correct that, use `usage correct`; for other use, give another key."
    )


@use_case(Permission.USAGE)
def add_usage(tx: Tx, request: AddUsage) -> UsageResult:
    """Record use of an asset. The same key with the same time and quantity answers what exists.

    Refuses an asset that is not rated by use, a time outside of its service, a bad quantity, and a key that is taken
    by other use.
    """
    asset = find(tx, "asset", request.asset)
    meter = _meters(tx, [asset]).get(asset)
    key, moment = request.key.strip(), _moment_or_none(tx, request.at)
    known = _revisions(tx, asset, key)
    if known and moment is not None and _is_same(known, moment[0], request.quantity):
        return _result(tx, asset, key, is_new=False)
    of_quantity = problems_of_number("quantity", "The quantity", request.quantity, above_zero=True)
    refuse_if([*_problems(meter, request.asset, moment, key), *of_quantity])
    assert meter is not None
    assert moment is not None
    if known:
        raise Refused(Problem("usage-key-taken", "key", _taken(key, known[-1])))
    _write(tx, [_row(asset, key, 0, moment, request.quantity)])
    tx.touch("asset", meter.account)
    return _result(tx, asset, key, is_new=True)


def _moment_or_none(tx: Tx, at: datetime | date) -> tuple[datetime, date] | None:
    try:
        return _moment(tx, at)
    except (OverflowError, ValueError):
        return None


def _revisions(tx: Tx, asset: int, key: str) -> Sequence[Row[Any]]:
    query = select(tables.usage_record).where(_records.asset_id == asset, _records.key == key)
    return tx.db.execute(query.order_by(_records.revision)).all()


def _row(
    asset: int, key: str, revision: int, moment: tuple[datetime, date], quantity: Decimal, reason: str = ""
) -> dict[str, Any]:
    return {
        "asset_id": asset,
        "key": key,
        "revision": revision,
        "occurred_at": moment[0],
        "day": moment[1],
        "quantity": quantity,
        "reason": reason,
    }


def _write(tx: Tx, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    first = take(tx.db, "usage_record", len(rows))
    numbered = [{"id": number, "recorded_at": tx.now, **row} for number, row in enumerate(rows, first)]
    tx.db.execute(tables.usage_record.insert(), numbered)
    return range(first, first + len(rows))


def _result(tx: Tx, asset: int, key: str, is_new: bool) -> UsageResult:
    rows = usage_rows(tx, ((_records.asset_id == asset) & (_records.key == key),))
    return UsageResult(is_new, rows[-1], usage_period(tx, asset, rows[-1].day), tx.request_id)


@use_case(Permission.USAGE)
def correct_usage(tx: Tx, request: CorrectUsage) -> UsageResult:
    """Correct the quantity of a usage record by a new revision; what is billed already is adjusted by the next run.

    Refuses a key that no record has, or that several assets have while none is named, and a correction without reason.
    """
    key, reason = request.key.strip(), request.reason.strip()
    problems = problems_of_number("quantity", "The quantity", request.quantity)
    if not reason:
        problems.append(Problem("missing-reason", "reason", "A correction needs its reason."))
    refuse_if(problems)
    asset = find(tx, "asset", request.asset) if request.asset else _asset_of(tx, key)
    known = _revisions(tx, asset, key)
    if not known:
        words = f"{request.asset} has no usage record with the key {key!r}. `list usage` shows those that exist."
        raise Refused(Problem("unknown-usage", "key", words))
    last = known[-1]
    if last.quantity == request.quantity:
        return _result(tx, asset, key, is_new=False)
    _write(tx, [_row(asset, key, last.revision + 1, (last.occurred_at, last.day), request.quantity, reason)])
    account = tx.db.scalar(select(tables.asset.c.account_id).where(tables.asset.c.id == asset))
    assert account is not None
    tx.touch("asset", account)
    return _result(tx, asset, key, is_new=True)


def correct_all(tx: Tx, records: Sequence[Row[Any]], quantity: Decimal, reason: str) -> None:
    """Correct records, each given by the row of its newest revision, to one quantity."""
    if records:
        moments = [(row.occurred_at, row.day) for row in records]
        _write(
            tx,
            [
                _row(row.asset_id, row.key, row.revision + 1, moment, quantity, reason)
                for row, moment in zip(records, moments, strict=True)
            ],
        )
        tx.touch("asset")


def _asset_of(tx: Tx, key: str) -> int:
    """The one asset that has a record with this key."""
    query = (
        select(tables.asset.c.id, tables.asset.c.number)
        .join(tables.usage_record, _records.asset_id == tables.asset.c.id)
        .where(_records.key == key, _records.revision == 0)
        .order_by(tables.asset.c.id)
        .limit(6)
    )
    found = tx.db.execute(query).all()
    if not found:
        words = f"There is no usage record with the key {key!r}. `list usage` shows those that exist."
        raise Refused(Problem("unknown-usage", "key", words))
    if len(found) > 1:
        names = ", ".join(row.number for row in found[:5]) + (", ..." if len(found) > 5 else "")
        words = f"Several assets have a usage record with the key {key!r}: {names}. Name the asset too."
        raise Refused(Problem("ambiguous-usage", "asset", words))
    number: int = found[0].id
    return number


@use_case(Permission.USAGE)
def import_usage(tx: Tx, request: ImportUsage) -> UsageImport:
    """Usage records from a file, judged whole: with a bad row nothing is stored; the same file twice adds nothing."""
    file = read_usage(Path(request.file))
    judged = JudgedUsage(tx, file.lines)
    bad = (
        RowProblem(file.name, line.row, each.field, str(getattr(line, each.field)), each.message, CORRECT_THE_ROW)
        for line, problems in judged.bad
        for each in problems
    )
    problems = (*file.problems, *bad)
    stored = bool(judged.new) and not problems
    if stored:
        judged.write()
    return UsageImport(
        file=file.name,
        read=file.read,
        new=len(judged.new),
        same=judged.same,
        rejected=file.rejected + len(judged.bad),
        stored=stored,
        problems=tuple(sorted(problems, key=lambda problem: problem.row)),
        request_id=tx.request_id,
    )


class UsageRow(Protocol):
    """A record of use as a file states it."""

    @property
    def asset(self) -> str: ...

    @property
    def at(self) -> datetime | date: ...

    @property
    def quantity(self) -> Decimal: ...

    @property
    def key(self) -> str: ...

    @property
    def row(self) -> int: ...


Line = TypeVar("Line", bound=UsageRow)


class JudgedUsage(Generic[Line]):
    """Rows held against the store: the new ones with what is to be written, how many are known, and the bad ones."""

    def __init__(self, tx: Tx, lines: Sequence[Line]) -> None:
        self.tx = tx
        self.new: list[tuple[Line, dict[str, Any]]] = []
        self.bad: list[tuple[Line, Sequence[Problem]]] = []
        self.same = 0
        self._accounts: set[int] = set()
        self._assets = self._find(lines)
        self._meters = _meters(tx, (asset for asset in self._assets.values() if isinstance(asset, int)))
        self._known = self._find_known(lines)
        self._taken_back = self._find_taken_back()
        self._seen: dict[tuple[int, str], tuple[int, datetime, Decimal]] = {}
        for place, line in enumerate(lines):
            self._judge(line)
            if place % _PORTION == 0:
                tx.progress(place, len(lines), "reading")

    def write(self) -> list[int]:
        """Store the new ones; the answer is their numbers in the store."""
        numbers = [
            number for portion in chunks(self.new, _PORTION) for number in _write(self.tx, [row for _, row in portion])
        ]
        self.tx.touch("asset", *self._accounts)
        return numbers

    def _find(self, lines: Sequence[Line]) -> dict[str, int | Problem]:
        """What each name of an asset means: numbers all at once, the rest one by one."""
        found: dict[str, int | Problem] = {}
        names = dict.fromkeys(line.asset for line in lines)
        assets = tables.asset.c
        for chunk in chunks(names):
            for row in self.tx.db.execute(select(assets.number, assets.id).where(assets.number.in_(chunk))):
                found[row.number] = row.id
        for name in names:
            if name not in found:
                try:
                    found[name] = find(self.tx, "asset", name)
                except Refused as refused:
                    found[name] = refused.problems[0]
        return found

    def _find_known(self, lines: Sequence[Line]) -> dict[tuple[int, str], list[Row[Any]]]:
        found: defaultdict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
        for chunk in chunks(dict.fromkeys(line.key for line in lines)):
            query = select(tables.usage_record).where(_records.key.in_(chunk)).order_by(_records.revision)
            for row in self.tx.db.execute(query):
                found[row.asset_id, row.key].append(row)
        return found

    def _find_taken_back(self) -> set[tuple[int, str]]:
        """Those that are known from imports that were taken back: they may come again."""
        rows = tables.import_row
        query = (
            select(_records.asset_id, _records.key)
            .join(rows, rows.c.usage_record_id == _records.id)
            .where(~not_withdrawn(rows))
        )
        numbers = [row.id for mine in self._known.values() for row in mine]
        return {
            (row.asset_id, row.key)
            for chunk in chunks(numbers)
            for row in self.tx.db.execute(query.where(_records.id.in_(chunk)))
        }

    def _judge(self, line: Line) -> None:
        asset = self._assets[line.asset]
        if isinstance(asset, Problem):
            self.bad.append((line, [asset]))
            return
        meter, moment = self._meters.get(asset), _moment_or_none(self.tx, line.at)
        known, seen = self._known.get((asset, line.key)), self._seen.get((asset, line.key))
        gone = known[-1] if known and (asset, line.key) in self._taken_back and not known[-1].quantity else None
        if gone is not None:
            known = None
        if known is not None and moment is not None and _is_same(known, moment[0], line.quantity):
            self.same += 1
            return
        problems = _problems(meter, line.asset, moment, line.key)
        if problems or meter is None or moment is None:
            self.bad.append((line, problems))
            return
        if known is not None:
            self.bad.append((line, [Problem("usage-key-taken", "key", _taken(line.key, known[-1]))]))
        elif seen is not None and seen[1:] != (moment[0], line.quantity):
            words = f"the key {line.key!r} once: row {seen[0]} has it with another time or quantity"
            self.bad.append((line, [Problem("usage-key-taken", "key", words)]))
        elif seen is not None:
            self.same += 1
        else:
            self._seen[asset, line.key] = line.row, moment[0], line.quantity
            again = (0, "") if gone is None else (gone.revision + 1, "It was imported again.")
            self.new.append((line, _row(asset, line.key, again[0], moment, line.quantity, again[1])))
            self._accounts.add(meter.account)
