"""Use turned into billing period items: what is over is rated, what came late is adjusted (DOMAIN 5.9).

A period that an invoice run reaches is rated by the newest revisions of the records in it. What stands on an invoice
never changes: where the records of a rated period rate differently later, an adjustment item takes the difference.
Each record is bound to the item that rated it first, so that only periods with new records are looked at again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from calm_desktop.engine.billing import AMOUNT_LIMIT
from calm_desktop.engine.catalog import Effect, ItemKind, Kind
from calm_desktop.engine.dates import (
    ONE_DAY,
    BillingPeriod,
    Boundary,
    BoundaryKind,
    Frequency,
    Partial,
    Period,
    Remainder,
    Timing,
    billing_date,
    billing_periods,
)
from calm_desktop.engine.lifecycle import Life
from calm_desktop.engine.limits import PRICE_LIMIT, QUANTITY_LIMIT
from calm_desktop.engine.money import Currency, Money, money_from, round_half_up
from calm_desktop.engine.rating import BillingTerms, weight
from calm_desktop.engine.usage import UsagePrice, Use, exact_charge, rate_of_use
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.lives import lives_in, not_undone
from calm_desktop.services.portions import chunks
from calm_desktop.services.shapes import SkippedAccount
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage_prices import UsagePriceBook
from calm_desktop.store import tables
from calm_desktop.store.ids import take

USE = (ItemKind.USAGE.value, ItemKind.ADJUSTMENT.value)
"""Kinds of the items that bill use."""

_PLANS_AT_A_TIME = 200
_SPANS_AT_A_TIME = 100
_MILLION = 1_000_000

_records, _items = tables.usage_record.c, tables.billing_item.c


class Span(NamedTuple):
    """Days of an asset (the store's number), both ends inclusive."""

    asset: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """A billing schedule of a usage asset: the grid of its periods, and what they are rated with.

    `item` is the order item that brought its days in the asset's `life`. `last_day` is the last day of service as known
    today, None while it is open.
    """

    schedule: int
    asset: int
    asset_name: str
    account: int
    account_name: str
    product: int
    currency: Currency
    item: int
    life: Life
    terms: BillingTerms
    period: Period
    anchor: date
    last_day: date | None
    bill_day: int | None

    @property
    def was_repriced(self) -> bool:
        """Whether another price was ever agreed within its term, be it that it was taken back since."""
        life = self.life
        added = (entry for entry in life.entries if entry.item.effect is Effect.ADDS)
        return any(life.cover_of(entry).key == self.item for entry in added)

    def parts(self) -> Iterator[BillingPeriod]:
        """The billing periods of the order item, as far as there is an end to bill after."""
        if self.terms.frequency is Frequency.ONCE and self.period.end is None:
            if self.last_day is None:
                return
            whole = Period(self.period.start, self.last_day)
        else:
            whole = self.period
        yield from billing_periods(whole, self.terms.frequency, self.terms.boundary, self.anchor)

    def served(self) -> Iterator[BillingPeriod]:
        """The billing periods up to the last day of service, the last one cut there."""
        for part in self.parts():
            if self.last_day is not None and part.start > self.last_day:
                return
            yield part if self.last_day is None or part.end <= self.last_day else replace(part, end=self.last_day)

    def billing_date(self, part: BillingPeriod) -> date:
        """The day on which a period's use is billed: always in arrears."""
        return billing_date(part.start, part.end, Timing.ARREARS, self.bill_day)

    def amount(self, price: UsagePrice, part: BillingPeriod, use: Use) -> Money | None:
        """The charge for the use of a period, None where it is beyond every amount that can be billed."""
        rate = rate_of_use(self.life, self.item, Period(part.start, part.end))
        exact = exact_charge(price, use, rate, weight(part, self.terms, self.anchor))
        too_much = exact > AMOUNT_LIMIT or use.quantity >= QUANTITY_LIMIT
        return None if too_much else money_from(exact, self.currency)


def plans_query() -> Select[Any]:
    """Billing schedules of usage assets with what `plan_of` reads, in the order of their numbers."""
    plans, items, orders = tables.billing_schedule, tables.order_item, tables.sales_order
    ending = tables.order_item.alias("ending")
    ends = (
        select(func.min(ending.c.start))
        .where(ending.c.target_id == items.c.id, ending.c.effect == Effect.ENDS.value, _stands(ending))
        .scalar_subquery()
    )
    return (
        select(
            plans.c.id.label("schedule_id"),
            items,
            orders.c.currency,
            orders.c.account_id,
            tables.account.c.name.label("account_name"),
            tables.account.c.bill_day,
            tables.asset.c.lifecycle_end,
            ends.label("ended_from"),
        )
        .select_from(plans)
        .join(items, items.c.id == plans.c.order_item_id)
        .join(orders, orders.c.id == items.c.order_id)
        .join(tables.account, tables.account.c.id == orders.c.account_id)
        .join(tables.product, tables.product.c.id == items.c.product_id)
        .join(tables.asset, tables.asset.c.id == items.c.asset_id)
        .where(tables.product.c.kind == Kind.USAGE.value, items.c.effect == Effect.COVERS.value, _stands(items))
        .order_by(plans.c.id)
    )


def _stands(item: FromClause) -> ColumnElement[bool]:
    """Whether an order item took effect and was not undone."""
    return exists().where(tables.action_source.c.order_item_id == item.c.id) & not_undone(item)


def plans_of(db: Connection, rows: Sequence[Row[Any]]) -> list[UsagePlan]:
    """The plans of rows of `plans_query`."""
    lives = lives_in(db, (row.asset_id for row in rows))
    return [_plan(row, lives[row.asset_id]) for row in rows]


def _plan(row: Row[Any], life: Life) -> UsagePlan:
    ends = [day for day in (row.end, row.lifecycle_end, row.ended_from and row.ended_from - ONE_DAY) if day is not None]
    return UsagePlan(
        schedule=row.schedule_id,
        asset=row.asset_id,
        asset_name=row.asset_name,
        account=row.account_id,
        account_name=row.account_name,
        product=row.product_id,
        currency=currency_named(row.currency),
        item=row.id,
        life=life,
        terms=BillingTerms(
            Frequency(row.frequency),
            Timing.ARREARS,
            Boundary(BoundaryKind(row.boundary), row.boundary_day),
            Partial(row.partial),
            Remainder(row.remainder),
        ),
        period=Period(row.start, row.end),
        anchor=row.anchor,
        last_day=min(ends, default=None),
        bill_day=row.bill_day,
    )


def use_in(db: Connection, spans: Iterable[Span], rated_only: bool = False) -> dict[Span, Use]:
    """What was used in each span by the newest revision of each record; `rated_only` knows bound records only.

    Spans of one asset must not overlap. A record that was corrected to 0 is no event.
    """
    record, later = tables.usage_record, tables.usage_record.alias("later")
    newer = exists().where(later.c.asset_id == _records.asset_id, later.c.key == _records.key)
    newer = newer.where(later.c.revision > _records.revision)
    if rated_only:
        newer = newer.where(later.c.item_id.is_not(None))
    millionths = type_coerce(_records.quantity, BigInteger)
    # Sums of whole units and of the rest: together they might not fit the integers of a database.
    sums = select(
        _records.asset_id,
        _records.day,
        func.sum(millionths // _MILLION).label("wholes"),
        func.sum(millionths % _MILLION).label("rest"),
        func.sum(case((millionths > 0, 1), else_=0)).label("events"),
    )
    sums = sums.select_from(record).where(~newer).group_by(_records.asset_id, _records.day)
    if rated_only:
        sums = sums.where(_records.item_id.is_not(None))
    found: dict[Span, Use] = {}
    for portion in chunks(spans, _SPANS_AT_A_TIME):
        by_asset: defaultdict[int, list[Span]] = defaultdict(list)
        for span in sorted(portion):
            by_asset[span.asset].append(span)
            found[span] = Use()
        inside = or_(
            *(and_(_records.asset_id == each.asset, _records.day.between(each.start, each.end)) for each in portion)
        )
        for row in db.execute(sums.where(inside)):
            span = _at(by_asset[row.asset_id], row.day)
            quantity = int(row.wholes) + Fraction(int(row.rest), _MILLION)
            found[span] += Use(quantity, int(row.events))
    return found


def _at(spans: Sequence[Span], day: date) -> Span:
    """The span that `day` lies in."""
    return spans[bisect_right(spans, day, key=lambda span: span.start) - 1]


def as_decimal(quantity: Fraction) -> Decimal:
    """A sum of quantities, which have no more than 6 decimals."""
    return Decimal(quantity.numerator) / Decimal(quantity.denominator)


def items_of(db: Connection, schedules: Iterable[int]) -> dict[tuple[int, date], list[Row[Any]]]:
    """The items that bill use, by schedule and first day, in the order made."""
    found: defaultdict[tuple[int, date], list[Row[Any]]] = defaultdict(list)
    query = select(tables.billing_item).where(_items.kind.in_(USE)).order_by(_items.id)
    for chunk in chunks(schedules):
        for row in db.execute(query.where(_items.schedule_id.in_(chunk))):
            found[row.schedule_id, row.start].append(row)
    return found


def lay_out_use(tx: Tx, scope: ColumnElement[bool], through: date) -> list[SkippedAccount]:
    """Rate the use of every schedule in `scope` in the periods that are billed up to `through`.

    A period is rated where it is reached for the first time and has use or a fee without use, and again where there
    are records in it that were not rated, where its price may have changed, and where it is on no paper yet. The answer
    is what cannot be billed, and why. Done again, it makes nothing.
    """
    skipped: list[SkippedAccount] = []
    prices = UsagePriceBook(tx.db)
    query = plans_query().where(scope).limit(_PLANS_AT_A_TIME)
    last = 0
    while rows := tx.db.execute(query.where(tables.billing_schedule.c.id > last)).all():
        last = rows[-1].schedule_id
        portion = _Portion(tx, plans_of(tx.db, rows), through, prices)
        portion.rate()
        portion.write()
        skipped.extend(portion.skipped)
    return skipped


class _Portion:
    """Some schedules at work: what their periods hold, and the rows that follow from it."""

    def __init__(self, tx: Tx, plans: Sequence[UsagePlan], through: date, prices: UsagePriceBook) -> None:
        self.tx, self.plans, self.through, self.prices = tx, plans, through, prices
        prices.load(plan.product for plan in plans)
        self.items = items_of(tx.db, (plan.schedule for plan in plans))
        self.new_days = self._new_days()
        self.reached = self._reached()
        self.skipped: list[SkippedAccount] = []
        self.new_items: list[dict[str, Any]] = []
        self.changed_items: list[dict[str, Any]] = []
        self.bound: list[dict[str, Any]] = []
        self.changes: defaultdict[int, int] = defaultdict(int)
        self.next_item = 0

    def _new_days(self) -> dict[int, list[date]]:
        """The days of each asset that have records which no item rates yet, in order."""
        found: defaultdict[int, list[date]] = defaultdict(list)
        assets = sorted({plan.asset for plan in self.plans})
        query = select(_records.asset_id, _records.day).distinct().where(_records.item_id.is_(None))
        for chunk in chunks(assets):
            for row in self.tx.db.execute(query.where(_records.asset_id.in_(chunk)).order_by(_records.day)):
                found[row.asset_id].append(row.day)
        return found

    def _reached(self) -> dict[int, date]:
        """How far each account was invoiced: what belongs before it comes late."""
        invoices = tables.invoice.c
        query = select(invoices.account_id, func.max(invoices.target_date)).group_by(invoices.account_id)
        found: dict[int, date] = {}
        for chunk in chunks(sorted({plan.account for plan in self.plans})):
            found.update(tuple(row) for row in self.tx.db.execute(query.where(invoices.account_id.in_(chunk))))
        return found

    def rate(self) -> None:
        """Find the periods that have something to rate, and rate them."""
        wanted: list[tuple[UsagePlan, BillingPeriod, UsagePrice, date]] = []
        for plan in self.plans:
            due: list[BillingPeriod] = []
            for part in plan.served():
                if plan.billing_date(part) > self.through:
                    break
                due.append(part)
            newest = plan.billing_date(due[-1]) if due else None
            for part in due:
                price = self.prices.price(plan.product, plan.currency.code, part.start)
                rated = self.items.get((plan.schedule, part.start))
                part = replace(part, end=rated[0].end) if rated else part  # noqa: PLW2901 - it was rated for these days
                again = self._has_new(plan.asset, part) or (
                    rated and (plan.was_repriced or any(_is_open(item) for item in rated))
                )
                if again or (not rated and plan.amount(price, part, Use())):
                    assert newest is not None
                    wanted.append((plan, part, price, newest))
        if not wanted:
            return
        self.next_item = take(self.tx.db, "billing_item", len(wanted))
        use = use_in(self.tx.db, (Span(plan.asset, part.start, part.end) for plan, part, _, _ in wanted))
        for plan, part, price, newest in wanted:
            self._rate_part(plan, part, price, use[Span(plan.asset, part.start, part.end)], newest)

    def _has_new(self, asset: int, part: BillingPeriod) -> bool:
        days = self.new_days.get(asset, [])
        place = bisect_right(days, part.start - ONE_DAY)
        return place < len(days) and days[place] <= part.end

    def _rate_part(self, plan: UsagePlan, part: BillingPeriod, price: UsagePrice, use: Use, newest: date) -> None:
        amount = plan.amount(price, part, use)
        if amount is None:
            words = (
                f"the use of {plan.asset_name} from {part.start} to {part.end} is too much to be billed; "
                "correct its records, then run again"
            )
            self.skipped.append(SkippedAccount(plan.account_name, words))
            return
        quantity = as_decimal(use.quantity)
        rated = self.items.get((plan.schedule, part.start), [])
        owed = amount.minor - sum(item.amount for item in rated)
        more = quantity - sum((item.quantity for item in rated), Decimal(0))
        if rated and not owed and not more and not self._has_new(plan.asset, part):
            return
        open_item = next((item for item in reversed(rated) if _is_open(item)), None)
        if open_item is not None:
            bound_to = open_item.id
            self.changed_items.append(
                {"item": bound_to, "now": open_item.amount + owed, "used": open_item.quantity + more}
            )
        elif rated and not owed:
            bound_to = rated[-1].id
        else:
            bound_to = self._add(plan, part, owed, more, ItemKind.ADJUSTMENT if rated else ItemKind.USAGE, newest)
        self.changes[plan.schedule] += owed
        self.bound.append({"to": bound_to, "of": plan.asset, "first": part.start, "last": part.end})

    def _add(
        self, plan: UsagePlan, part: BillingPeriod, amount: int, quantity: Decimal, kind: ItemKind, newest: date
    ) -> int:
        """A new item: on its own billing date, or where that is past already, on the newest one there is."""
        own = plan.billing_date(part)
        reached = self.reached.get(plan.account)
        is_late = kind is ItemKind.ADJUSTMENT or (reached is not None and reached >= own)
        number, self.next_item = self.next_item, self.next_item + 1
        self.new_items.append(
            {
                "id": number,
                "schedule_id": plan.schedule,
                "kind": kind.value,
                "start": part.start,
                "end": part.end,
                "billing_date": newest if is_late else own,
                "amount": amount,
                "quantity": quantity,
            }
        )
        return number

    def write(self) -> None:
        """Write what was found."""
        db, items, records, plans = self.tx.db, tables.billing_item, tables.usage_record, tables.billing_schedule
        if self.new_items:
            db.execute(items.insert(), self.new_items)
        if self.changed_items:
            changed = items.update().where(_items.id == bindparam("item"))
            db.execute(changed.values(amount=bindparam("now"), quantity=bindparam("used")), self.changed_items)
        if self.bound:
            unrated = and_(_records.asset_id == bindparam("of"), _records.item_id.is_(None))
            inside = and_(_records.day >= bindparam("first"), _records.day <= bindparam("last"))
            db.execute(records.update().where(unrated, inside).values(item_id=bindparam("to")), self.bound)
        owed = [{"plan": plan, "more": more} for plan, more in self.changes.items() if more]
        if owed:
            # An evergreen schedule has no total, and keeps none.
            total = plans.c.total + bindparam("more")
            db.execute(plans.update().where(plans.c.id == bindparam("plan")).values(total=total), owed)
        if self.bound:
            assets = {each["of"] for each in self.bound}
            self.tx.touch("asset", *{plan.account for plan in self.plans if plan.asset in assets})


def _is_open(item: Row[Any]) -> bool:
    """Whether an item stands on no paper yet, so that it may still be rated anew."""
    return item.invoice_line_id is None and item.memo_line_id is None


def billed_use(row: Row[Any]) -> tuple[str, Decimal]:
    """What an invoice line says of an item that bills use: its words, and the price of one unit.

    The price is for the reader: the amount by the quantity, 0 where there is none that could be written.
    """
    words = "usage" if row.kind == ItemKind.USAGE.value else "usage adjustment"
    price = Fraction(row.amount, 10 ** currency_named(row.currency).decimals)
    price = price / Fraction(row.quantity) if row.quantity else Fraction(0)
    shown = Decimal(round_half_up(price * _MILLION)).scaleb(-6) if abs(price) < PRICE_LIMIT else Decimal(0)
    return f"{row.asset_name}, {words}", shown
