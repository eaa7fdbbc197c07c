"""Accounts, products and list prices of files: held against the store, and written where they are new.

A record that the store has with the same values is the same; one with other values is told and changes nothing. The
store sells a product in one way only: a product that a file prices in several ways becomes one product for each, the
first under its own code, the others under `CODE/MODEL-UNIT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Problem
from calm_desktop.formats.drafts import AccountDraft, PriceDraft, ProductDraft, RowProblem
from calm_desktop.services.catalogue import add_prices, add_products, how_sold, set_price, set_product
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.customers import accounts_called, add_accounts, set_account
from calm_desktop.services.field_values import Values, fields_of, stored_values
from calm_desktop.services.import_changes import ChangedRows
from calm_desktop.services.import_edits import PRICE, remember_edit
from calm_desktop.services.import_tally import Tally
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddAccount, AddProduct, SetAccount, SetPrice, SetProduct
from calm_desktop.services.shapes import FieldChange
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_PORTION = 500


@dataclass(slots=True)
class Said:
    """What a record says in fields of one's own: in the store, and by the lines of the files beyond that."""

    known: Values = field(default_factory=dict)
    new: Values = field(default_factory=dict)

    def problems(self, values: Values, what: str) -> list[Problem]:
        """Where values contradict what is known: a file fills in what is missing, and changes nothing."""
        found = []
        for each, value in values.items():
            before = self.known.get(each, self.new.get(each))
            if before is not None and before != value:
                words = f"{text_of(before)}, as {what} says already. To change it, set it at the {each.object} itself."
                found.append(Problem("field-differs", each.api_name, words))
        return found

    def take(self, values: Values) -> None:
        """Take in values that contradict nothing."""
        self.new.update((each, value) for each, value in values.items() if each not in self.known)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """What is new, for the request that makes the record."""
        return tuple((each.name, text_of(value)) for each, value in self.new.items())

    def of_another(self) -> Said:
        """What a new record says that is like this one."""
        return Said(new=self.known | self.new)

    def written(self) -> None:
        """What was new is in the store."""
        self.known, self.new = self.known | self.new, {}


@dataclass(slots=True)
class Buyer:
    """An account of the file: the one in the store, or one that will be made."""

    account: Row[Any] | AddAccount
    stored: int | None = None
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to be made, with the columns that planning an item reads."""

    wish: AddProduct
    name: str
    kind: str
    selling_model: str
    price_unit: str
    tax_category: str


def to_be_made(wish: AddProduct) -> NewProduct:
    """The product that a wish makes."""
    model, unit = how_sold(wish)
    return NewProduct(
        replace(wish, selling_model=model, price_unit=unit),
        wish.name,
        wish.kind.value,
        model.value,
        unit.value,
        wish.tax_category,
    )


@dataclass(slots=True)
class Ware:
    """A product of the file: the one in the store, or one that will be made, with the prices that the file brings."""

    row: Row[Any] | NewProduct
    stored: int | None = None
    prices: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    said: Said = field(default_factory=Said)

    @property
    def code(self) -> str:
        """The code under which it is kept."""
        code: str = self.row.wish.code if isinstance(self.row, NewProduct) else self.row.code
        return code

    def price(self, currency: str, day: date) -> Decimal | None:
        """The price of a day, of those that the file brings."""
        held = [(start, price) for (code, start), price in self.prices.items() if code == currency and start <= day]
        return max(held)[1] if held else None


def variant_code(code: str, model: SellingModel, unit: PriceUnit) -> str:
    """The code under which a product is kept that is sold in another way than the one that has its own code."""
    return f"{code}/{model}-{unit}"


class Records:
    """The accounts, products and prices of files, judged: what is new, what is there already, what cannot go in.

    `buyers` and `wares` are those that will be made, by every name that lines may call them.
    """

    def __init__(
        self,
        tx: Tx,
        tally: Tally,
        changes: ChangedRows,
        drafts: Sequence[AccountDraft | ProductDraft | PriceDraft],
    ) -> None:
        accounts = [draft for draft in drafts if isinstance(draft, AccountDraft)]
        products = [draft for draft in drafts if isinstance(draft, ProductDraft)]
        prices = [draft for draft in drafts if isinstance(draft, PriceDraft)]
        self.tx, self.tally, self.changes = tx, tally, changes
        self.edits: list[_Edit] = []
        """What changed rows that are taken make of records that there are."""
        self.buyers: dict[str, Buyer] = {}
        self.wares: dict[str, Ware] = {}
        self._prices: list[tuple[Ware, str, date, Decimal]] = []
        self._stored_accounts = accounts_called(
            tx, (name for draft in accounts for name in (draft.number, draft.name) if name)
        )
        self._stored_products = self._products(products, prices)
        self._said = self._in_fields()
        self._required = [each for each in fields_of(tx, *FieldObject) if each.required]
        for account in accounts:
            self._judge_account(account)
        priced: dict[str, list[PriceDraft]] = {}
        for price in prices:
            priced.setdefault(price.product_code, []).append(price)
        for product in products:
            self._judge_product(product, priced.get(product.code, ()))
        stored_prices = self._list_prices()
        for code, own_prices in priced.items():
            for price in own_prices:
                self._judge_price(price, self._ware_of(code, price), stored_prices)

    def write(self, batch: int) -> None:
        """Make what is new, and change what is taken, as acts of a batch."""
        buyers = list({id(buyer): buyer for buyer in self.buyers.values()}.values())
        for portion in _portions(buyers):
            accounts = [
                replace(each.account, fields=each.said.texts())
                for each in portion
                if isinstance(each.account, AddAccount)
            ]
            for buyer, number in zip(portion, add_accounts(self.tx, accounts), strict=True):
                buyer.stored = number
                buyer.said.written()
        wares = [ware for ware in self.wares.values() if ware.stored is None]
        for made in _portions(wares):
            products = [
                replace(each.row.wish, fields=each.said.texts()) for each in made if isinstance(each.row, NewProduct)
            ]
            for ware, number in zip(made, add_products(self.tx, products), strict=True):
                ware.stored = number
                ware.said.written()
        entries = [
            (ware.stored, SetPrice("", price, day, currency))
            for ware, currency, day, price in self._prices
            if ware.stored is not None
        ]
        add_prices(self.tx, entries)
        self.tally.taken_anew += len(self.edits)
        for kind, record, changes, edit in self.edits:
            if isinstance(edit, SetAccount):
                set_account(self.tx, edit)
            elif isinstance(edit, SetProduct):
                set_product(self.tx, edit)
            else:
                set_price(self.tx, edit)
            remember_edit(self.tx, batch, kind, record, changes)

    # ------------------------------------------------------------------------------------------- what the store has

    def _products(self, products: Iterable[ProductDraft], prices: Iterable[PriceDraft]) -> dict[str, Row[Any]]:
        codes = {product.code for product in products}
        for price in prices:
            codes.add(price.product_code)
            model, unit = _sold(price)
            codes.add(variant_code(price.product_code, model, unit))
        table, found = tables.product, dict[str, Row[Any]]()
        for chunk in chunks(sorted(codes)):
            found |= {
                row.code: row
                for row in self.tx.db.execute(select(table).where(not_withdrawn(table), table.c.code.in_(chunk)))
            }
        return found

    def _in_fields(self) -> dict[FieldObject, dict[int, Values]]:
        """What the accounts and products that are there say in fields of one's own."""
        accounts = {row.id for rows in self._stored_accounts.values() for row in rows}
        products = {row.id for row in self._stored_products.values()}
        return {
            kind: stored_values(self.tx, kind, sorted(records)) if records else {}
            for kind, records in ((FieldObject.ACCOUNT, accounts), (FieldObject.PRODUCT, products))
        }

    def _list_prices(self) -> dict[tuple[int, str, date], Decimal]:
        prices, found = tables.price_entry.c, dict[tuple[int, str, date], Decimal]()
        for chunk in chunks(sorted(row.id for row in self._stored_products.values())):
            for row in self.tx.db.execute(
                select(tables.price_entry).where(not_withdrawn(tables.price_entry), prices.product_id.in_(chunk))
            ):
                found[row.product_id, row.currency, row.start] = row.unit_price
        return found

    # ------------------------------------------------------------------------------------------- judging

    def _judge_account(self, draft: AccountDraft) -> None:
        name = draft.number or draft.name
        rows = self._stored_accounts.get(name, [])
        rows = [row for row in rows if row.number == name] or rows
        wish = AddAccount(
            draft.name, draft.number, draft.currency or "", draft.country or "", payment_days=draft.payment_days
        )
        if len(rows) > 1:
            self._reject(draft, "name", name, "a name that one account has", "give the account's number")
        elif rows:
            said = self._said[FieldObject.ACCOUNT].get(rows[0].id, {})
            self._compare(draft, {"name": rows[0].name, "country": rows[0].country}, said, rows[0])
        elif name in self.buyers:
            before = self.buyers[name].account
            self._compare(draft, {"name": before.name, "country": before.country}, self.buyers[name].said.new)
        elif self._is_whole(draft, FieldObject.ACCOUNT, dict(draft.fields)):
            wish = replace(wish, currency=wish.currency or self.tx.settings["currency"])
            buyer = Buyer(wish, said=Said(new=dict(draft.fields)))
            self.buyers[name] = buyer
            self.buyers.setdefault(draft.name, buyer)
            self.tally.new += 1

    def _judge_product(self, draft: ProductDraft, prices: Sequence[PriceDraft]) -> None:
        row, ware = self._stored_products.get(draft.code), self.wares.get(draft.code)
        if row is not None:
            self._compare(draft, {"name": row.name}, self._said[FieldObject.PRODUCT].get(row.id, {}), row)
        elif ware is not None:
            self._compare(draft, {"name": ware.row.name}, ware.said.new)
        elif self._is_whole(draft, FieldObject.PRODUCT, dict(draft.fields)):
            model, unit = _sold(prices[0]) if prices else (draft.selling_model, draft.price_unit)
            made = self._make_ware(draft.code, draft.name, draft.kind, model, unit, draft.tax_category or "")
            made.said = Said(new=dict(draft.fields))
            self.tally.new += 1

    def _judge_price(self, draft: PriceDraft, ware: Ware | None, stored: dict[tuple[int, str, date], Decimal]) -> None:
        if ware is None:
            return
        day = draft.from_day or FIRST_DAY
        currency = currency_named(draft.currency).code
        above = known = ware.prices.get((currency, day))
        if known is None and ware.stored is not None:
            known = stored.get((ware.stored, currency, day))
        if known is None:
            ware.prices[currency, day] = draft.price
            self._prices.append((ware, currency, day, draft.price))
            self.tally.new += 1
        elif known == draft.price:
            self.tally.same += 1
        elif above is None:
            if self.changes.tell(draft, [FieldChange("price", plain(known), plain(draft.price))]) and ware.stored:
                change = FieldChange(f"{currency} {day}", plain(known), plain(draft.price))
                wish = SetPrice(ware.code, draft.price, day, currency)
                self.edits.append(_Edit(PRICE, ware.stored, [change], wish))
        else:
            expected = f"{plain(known)}, the price that {draft.product_code} has above in the file"
            self._reject(draft, "price", plain(draft.price), expected, "correct the file")

    def _ware_of(self, code: str, draft: PriceDraft) -> Ware | None:
        """The product that a price belongs to: the one of its code, or the one for its way of selling.

        None where it would be made without what is required of it; the price is rejected then.
        """
        own = self._ware_called(code, draft, Said())
        model, unit = _sold(draft)
        if own is None or (own.row.selling_model, own.row.price_unit) == (model.value, unit.value):
            return own
        return self._ware_called(variant_code(code, model, unit), draft, own.said.of_another())

    def _ware_called(self, code: str, draft: PriceDraft, said: Said) -> Ware | None:
        row = self._stored_products.get(code)
        if code not in self.wares and row is not None:
            self.wares[code] = Ware(row, row.id, said=Said(self._said[FieldObject.PRODUCT].get(row.id, {})))
        if code not in self.wares:
            if not self._is_whole(draft, FieldObject.PRODUCT, said.new):
                return None
            name = draft.product_name or draft.product_code
            self._make_ware(code, name, draft.kind, *_sold(draft), "").said = said
        return self.wares[code]

    def _make_ware(
        self,
        code: str,
        name: str,
        kind: Kind | None,
        model: SellingModel | None,
        unit: PriceUnit | None,
        tax_category: str,
    ) -> Ware:
        once = model is SellingModel.ONE_TIME or (model is None and unit is PriceUnit.ONCE)
        sort = kind or (Kind.PHYSICAL if once else Kind.SUBSCRIPTION)
        wish = AddProduct(name, code, None, sort, model, unit, tax_category=tax_category)
        self.wares[code] = ware = Ware(to_be_made(wish))
        return ware

    def _is_whole(self, draft: AccountDraft | ProductDraft | PriceDraft, kind: FieldObject, values: Values) -> bool:
        """Whether a new record has all that is required of it; else it is rejected."""
        for each in self._required:
            if each.object is kind and each not in values:
                expected = f"a value: {each.label} is needed of each {each.object}"
                self._reject(draft, each.api_name, "", expected, f"fill it in, or make the {kind} first")
                return False
        return True

    def _compare(
        self, draft: AccountDraft | ProductDraft, there: dict[str, str], said: Values, stored: Row[Any] | None = None
    ) -> None:
        """A record that is there already, in the store where it is `stored`: the same, or what differs."""
        told = [(name, getattr(draft, name), before) for name, before in there.items()]
        told += [(each.api_name, text_of(value), text_of(said.get(each))) for each, value in draft.fields]
        differences = [
            FieldChange(name, before, now) for name, now, before in told if now is not None and now != before
        ]
        if not differences:
            self.tally.same += 1
        elif stored is not None:
            if self.changes.tell(draft, differences):
                self.edits.append(_edit(draft, stored, differences))
        else:
            first = differences[0]
            expected = f"{first.before or 'nothing'}, as it is above in the file"
            self._reject(draft, first.field, first.now, expected, "correct the file")

    def _reject(
        self, draft: AccountDraft | ProductDraft | PriceDraft, column: str, found: str, expected: str, fix: str
    ) -> None:
        self.tally.rejected += 1
        self.tally.tell(RowProblem(draft.file, draft.row, column, found, expected, fix))


class _Edit(NamedTuple):
    """What changes a record, with its kind, its number in the store, and what is different then."""

    kind: str
    record: int
    changes: Sequence[FieldChange]
    wish: SetAccount | SetProduct | SetPrice


def _edit(draft: AccountDraft | ProductDraft, stored: Row[Any], differences: Sequence[FieldChange]) -> _Edit:
    """What makes a record in the store what a changed row says."""
    now = {each.field: each.now for each in differences}
    fields = tuple((each.name, text_of(value)) for each, value in draft.fields if each.api_name in now)
    if isinstance(draft, AccountDraft):
        account = SetAccount(stored.number, now.get("name"), now.get("country"), fields=fields)
        return _Edit(FieldObject.ACCOUNT.value, stored.id, differences, account)
    product = SetProduct(stored.code, now.get("name"), fields=fields)
    return _Edit(FieldObject.PRODUCT.value, stored.id, differences, product)


def _sold(price: PriceDraft) -> tuple[SellingModel, PriceUnit]:
    """How a price sells its product; what the file leaves open is as for a product that is made by hand."""
    kind = price.kind or Kind.SUBSCRIPTION
    return how_sold(AddProduct("", "", None, kind, price.selling_model, price.price_unit))


def _portions(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + _PORTION] for start in range(0, len(items), _PORTION))
