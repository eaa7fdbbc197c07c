"""Products and their dated list prices."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.catalog import Kind, ListPrice, PriceUnit, SellingModel, list_price_on
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.limits import PRICE_LIMIT, problems_of_day, problems_of_number
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import given, write, write_new
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddProduct, AddSellingModel, ListProduct, SetPrice, SetProduct
from calm_desktop.services.shapes import ProductRow
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import product_rows
from calm_desktop.store import tables
from calm_desktop.store.ids import take


@use_case(Permission.CATALOGUE)
def add_product(tx: Tx, request: AddProduct) -> ProductRow:
    """A new product with its first list price. Refuses a code that exists and a price unit that its model rules out."""
    return product_rows(tx, add_products(tx, [request]))[0]


def add_products(tx: Tx, requests: Sequence[AddProduct]) -> list[int]:
    """New products, all or none; the answer is their numbers in the store, in the same order."""
    known = select(tables.product.c.code).where(not_withdrawn(tables.product))
    codes = [request.code.strip() for request in requests]
    taken = {code for chunk in chunks(codes) for code in tx.db.scalars(known.where(tables.product.c.code.in_(chunk)))}
    problems: list[Problem] = []
    products: list[dict[str, object]] = []
    prices: list[dict[str, object]] = []
    said = []
    first = take(tx.db, "product", len(requests))
    next_price = take(tx.db, "price_entry", sum(request.price is not None for request in requests))
    for place, (request, code) in enumerate(zip(requests, codes, strict=True)):
        model, unit = how_sold(request)
        said.append(given(tx, FieldObject.PRODUCT, request.fields, problems, new=True))
        problems.extend(_product_problems(request, code, model, unit, taken))
        taken.add(code)
        products.append(
            {
                "id": first + place,
                "code": code,
                "name": request.name.strip(),
                "kind": request.kind.value,
                "selling_model": model.value,
                "price_unit": unit.value,
                "tax_category": request.tax_category.strip(),
                "family": request.family.strip(),
            }
        )
        if request.price is not None:
            prices.append(
                {
                    "id": next_price,
                    "product_id": first + place,
                    "currency": currency_named(request.currency or tx.settings["currency"]).code,
                    "start": FIRST_DAY,
                    "unit_price": request.price,
                }
            )
            next_price += 1
    problems.extend(problem for row in products for problem in text_problems(tables.product, row))
    refuse_if(problems)
    tx.db.execute(tables.product.insert(), products)
    if prices:
        tx.db.execute(tables.price_entry.insert(), prices)
    added = list(range(first, first + len(requests)))
    write_new(tx, zip(added, said, strict=True))
    tx.touch("product")
    return added


def how_sold(request: AddProduct) -> tuple[SellingModel, PriceUnit]:
    """How a new product is sold and what a price pays for; what is not said follows from its kind."""
    model, unit = request.selling_model, request.price_unit
    if model is None:
        model = SellingModel.ONE_TIME if unit is PriceUnit.ONCE or _is_once(request.kind) else SellingModel.TERM
    if unit is None:
        unit = PriceUnit.ONCE if model is SellingModel.ONE_TIME else PriceUnit.MONTH
    return model, unit


def _product_problems(
    request: AddProduct, code: str, model: SellingModel, unit: PriceUnit, taken: Container[str]
) -> list[Problem]:
    found = []
    if not request.name.strip():
        found.append(Problem("missing-name", "name", "A product needs a name."))
    if not code:
        found.append(Problem("missing-code", "code", "A product needs a code, by which orders name it."))
    elif code in taken:
        words = f"There is a product with the code {code!r} already. Take another code."
        found.append(Problem("product-exists", "code", words))
    if model is SellingModel.ONE_TIME and unit is not PriceUnit.ONCE:
        words = "What is sold once has a price per once, not per month or year."
        found.append(Problem("bad-price-unit", "price_unit", words))
    if model is SellingModel.EVERGREEN and unit is PriceUnit.ONCE:
        words = "An evergreen product needs a price per month, quarter, half-year or year."
        found.append(Problem("bad-price-unit", "price_unit", words))
    return [*found, *(_price_problems(request.price) if request.price is not None else ())]


def _is_once(kind: Kind) -> bool:
    return kind in (Kind.PHYSICAL, Kind.PROFESSIONAL_SERVICE)


@use_case(Permission.CATALOGUE)
def set_product(tx: Tx, request: SetProduct) -> ProductRow:
    """Change a product's name, tax category or family; what is sold already keeps the tax category it was sold with."""
    product = find(tx, "product", request.product)
    if request.name is not None and not request.name.strip():
        raise Refused(Problem("missing-name", "name", "A product needs a name."))
    texts = {"name": request.name, "tax_category": request.tax_category, "family": request.family}
    values = {key: value.strip() for key, value in texts.items() if value is not None}
    problems = text_problems(tables.product, values)
    said = given(tx, FieldObject.PRODUCT, request.fields, problems)
    refuse_if(problems)
    if values:
        tx.set_values(tables.product, product, values, public_id("product", product))
    write(tx, FieldObject.PRODUCT, product, said)
    tx.touch("product")
    return product_rows(tx, [product])[0]


@use_case(Permission.CATALOGUE)
def set_price(tx: Tx, request: SetPrice) -> ProductRow:
    """A list price from a day on; asked again for the same day, the later answer holds."""
    product = find(tx, "product", request.product)
    refuse_if([*_price_problems(request.price), *problems_of_day("from", request.start)])
    currency = currency_named(request.currency or tx.settings["currency"])
    _write_price(tx, product, SetPrice(request.product, request.price, request.start, currency.code))
    tx.touch("product")
    return product_rows(tx, [product])[0]


@use_case(Permission.CATALOGUE)
def add_selling_model(tx: Tx, request: AddSellingModel) -> int:
    """Name a way of selling; the answer is its number in the store. Refuses a unit that its model rules out."""
    name = request.name.strip()
    problems = text_problems(tables.selling_model, {"name": name})
    if not name:
        problems.append(Problem("missing-name", "name", "A selling model needs a name."))
    if (request.model is SellingModel.ONE_TIME) != (request.price_unit is PriceUnit.ONCE):
        words = "What is sold once is priced once; what is sold for a term or evergreen, per month, quarter or year."
        problems.append(Problem("bad-price-unit", "price_unit", words))
    refuse_if(problems)
    row = {"name": name, "model": request.model.value, "price_unit": request.price_unit.value}
    number = take(tx.db, "selling_model")
    tx.db.execute(tables.selling_model.insert().values(id=number, **row))
    tx.touch("product")
    return number


@use_case(Permission.CATALOGUE)
def list_product(tx: Tx, request: ListProduct) -> int:
    """Put a product on the price list; the answer is the entry's number in the store.

    Refuses a second price from the same day on, and another way of selling once anything of the product is ordered.
    """
    product = find(tx, "product", request.product)
    refuse_if([*_price_problems(request.price), *problems_of_day("from", request.start)])
    currency = currency_named(request.currency or tx.settings["currency"])
    model = number_of("selling-model", request.selling_model) if request.selling_model else None
    if request.selling_model:
        _sell_as(tx, product, model)
    prices = tables.price_entry
    same = (prices.c.product_id == product) & (prices.c.currency == currency.code) & (prices.c.start == request.start)
    if tx.db.scalar(select(prices.c.id).where(same)) is not None:
        words = f"There is a price in {currency.code} from that day on already. Change that one, or name another day."
        raise Refused(Problem("price-exists", "from", words))
    _write_price(tx, product, SetPrice(request.product, request.price, request.start, currency.code))
    tx.db.execute(prices.update().where(same).values(selling_model_id=model))
    tx.touch("product")
    entry: int = tx.db.execute(select(prices.c.id).where(same)).scalar_one()
    return entry


def _sell_as(tx: Tx, product: int, model: int | None) -> None:
    """Sell a product in a named way from now on."""
    way = tx.db.execute(select(tables.selling_model).where(tables.selling_model.c.id == model)).one_or_none()
    if way is None:
        raise Refused(Problem("unknown-selling-model", "selling_model", "There is no such selling model."))
    mine = tables.product.c.id == product
    row = tx.db.execute(select(tables.product).where(mine)).one()
    if (row.selling_model, row.price_unit) == (way.model, way.price_unit):
        return
    items, prices = tables.order_item.c, tables.price_entry.c
    ordered = select(items.id).where(items.product_id == product).limit(1)
    priced = select(prices.id).where(prices.product_id == product).limit(1)
    if tx.db.scalar(ordered) is not None or tx.db.scalar(priced) is not None:
        words = (
            f"{row.name} is sold as {row.selling_model} per {row.price_unit} already, and has orders or prices. "
            "Make another product for another way of selling."
        )
        raise Refused(Problem("other-selling-model", "selling_model", words))
    values = {"selling_model": way.model, "price_unit": way.price_unit}
    tx.db.execute(tables.product.update().where(mine).values(**values))


def _price_problems(price: Decimal) -> list[Problem]:
    problems = problems_of_number("price", "The price", price, PRICE_LIMIT)
    return [replace(problem, code="bad-price") for problem in problems]


def _write_price(tx: Tx, product: int, entry: SetPrice) -> None:
    prices = tables.price_entry
    same = (prices.c.product_id == product) & (prices.c.currency == entry.currency) & (prices.c.start == entry.start)
    same &= not_withdrawn(prices)
    before = tx.db.scalar(select(prices.c.unit_price).where(same))
    called = f"{public_id('product', product)}: list price in {entry.currency} from {entry.start}"
    tx.note(called, {"price": before}, {"price": entry.price})
    if not tx.db.execute(prices.update().where(same).values(unit_price=entry.price)).rowcount:
        row = {"product_id": product, "currency": entry.currency, "start": entry.start, "unit_price": entry.price}
        tx.db.execute(prices.insert().values(id=take(tx.db, "price_entry"), **row))


def add_prices(tx: Tx, entries: Sequence[tuple[int, SetPrice]]) -> None:
    """Many list prices at once, each of a product (the store's number) and a day that has none yet."""
    if not entries:
        return
    first = take(tx.db, "price_entry", len(entries))
    rows = [
        {
            "id": number,
            "product_id": product,
            "currency": entry.currency,
            "start": entry.start,
            "unit_price": entry.price,
        }
        for number, (product, entry) in enumerate(entries, first)
    ]
    tx.db.execute(tables.price_entry.insert(), rows)
    tx.touch("product")


class PriceBook:
    """List prices of many products at once, read as they are asked for, or `load`ed together."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._entries: dict[int, dict[str, tuple[ListPrice, ...]]] = {}

    def load(self, products: Iterable[int]) -> None:
        """Read the prices of all these products (the store's numbers) at once."""
        prices = tables.price_entry.c
        for chunk in chunks(products):
            self._entries.update((product, {}) for product in chunk)
            query = select(prices.product_id, prices.currency, prices.start, prices.unit_price)
            query = query.where(not_withdrawn(tables.price_entry))
            for row in self._tx.db.execute(query.where(prices.product_id.in_(chunk))):
                entries = self._entries[row.product_id]
                entries[row.currency] = (*entries.get(row.currency, ()), ListPrice(row.start, row.unit_price))

    def price(self, product: int, currency: str, day: date) -> Decimal | None:
        """The list price of `product` (the store's number) in `currency` on `day`, or None where there is none."""
        if product not in self._entries:
            self.load([product])
        return list_price_on(self._entries[product].get(currency, ()), day)
