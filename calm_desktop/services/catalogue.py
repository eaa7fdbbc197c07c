"""Products and their dated list prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.catalog import Kind, ListPrice, PriceUnit, SellingModel, list_price_on
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import AddProduct, SetPrice, SetProduct
from calm_desktop.services.shapes import ProductRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import product_rows
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_LIMIT = Decimal(10) ** 12


def add_product(tx: Tx, request: AddProduct) -> ProductRow:
    """A new product with its first list price. Refuses a code that exists and a price unit that its model rules out."""
    name, code = request.name.strip(), request.code.strip()
    unit, model = request.price_unit, request.selling_model
    if model is None:
        model = SellingModel.ONE_TIME if unit is PriceUnit.ONCE or _is_once(request.kind) else SellingModel.TERM
    if unit is None:
        unit = PriceUnit.ONCE if model is SellingModel.ONE_TIME else PriceUnit.MONTH
    currency = currency_named(request.currency or tx.settings["currency"])
    problems = []
    if not name:
        problems.append(Problem("missing-name", "name", "A product needs a name."))
    if not code:
        problems.append(Problem("missing-code", "code", "A product needs a code, by which orders name it."))
    elif tx.db.scalar(select(tables.product.c.id).where(tables.product.c.code == code)) is not None:
        problems.append(
            Problem("product-exists", "code", f"There is a product with the code {code!r} already. Take another code.")
        )
    if (model is SellingModel.ONE_TIME) and unit is not PriceUnit.ONCE:
        problems.append(
            Problem("bad-price-unit", "price_unit", "What is sold once has a price per once, not per month or year.")
        )
    if model is SellingModel.EVERGREEN and unit is PriceUnit.ONCE:
        problems.append(
            Problem(
                "bad-price-unit",
                "price_unit",
                "An evergreen product needs a price per month, quarter, half-year or year.",
            )
        )
    problems.extend(_price_problems(request.price))
    refuse_if(problems)
    product = take(tx.db, "product")
    tx.db.execute(
        tables.product.insert().values(
            id=product,
            code=code,
            name=name,
            kind=request.kind.value,
            selling_model=model.value,
            price_unit=unit.value,
            tax_category=request.tax_category.strip(),
            family=request.family.strip(),
        )
    )
    _write_price(tx, product, SetPrice(code, request.price, FIRST_DAY, currency.code))
    tx.touch("product")
    return product_rows(tx, [product])[0]


def _is_once(kind: Kind) -> bool:
    return kind in (Kind.PHYSICAL, Kind.PROFESSIONAL_SERVICE)


def set_product(tx: Tx, request: SetProduct) -> ProductRow:
    """Change a product's name, tax category or family; what is sold already keeps the tax category it was sold with."""
    product = find(tx, "product", request.product)
    if request.name is not None and not request.name.strip():
        raise Refused(Problem("missing-name", "name", "A product needs a name."))
    given = {"name": request.name, "tax_category": request.tax_category, "family": request.family}
    values = {key: value.strip() for key, value in given.items() if value is not None}
    if values:
        tx.db.execute(tables.product.update().where(tables.product.c.id == product).values(**values))
    tx.touch("product")
    return product_rows(tx, [product])[0]


def set_price(tx: Tx, request: SetPrice) -> ProductRow:
    """A list price from a day on; asked again for the same day, the later answer holds."""
    product = find(tx, "product", request.product)
    refuse_if(_price_problems(request.price))
    currency = currency_named(request.currency or tx.settings["currency"])
    _write_price(tx, product, SetPrice(request.product, request.price, request.start, currency.code))
    tx.touch("product")
    return product_rows(tx, [product])[0]


def _price_problems(price: Decimal) -> list[Problem]:
    if 0 <= price < _LIMIT:
        return []
    return [Problem("bad-price", "price", f"A price is at least 0 and less than 1,000,000,000,000, not {price}.")]


def _write_price(tx: Tx, product: int, entry: SetPrice) -> None:
    prices = tables.price_entry
    same = (prices.c.product_id == product) & (prices.c.currency == entry.currency) & (prices.c.start == entry.start)
    if not tx.db.execute(prices.update().where(same).values(unit_price=entry.price)).rowcount:
        row = {"product_id": product, "currency": entry.currency, "start": entry.start, "unit_price": entry.price}
        tx.db.execute(prices.insert().values(id=take(tx.db, "price"), **row))


class PriceBook:
    """List prices of many products at once, read as they are asked for."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._entries: dict[tuple[int, str], tuple[ListPrice, ...]] = {}

    def price(self, product: int, currency: str, day: date) -> Decimal | None:
        """The list price of `product` (the store's number) in `currency` on `day`, or None where there is none."""
        key = product, currency
        if key not in self._entries:
            prices = tables.price_entry.c
            rows = self._tx.db.execute(
                select(prices.start, prices.unit_price).where(prices.product_id == product, prices.currency == currency)
            )
            self._entries[key] = tuple(ListPrice(row.start, row.unit_price) for row in rows)
        return list_price_on(self._entries[key], day)
