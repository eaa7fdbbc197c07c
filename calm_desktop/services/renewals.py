"""Renewals: new state periods after the current end, for one asset or many in one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Row, exists, or_, select

from calm_desktop.engine.billing import problems_of_terms
from calm_desktop.engine.catalog import Effect, OrderKind, OrderStatus, PriceUnit, RenewalPricing
from calm_desktop.engine.changes import taken_back
from calm_desktop.engine.dates import ONE_DAY, TermUnit, term_of
from calm_desktop.engine.lifecycle import (
    Life,
    RenewalWish,
    end_of,
    refusals_to_renew,
    renewal_item,
)
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.orders import Item, problems_of_length
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.rating import Rate
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.catalogue import PriceBook
from calm_desktop.services.ids import public_id
from calm_desktop.services.lives import lives_of, not_undone, refuse_billed_elsewhere
from calm_desktop.services.lookup import find_each
from calm_desktop.services.order_flow import flow
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import Renew
from calm_desktop.services.sales import order_result
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import AssetHead, OrderResult, RenewalOffer
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import asset_heads
from calm_desktop.store import tables


@dataclass(frozen=True, slots=True)
class Basis:
    """What a renewal of one asset starts from."""

    asset: Row[tuple[object, ...]]
    life: Life
    scheduled: bool
    list_price: Decimal | None

    @property
    def last(self) -> Item:
        """The latest sale, renewal, upsell or price change."""
        return self.life.last_negotiated.item

    def wish(self, request: Renew) -> RenewalWish:
        """What was asked, else what the asset's renewal fields say."""
        term = None
        if request.term is not None:
            term = term_of(request.term, request.term_unit or TermUnit.MONTHS)
        elif self.asset.renewal_term is not None:
            term = term_of(self.asset.renewal_term, TermUnit(self.asset.renewal_term_unit))
        return RenewalWish(request.start, request.coterminate, term)

    def pricing(self, request: Renew) -> RenewalPricing:
        """As asked, else as the asset says, else the last negotiated price."""
        return request.pricing or RenewalPricing(self.asset.renewal_pricing or RenewalPricing.LAST)

    def refusals(self, wish: RenewalWish) -> list[Problem]:
        """Why it cannot be renewed as wished."""
        return refusals_to_renew(self.life, self.scheduled, wish, self.asset.name)

    def item(self, wish: RenewalWish, pricing: RenewalPricing) -> Item:
        """The renewal's order item. Raises `Refused` where a list price is wanted and there is none."""
        at_list = pricing is RenewalPricing.LIST
        if at_list and self.list_price is None:
            words = (
                f"{self.asset.name} has no list price in {self.asset.currency} today. Set one, or take the last price."
            )
            raise Refused(Problem("no-list-price", "pricing", words, self.asset.name))
        list_price = self.last.list_price if self.list_price is None else self.list_price
        try:
            return renewal_item(self.life, wish, list_price, at_list)
        except (ValueError, OverflowError):
            raise Refused(Problem("bad-term", "term", "The renewal would end after 2199.", self.asset.name)) from None


def bases_of(tx: Tx, assets: Sequence[int]) -> list[Basis]:
    """What is known of each of these assets (the store's numbers) for its renewal."""
    query = select(tables.asset, tables.product.c.tax_category).join(
        tables.product, tables.product.c.id == tables.asset.c.product_id
    )
    rows = {row.id: row for row in rows_in(tx, query, among(tables.asset.c.id, assets))}
    prices = PriceBook(tx)
    prices.load(sorted({row.product_id for row in rows.values()}))
    lives, scheduled = lives_of(tx, assets), _scheduled(tx, assets)
    return [
        Basis(
            asset=rows[asset],
            life=lives[asset],
            scheduled=asset in scheduled,
            list_price=prices.price(rows[asset].product_id, rows[asset].currency, tx.today),
        )
        for asset in assets
    ]


def _scheduled(tx: Tx, assets: Iterable[int]) -> set[int]:
    """Those of the assets that a renewal is ordered for which begins after today, or has not taken effect yet."""
    items, orders, sources = tables.order_item.c, tables.sales_order.c, tables.action_source.c
    waiting = ~exists().where(sources.order_item_id == items.id)
    query = (
        select(items.asset_id)
        .join(tables.sales_order, orders.id == items.order_id)
        .where(orders.kind == OrderKind.RENEW.value, orders.status == OrderStatus.ACTIVATED.value)
        .where(items.effect == Effect.COVERS.value, not_undone(tables.order_item))
        .where(or_(items.start > tx.today, waiting))
    )
    return {row.asset_id for row in rows_in(tx, query, among(items.asset_id, assets))}


@use_case(Permission.CHANGE)
def renew(tx: Tx, request: Renew) -> OrderResult:
    """Renew assets of one account in one order. Refuses with every reason of every asset at once (DOMAIN 4.6)."""
    if not request.assets:
        raise Refused(Problem("no-assets", "assets", "Name at least one asset to renew."))
    refuse_if(problems_of_length(request.term))
    if request.term is not None and request.coterminate is not None:
        raise Refused(Problem("end-and-term", "coterminate", "Give a term or a common end, not both."))
    found = bases_of(tx, find_each(tx, "asset", request.assets))
    problems = _of_one_account(found)
    planned: list[PlannedItem] = []
    for each in found:
        wish = each.wish(request)
        refusals = each.refusals(wish)
        if refusals:
            problems.extend(refusals)
            continue
        try:
            item = each.item(wish, each.pricing(request))
            refuse_billed_elsewhere(tx, each.asset.id, item.period.start, each.asset.name)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        problems.extend(problems_of_terms(item.period, item.quantity, item.rate, item.terms))
        planned.extend(_planned(each, _with_early_end(each.life, item), len(planned)))
    refuse_if(problems)
    account, currency = found[0].asset.account_id, found[0].life.currency
    status = OrderStatus.DRAFT if request.draft else OrderStatus.ACTIVATED
    orders = write_orders(tx, [PlannedOrder(account, OrderKind.RENEW, status, currency, tuple(planned), tx.today)])
    tx.tell("AssetRenewInitiatedEvent", {"RenewalRecordId": public_id("order", orders[0]), "HasErrors": False})
    if not request.draft:
        flow(tx, orders)
    return order_result(tx, orders)


def _with_early_end(life: Life, item: Item) -> list[Item]:
    """The items of a renewal; one within the term ends that on the day before, which is credited (DOMAIN 4.6)."""
    end = end_of(life.held)
    if end is None or item.period.start > end:
        return [item]
    ending = taken_back(life, item.period.start, None, Effect.ENDS)
    return [*(replace(each, category=item.category) for each in ending), item]


def _sum_of(items: Sequence[Item], currency: Currency) -> Money:
    totals = [item.total(currency) for item in items]
    return currency.money(sum(total.minor for total in totals if total is not None))


def _of_one_account(found: Sequence[Basis]) -> list[Problem]:
    problems = []
    if len({each.asset.account_id for each in found}) > 1:
        words = "The assets belong to different accounts. Renew those of one account at a time."
        problems.append(Problem("many-accounts", "assets", words))
    if len({each.asset.currency for each in found}) > 1:
        words = "The assets are in different currencies. Renew those of one currency at a time."
        problems.append(Problem("many-currencies", "assets", words))
    return problems


def _planned(each: Basis, items: Sequence[Item], lead: int) -> Iterator[PlannedItem]:
    asset = each.asset
    for item in items:
        yield PlannedItem(asset.product_id, item, asset.name, asset.tax_category, None, asset.id, lead)


@view()
def renewal_offers(tx: Tx, request: Renew) -> tuple[RenewalOffer, ...]:
    """Last negotiated and list price side by side for each asset, with the reasons why one cannot be renewed."""
    return offers_of(tx, find_each(tx, "asset", request.assets), request)


def offers_of(tx: Tx, assets: Sequence[int], request: Renew) -> tuple[RenewalOffer, ...]:
    """The same for the assets with these numbers in the store, in the order given; those of `request` do not count."""
    heads = asset_heads(tx, assets, tx.today)
    return tuple(_offer(each, head, request) for each, head in zip(bases_of(tx, assets), heads, strict=True))


def _offer(each: Basis, head: AssetHead, request: Renew) -> RenewalOffer:
    wish = each.wish(request)
    held, currency = each.life.held, each.life.currency
    rate = each.last.rate if held else Rate(Decimal(0), PriceUnit.ONCE)
    problems = each.refusals(wish)
    item = None if problems else each.item(wish, RenewalPricing.LAST)
    if item is not None:
        problems = problems_of_terms(item.period, item.quantity, item.rate, item.terms)
    offer = RenewalOffer(
        asset=head,
        start=None,
        end=None,
        quantity=held[-1].quantity if held else Decimal(0),
        last_price=rate.net_decimal,
        list_price=each.list_price,
        price_unit=rate.unit.value,
        last_total=None,
        list_total=None,
        problems=tuple(problem.message for problem in problems),
        ends_before=None,
        taken_back=None,
    )
    if item is None or problems:
        return offer
    ending = _with_early_end(each.life, item)[:-1]
    listed = None if each.list_price is None else each.item(wish, RenewalPricing.LIST)
    return replace(
        offer,
        start=item.period.start,
        end=item.period.end,
        quantity=item.quantity,
        last_total=item.total(currency),
        list_total=None if listed is None else listed.total(currency),
        ends_before=item.period.start - ONE_DAY if ending else None,
        taken_back=_sum_of(ending, currency) if ending else None,
    )
