"""Order lines of files: held against the store, portion by portion, and what is new of them written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine import changes
from calm_desktop.engine.billing import problems_of_terms
from calm_desktop.engine.catalog import ActionType, Kind, OrderKind, OrderStatus
from calm_desktop.engine.dates import FIRST_DAY, Frequency
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.canonical import SYSTEM
from calm_desktop.formats.drafts import OrderLine, PaymentDraft
from calm_desktop.services.bulk_sales import SalesOrder, Sold, without_what_is_billed, write_sales
from calm_desktop.services.catalogue import PriceBook, add_products
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.customers import accounts_called, add_accounts
from calm_desktop.services.field_values import Values, fields_of, stored_values, write_new
from calm_desktop.services.import_changes import ChangedRows
from calm_desktop.services.import_keys import known_contents, remember
from calm_desktop.services.import_records import Buyer, NewProduct, Records, Said, Ware, to_be_made, variant_code
from calm_desktop.services.import_tally import Tally
from calm_desktop.services.lives import lives_of
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_flow import flow
from calm_desktop.services.order_lines import new_account, new_product, sale_line
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddAccount, AddProduct
from calm_desktop.services.sales import SALE_CATEGORIES, plan_item, ramp
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take
from calm_desktop.store.spool import Spool

OrderKey = tuple[str, str, str, str]
"""System, order, account and currency: lines that agree in these are of one order, wherever they stand."""


@dataclass(slots=True)
class _Planned:
    """A line that is new, with its items and what it needs to have."""

    place: int
    line: OrderLine
    key: OrderKey
    buyer: Buyer
    ware: Ware
    currency: Currency
    items: list[PlannedItem]


class Lines:
    """Takes the order lines of files, a portion at a time: what is new is written, what is there already counted.

    What a portion makes is known to the next one, so that it makes no difference how the lines are cut. Memory grows
    with the accounts and products that the files name, not with the lines.
    """

    def __init__(self, tx: Tx, batch: int, records: Records, tally: Tally, changes: ChangedRows, spool: Spool) -> None:
        self.tx, self.batch, self.records, self.tally = tx, batch, records, tally
        self.changes = changes
        self._spool = spool
        self._prices = PriceBook(tx)
        self._first_account = take(tx.db, "account", 0)
        """Accounts from this number on were made by these files; what lines call them is known already."""
        self._accounts: dict[str, list[Row[Any]]] = {}
        self._said: dict[int, Said] = {}
        """What the accounts that are there say in fields of one's own."""
        self._buyers: dict[str, Buyer] = {}
        self._wares: dict[str, Ware] = {}
        self._new_prices: dict[tuple[str, str], Decimal] = {}
        self._orders_said: dict[OrderKey, Said] = {}
        self._fields = fields_of(tx, *FieldObject)
        self._required = [each for each in self._fields if each.required]

    def take(self, lines: Sequence[tuple[int, OrderLine]]) -> None:
        """Judge lines, each with the id by which it is to be remembered, and write what is new."""
        known = known_contents(self.tx, (line for _, line in lines))
        self.look_up([line for _, line in lines])
        planned, changed = [], []
        for place, line in lines:
            content = known.get((line.system, line.natural_key))
            if content == line.content_key:
                self.tally.same += 1
            elif content is not None:
                changed.append((place, line))
            elif (new := self._planned(place, line)) is not None:
                planned.append(new)
        self.tally.new += len(planned)
        for place, line in self.changes.to_be_taken(changed):
            anew = self._planned(place, line)
            if anew is None:
                self.changes.give_up(line)
            else:
                planned.append(anew)
        self.changes.take_back(self.batch)
        if planned:
            self._write(planned)

    # ------------------------------------------------------------------------------------------- judging

    def _planned(self, place: int, line: OrderLine) -> _Planned | None:
        """A line as what is to be written; None where it cannot be, which is told."""
        try:
            return self._plan(place, line)
        except Refused as refused:
            self.tally.reject(line, refused.problems)
            return None

    def _plan(self, place: int, line: OrderLine) -> _Planned:
        buyer = self.buyer(line)
        currency = currency_named(line.currency or buyer.account.currency)
        ware = self._ware(line)
        product = ware.row
        list_price = self._list_price(line, ware, currency)
        price = line.unit_price if line.unit_price is not None else list_price
        sold = sale_line(line)
        item = plan_item(product, sold, price, list_price)
        steps = ramp(item, sold, product.name)
        problems = problems_of_terms(item.period, item.quantity, item.rate, item.terms) if len(steps) == 1 else []
        if len(steps) > 1:
            every = (problems_of_terms(step.period, step.quantity, step.rate, step.terms) for step in steps)
            problems = list(dict.fromkeys(problem for found in every for problem in found))
        if item.category not in SALE_CATEGORIES:
            words = f"A sale can be {', '.join(SALE_CATEGORIES)}."
            problems.append(Problem("bad-category", "category", words))
        values: dict[FieldObject, Values] = {kind: {} for kind in FieldObject} if self._fields else {}
        for each, value in line.fields:
            values[each.object][each] = value
        key = line.system, line.order_ref, buyer.account.number or buyer.account.name, currency.code
        category = line.tax_category or product.tax_category
        said = values.get(FieldObject.ASSET, {})
        items = [
            PlannedItem(0, step, product.name, category, None if number else sold.source, None, 0, asset_fields=said)
            for number, step in enumerate(steps)
        ]
        if line.cancel_from is not None or line.billed_through is not None:
            problems += self._problems_of_past(line, items, product.kind)
        if self._fields:
            problems += self._take_in(key, buyer, ware, values, not problems)
        if problems:
            raise Refused(problems)
        if line.billed_through is not None:
            items = without_what_is_billed(items, line.billed_through)
        return _Planned(place, line, key, buyer, ware, currency, items)

    def _take_in(
        self, key: OrderKey, buyer: Buyer, ware: Ware, values: dict[FieldObject, Values], is_good: bool
    ) -> list[Problem]:
        """What a line says in fields of one's own is told to what it names, unless anything is wrong."""
        order = self._orders_said.get(key, Said())
        said = {FieldObject.ACCOUNT: buyer.said, FieldObject.PRODUCT: ware.said, FieldObject.ORDER: order}
        problems = [
            problem for kind, record in said.items() for problem in record.problems(values[kind], f"this {kind}")
        ]
        problems += self._missing(buyer, ware, said, values)
        if is_good and not problems:
            for kind, record in said.items():
                record.take(values[kind])
            self._orders_said[key] = order
        return problems

    def _missing(
        self, buyer: Buyer, ware: Ware, said: dict[FieldObject, Said], values: dict[FieldObject, Values]
    ) -> list[Problem]:
        """What is required of new records, and nobody says."""
        there = {FieldObject.ACCOUNT: buyer.stored is not None, FieldObject.PRODUCT: ware.stored is not None}
        return [
            Problem("missing-field", each.api_name, f"a value: {each.label} is needed of each {each.object}")
            for each in self._required
            if not there.get(each.object)
            and each not in values[each.object]
            and (each.object not in said or each not in said[each.object].new)
        ]

    def _problems_of_past(self, line: OrderLine, items: Sequence[PlannedItem], kind: str) -> list[Problem]:
        """What of a line's past cannot be stored."""
        problems = []
        once = items[0].item.is_once
        if line.cancel_from is not None and once:
            words = f"{line.product_code} is sold once: it does not end. Leave the day without service empty."
            problems.append(Problem("cancel-once", "cancel_from", words))
        if line.cancel_from is not None and self.tx.settings["auto-flow"] != "on":
            words = "What has ended is an asset that was made. Turn auto-flow on to import it."
            problems.append(Problem("cancel-without-asset", "cancel_from", words))
        if line.billed_through is not None and kind == Kind.USAGE:
            words = "What is rated by use is billed by its records. Leave this empty, and import the use from then on."
            problems.append(Problem("billed-usage", "billed_through", words))
        if line.billed_through is not None and once and items[0].item.terms.frequency is not Frequency.ONCE:
            words = (
                "A price that is paid once, in instalments, cannot be cut at a day. Import what is still to be paid."
            )
            problems.append(Problem("billed-instalments", "billed_through", words))
        return problems

    def buyer(self, line: OrderLine) -> Buyer:
        """The account that a line names (it was looked up): the one in the store, or one that will be made."""
        found = self._known_buyer(line.account_ref)
        if found is None:
            wish = replace(new_account(line), currency=line.currency or self.tx.settings["currency"])
            found = self._buyers[line.account_ref] = Buyer(wish)
        return found

    def payer(self, payment: PaymentDraft) -> Buyer:
        """The account that a payment names, in the same way."""
        name = payment.account_ref
        found = self._known_buyer(name)
        if found is None:
            for each in self._required:
                if each.object is FieldObject.ACCOUNT:
                    words = f"There is no such account, and {each.label} is needed of each one. Make the account first."
                    raise Refused(Problem("unknown-account", "account", words))
            number = name if payment.account_name and payment.account_name != name else ""
            currency = payment.currency or self.tx.settings["currency"]
            found = self._buyers[name] = Buyer(AddAccount(payment.account_name or name, number, currency))
        return found

    def account_of(self, line: OrderLine) -> int | None:
        """The account in the store that a line names (it was looked up), None where there is none, or several."""
        try:
            found = self._known_buyer(line.account_ref)
        except Refused:
            return None
        return found.stored if found else None

    def _known_buyer(self, name: str) -> Buyer | None:
        if name not in self._buyers:
            found = self.records.buyers.get(name) or self._stored_buyer(name)
            if found is None:
                return None
            self._buyers[name] = found
        return self._buyers[name]

    def _stored_buyer(self, name: str) -> Buyer | None:
        rows = self._accounts.get(name, [])
        rows = [row for row in rows if row.number == name] or rows
        if len(rows) > 1:
            words = f"Several accounts are called {name!r}. Name the account by its number."
            raise Refused(Problem("ambiguous-account", "account", words))
        return Buyer(rows[0], rows[0].id, self._said.setdefault(rows[0].id, Said())) if rows else None

    def look_up(self, lines: Sequence[OrderLine]) -> None:
        """Read the accounts, products and prices that the lines name and nobody did before, all at once."""
        self.look_up_accounts(line.account_ref for line in lines)
        products = tables.product
        found: dict[int, Ware] = {}
        for chunk in chunks(
            dict.fromkeys(code for line in lines for code in codes_of(line) if code not in self._wares)
        ):
            for row in self.tx.db.execute(select(products).where(not_withdrawn(products), products.c.code.in_(chunk))):
                if row.code not in self.records.wares:
                    found[row.id] = self._wares[row.code] = Ware(row, row.id)
        if self._fields:
            for product, values in stored_values(self.tx, FieldObject.PRODUCT, sorted(found)).items():
                found[product].said.known = values
        self._prices.load(found)

    def look_up_accounts(self, names: Iterable[str]) -> None:
        """Read the accounts of these names that nobody asked for before, all at once."""
        called = accounts_called(self.tx, (name for name in names if name not in self._buyers))
        there_before = {name: [row for row in rows if row.id < self._first_account] for name, rows in called.items()}
        self._accounts = {name: rows for name, rows in there_before.items() if rows}
        if self._fields:
            there = {row.id for rows in self._accounts.values() for row in rows} - self._said.keys()
            for account, values in stored_values(self.tx, FieldObject.ACCOUNT, sorted(there)).items():
                self._said[account] = Said(values)

    def _ware(self, line: OrderLine) -> Ware:
        found = self._ware_called(line.product_code)
        if found is None:
            found = self._wares[line.product_code] = Ware(to_be_made(new_product(line, None)))
        model, unit = line.selling_model, line.price_unit
        said = model is not None and unit is not None
        if said and line.system != SYSTEM and (model, unit) != (found.row.selling_model, found.row.price_unit):
            found = self._variant(line, found)
        if model is not None and model.value != found.row.selling_model:
            words = f"{line.product_code} is sold as {found.row.selling_model}, not {model}. Use another product code."
            raise Refused(Problem("other-selling-model", "selling_model", words))
        if unit is not None and unit.value != found.row.price_unit:
            words = f"The price of {line.product_code} is per {found.row.price_unit}, not per {unit}. Use another code."
            raise Refused(Problem("other-price-unit", "price_unit", words))
        return found

    def _variant(self, line: OrderLine, own: Ware) -> Ware:
        """The product for a way of selling that is another one than that of the product which has its code.

        Other systems sell a product in several ways; whoever writes our own format names our own products.
        """
        assert line.selling_model is not None
        assert line.price_unit is not None
        code = variant_code(line.product_code, line.selling_model, line.price_unit)
        found = self._ware_called(code)
        if found is None:
            made = to_be_made(replace(new_product(line, None), code=code))
            found = self._wares[code] = Ware(made, said=own.said.of_another())
        return found

    def _ware_called(self, code: str) -> Ware | None:
        return self.records.wares.get(code) or self._wares.get(code)

    def _list_price(self, line: OrderLine, ware: Ware, currency: Currency) -> Decimal:
        """The list price of the line's day; a product's first price in a currency becomes its list price."""
        day = max(FIRST_DAY, min(self.tx.today, line.start))
        known = ware.price(currency.code, day)
        is_new = isinstance(ware.row, NewProduct)
        if known is None and not is_new and ware.stored is not None:
            known = self._prices.price(ware.stored, currency.code, day)
            if known is None:
                known = line.unit_price
            if known is None:
                words = f"{line.product_code} has no list price in {currency.code} on {day}. Give a price in the file."
                raise Refused(Problem("no-list-price", "price", words))
        if known is not None:
            return known
        first = self._new_prices.get((ware.code, currency.code), line.unit_price)
        if first is None:
            words = f"There is no product {line.product_code!r} yet, and no price to make it with. Give a price."
            raise Refused(Problem("unknown-product", "product", words))
        self._new_prices[ware.code, currency.code] = first
        return first

    # ------------------------------------------------------------------------------------------- writing

    def _write(self, planned: Sequence[_Planned]) -> None:
        self._make_what_is_missing(planned)
        orders = self._orders(planned)
        sold: list[Sold] = []
        leads = []
        for each in planned:
            lead = len(sold)
            leads.append(lead)
            assert each.ware.stored is not None
            order, product = orders[each.key], each.ware.stored
            sold += [Sold(order, item, product, lead) for item in each.items]
        items = write_sales(self.tx, sold)
        self._spool.keep({_text(key): (order.stored or 0, order.lines) for key, order in orders.items()})
        first_items = [items[lead] for lead in leads]
        rows = [(each.place, each.line, item) for each, item in zip(planned, first_items, strict=True)]
        remember(self.tx, self.batch, "order_item_id", rows)
        ends = {
            item: each.line.cancel_from
            for each, item in zip(planned, first_items, strict=True)
            if each.line.cancel_from is not None
        }
        if ends:
            end_assets(self.tx, ends, self.batch)

    def _orders(self, planned: Sequence[_Planned]) -> dict[OrderKey, SalesOrder]:
        """The order of each line's key: the one that earlier lines of these files made, or a new one."""
        first: dict[OrderKey, _Planned] = {}
        for each in planned:
            first.setdefault(each.key, each)
        kept = self._spool.kept(map(_text, first))
        new = [key for key in first if _text(key) not in kept]
        numbers = dict(zip(new, free_numbers(self.tx, [reference for _, reference, _, _ in new]), strict=True))
        orders = {}
        for key, each in first.items():
            line, account = each.line, each.buyer.account
            assert each.buyer.stored is not None
            stored, lines = kept.get(_text(key), (None, 0))
            said = self._orders_said.get(key)
            orders[key] = SalesOrder(
                each.buyer.stored,
                account.bill_day or None,
                each.currency,
                numbers.get(key, ""),
                line.order_date or min(self.tx.today, line.start),
                self.batch,
                stored,
                lines,
                dict(said.new) if said else {},
            )
            if said:
                said.written()
        return orders

    def _make_what_is_missing(self, planned: Sequence[_Planned]) -> None:
        """Accounts, products and list prices that the lines bring along."""
        buyers = {id(each.buyer): each.buyer for each in planned}
        # By number: lines may call one account by its number and by its name.
        told = {buyer.stored: buyer.said for buyer in buyers.values() if buyer.stored is not None}
        wares = {id(each.ware): each.ware for each in planned}
        of_products = {ware.stored: ware.said for ware in wares.values() if ware.stored is not None}
        for known in (told, of_products):
            write_new(self.tx, [(record, said.new) for record, said in known.items() if said.new])
            for said in known.values():
                said.written()
        self.make_accounts(list(buyers.values()))
        made: dict[int, tuple[Ware, AddProduct]] = {}
        for each in planned:
            ware = each.ware
            if isinstance(ware.row, NewProduct) and ware.stored is None and id(ware) not in made:
                price = each.items[0].item.list_price
                wish = replace(ware.row.wish, price=price, fields=ware.said.texts(), currency=each.currency.code)
                made[id(ware)] = ware, wish
        if made:
            numbers = add_products(self.tx, [wish for _, wish in made.values()])
            for (ware, _), number in zip(made.values(), numbers, strict=True):
                ware.stored = number
                ware.said.written()

    def make_accounts(self, buyers: Sequence[Buyer]) -> None:
        """Make those accounts that are not there yet."""
        new = list({id(buyer): buyer for buyer in buyers if buyer.stored is None}.values())
        wishes = [
            replace(buyer.account, fields=buyer.said.texts()) for buyer in new if isinstance(buyer.account, AddAccount)
        ]
        if wishes:
            for buyer, number in zip(new, add_accounts(self.tx, wishes), strict=True):
                buyer.stored = number
                buyer.said.written()


def _text(key: OrderKey) -> str:
    return "\x1f".join(key)


def codes_of(line: OrderLine) -> tuple[str, ...]:
    """The codes under which the product of a line may be kept."""
    model, unit, code = line.selling_model, line.price_unit, line.product_code
    return (code,) if model is None or unit is None else (code, variant_code(code, model, unit))


def end_assets(tx: Tx, ends: dict[int, date], batch: int) -> None:
    """Cancel what these items sold, each from its day, as acts of a batch: an order of its own, as a cancel makes."""
    items, assets = tables.order_item.c, tables.asset
    query = (
        select(assets, tables.product.c.tax_category, items.id.label("item"))
        .join(tables.order_item, items.asset_id == assets.c.id)
        .join(tables.product, tables.product.c.id == assets.c.product_id)
        .order_by(items.id)
    )
    planned = []
    for chunk in chunks(ends):
        rows = tx.db.execute(query.where(items.id.in_(chunk))).all()
        lives = lives_of(tx, [row.id for row in rows])
        for row in rows:
            life, day = lives[row.id], ends[row.item]
            of_life = changes.settled(life, changes.cancel(life, day, row.name), ActionType.CANCEL)
            planned.append(
                PlannedOrder(
                    account=row.account_id,
                    kind=OrderKind.CANCEL,
                    status=OrderStatus.ACTIVATED,
                    currency=currency_named(row.currency),
                    items=tuple(
                        PlannedItem(row.product_id, item, row.name, row.tax_category, None, row.id, 0)
                        for item in of_life
                    ),
                    order_date=min(tx.today, day),
                    batch=batch,
                )
            )
    flow(tx, write_orders(tx, planned))


def free_numbers(tx: Tx, references: Sequence[str], given: Iterable[str] = ()) -> list[str]:
    """A number for each order: what its system calls it, with -2, -3 ... behind it where that is taken.

    `given` are numbers of orders that are not written yet.
    """
    numbers = tables.sales_order.c.number
    taken = set(given)
    for chunk in chunks(dict.fromkeys(references)):
        taken.update(tx.db.scalars(select(numbers).where(numbers.in_(chunk))))
    found = []
    for reference in references:
        number, again = reference, 1
        while number in taken:
            again += 1
            number = f"{reference}-{again}"
            if number not in taken and tx.db.scalar(select(numbers).where(numbers == number)) is not None:
                taken.add(number)
        taken.add(number)
        found.append(number)
    return found
