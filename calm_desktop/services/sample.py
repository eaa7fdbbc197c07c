"""Sample data: a small company's customers, with three years behind them and a year ahead, told day by day.

Everything is counted back from a day, so that the story is always as old as it was meant to be. It is told through the
same use-cases that people use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from calm_desktop.engine.catalog import Category, Kind, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import FIRST_DAY, Frequency, Timing, add_months
from calm_desktop.services import catalogue, customers, invoices, renewals, rollup, sales, taxes, usage
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    AddUsage,
    Find,
    Renew,
    Rollup,
    RunInvoices,
    SaleLine,
    Sell,
    SetAsset,
    SetPrice,
    Source,
)
from calm_desktop.services.sample_changes import changes_story
from calm_desktop.services.sample_payments import payments_story
from calm_desktop.services.views import list_assets

_EURO = Decimal("0.92")
_RENEWED_AHEAD = 75
"""Days before the end of a term on which its renewal is signed."""

_PRODUCTS = (
    AddProduct("Analytics Pro licence", "ANA-PRO", Decimal(24), tax_category="software"),
    AddProduct("Team workspace", "WORK-TEAM", Decimal(960), price_unit=PriceUnit.YEAR, tax_category="software"),
    AddProduct(
        "Data platform",
        "PLATFORM",
        Decimal(480),
        selling_model=SellingModel.EVERGREEN,
        tax_category="software",
    ),
    AddProduct("Sensor gateway", "GATEWAY", Decimal("249.90"), Kind.PHYSICAL, tax_category="goods"),
    AddProduct(
        "Gateway care",
        "CARE",
        Decimal(39),
        Kind.AFTERMARKET_SERVICE,
        price_unit=PriceUnit.YEAR,
        tax_category="services",
    ),
    AddProduct("Onboarding workshop", "ONBOARD", Decimal(1450), Kind.PROFESSIONAL_SERVICE, tax_category="services"),
    AddProduct("Metered API calls", "API", Decimal("0.0025"), Kind.USAGE, tax_category="software"),
)

_ACCOUNTS = (
    AddAccount("Alder Creek Roasters", currency="USD", country="US", tax_profile="US"),
    AddAccount("Pine & Lake Clinics", currency="USD", country="US", tax_profile="US", payment_days=45),
    AddAccount("Brightwater Ferries", currency="USD", country="US", tax_profile="US", bill_day=15),
    AddAccount("Quarry Hill Schools", currency="USD", country="US", tax_profile="US"),
    AddAccount("Tidewell Energy", currency="USD", country="US", tax_profile="US", invoice_by="order"),
    AddAccount("Orchard Street Books", currency="USD", country="US", tax_profile="US", payment_days=14),
    AddAccount("Sato Precision", currency="USD", country="JP", tax_profile="export"),
    AddAccount("Halden Robotics", currency="EUR", country="DE", tax_profile="DE"),
    AddAccount("Maison Verdier", currency="EUR", country="FR", tax_profile="FR"),
    AddAccount("Nordhafen Logistik", currency="EUR", country="DE", tax_profile="DE", payment_days=14),
    AddAccount("Lindqvist Möbler", currency="EUR", country="SE", tax_profile="export"),
    AddAccount("Bianchi Tessuti", currency="EUR", country="IT", tax_profile="export"),
)

_RATES = {
    "US": {"software": "0", "goods": "7.25", "services": "0"},
    "DE": {"software": "19", "goods": "19", "services": "19"},
    "FR": {"software": "20", "goods": "20", "services": "20"},
    "export": {"software": "0", "goods": "0", "services": "0"},
}


@dataclass(frozen=True, slots=True)
class _Sale:
    """A sale that starts `ago` months back (negative: ahead), and whether it was renewed each time it ended."""

    account: str
    product: str
    quantity: str
    ago: int
    term: int | None = 12
    price: str = ""
    discount: str = "0"
    currency: str = ""
    frequency: Frequency | None = None
    timing: Timing = Timing.ADVANCE
    category: Category | None = None
    source: Source | None = None
    renewed: tuple[RenewalPricing, ...] = ()
    pricing: RenewalPricing | None = None


_LAST, _LIST = RenewalPricing.LAST, RenewalPricing.LIST
_CROSS = Category.CROSS_SELLS

_SALES = (
    _Sale("Alder Creek Roasters", "ANA-PRO", "40", 34, renewed=(_LAST, _LIST), pricing=_LIST),
    _Sale(
        "Alder Creek Roasters",
        "GATEWAY",
        "12",
        30,
        None,
        category=_CROSS,
        source=Source(system="Web shop", reference="W-20817"),
    ),
    _Sale("Alder Creek Roasters", "CARE", "12", 30, 12, category=_CROSS, renewed=(_LAST, _LAST)),
    _Sale("Alder Creek Roasters", "ANA-PRO", "15", 19, 12, discount="5", renewed=(_LAST,)),
    _Sale("Alder Creek Roasters", "ANA-PRO", "25", 7, 12),
    _Sale("Alder Creek Roasters", "WORK-TEAM", "6", -1, 12, category=_CROSS),
    _Sale("Pine & Lake Clinics", "WORK-TEAM", "8", 33, 24, frequency=Frequency.ANNUAL, renewed=(_LAST,)),
    _Sale("Pine & Lake Clinics", "ONBOARD", "1", 33, None, source=Source(work_order="88213", line="4")),
    _Sale("Pine & Lake Clinics", "ANA-PRO", "20", 21, 12, discount="10", category=_CROSS, renewed=(_LAST,)),
    _Sale("Brightwater Ferries", "PLATFORM", "1", 28, None),
    _Sale("Brightwater Ferries", "GATEWAY", "30", 27, None, price="229.00", category=_CROSS),
    _Sale("Brightwater Ferries", "CARE", "30", 27, 36, frequency=Frequency.ANNUAL, category=_CROSS),
    _Sale(
        "Quarry Hill Schools",
        "ANA-PRO",
        "120",
        26,
        12,
        price="18.50",
        frequency=Frequency.QUARTERLY,
        renewed=(_LAST, _LAST),
    ),
    _Sale("Quarry Hill Schools", "WORK-TEAM", "3", 9, 12, frequency=Frequency.SEMI_ANNUAL, category=_CROSS),
    _Sale("Tidewell Energy", "PLATFORM", "2", 24, None, price="455"),
    _Sale("Tidewell Energy", "API", "500000", 24, 36),
    _Sale("Tidewell Energy", "ANA-PRO", "10", 12, 12, currency="EUR", category=_CROSS, renewed=(_LIST,)),
    _Sale("Orchard Street Books", "ANA-PRO", "10", 22, 12),
    _Sale("Orchard Street Books", "WORK-TEAM", "1", 5, 12, category=_CROSS),
    _Sale("Sato Precision", "ANA-PRO", "60", 31, 12, timing=Timing.ARREARS, renewed=(_LAST, _LIST)),
    _Sale("Sato Precision", "GATEWAY", "4", 15, None, category=_CROSS),
    _Sale("Halden Robotics", "ANA-PRO", "75", 35, 12, renewed=(_LAST, _LIST)),
    _Sale("Halden Robotics", "PLATFORM", "1", 20, None, category=_CROSS),
    _Sale("Halden Robotics", "ONBOARD", "2.5", 34, None, source=Source(work_order="88340", line="1"), category=_CROSS),
    _Sale("Maison Verdier", "WORK-TEAM", "5", 29, 12, frequency=Frequency.QUARTERLY, renewed=(_LAST, _LAST)),
    _Sale("Nordhafen Logistik", "ANA-PRO", "30", 18, 18, renewed=(_LIST,)),
    _Sale("Nordhafen Logistik", "GATEWAY", "45", 17, None, discount="8", category=_CROSS),
    _Sale("Lindqvist Möbler", "ANA-PRO", "12", 14, 12, renewed=(_LAST,)),
    _Sale("Lindqvist Möbler", "WORK-TEAM", "2", -1, 12, category=_CROSS),
    _Sale("Bianchi Tessuti", "ANA-PRO", "16", 25, 12, discount="12.5"),
)

_PRICE_CHANGES = ((24, "ANA-PRO", "25"), (12, "ANA-PRO", "26"), (12, "WORK-TEAM", "990"), (6, "PLATFORM", "510"))
"""Months ago, product, and the new list price in dollars; the price in euros follows."""


def fill(desk: Desk, progress: Callable[[int, int | None, str], None] | None = None) -> None:
    """Tell the story on an empty store, up to the desk's own day."""
    today = desk.today
    month = today.replace(day=1)
    first = desk.on(add_months(month, -37))
    _set_up(first, month)
    story = [*_invoice_runs(month, today), *_history(month, today), *_use(month, today), *_renewal_story(today)]
    story += changes_story(month, today)
    story += payments_story(tuple(account.name for account in _ACCOUNTS), month, today)
    story.sort(key=lambda step: step[0])
    for done, (day, act) in enumerate(story, 1):
        act(desk.on(day))
        if progress is not None:
            progress(done, len(story), "telling the story")
    desk.on(today).do(rollup.roll_up, Rollup())


_Step = tuple[date, Callable[[Desk], object]]


def _set_up(desk: Desk, month: date) -> None:
    for product in _PRODUCTS:
        desk.do(catalogue.add_product, replace(product, currency="USD"))
        _price(desk, product.code, (product.price or Decimal(0)) * _EURO, FIRST_DAY, "EUR")
    for ago, code, price in _PRICE_CHANGES:
        _price(desk, code, Decimal(price), add_months(month, -ago), "USD")
        _price(desk, code, Decimal(price) * _EURO, add_months(month, -ago), "EUR")
    for profile, rates in _RATES.items():
        for category, rate in rates.items():
            desk.do(taxes.add_tax, AddTax(category, Decimal(rate), profile))
    for account in _ACCOUNTS:
        desk.do(customers.add_account, account)


def _price(desk: Desk, code: str, price: Decimal, start: date, currency: str) -> None:
    desk.do(catalogue.set_price, SetPrice(code, price.quantize(Decimal("0.0001")), start, currency))


def _invoice_runs(month: date, today: date) -> list[_Step]:
    """A run on the second day of each month, up to the last one."""
    days = [add_months(month, -ago) + timedelta(days=1) for ago in range(35, -1, -1)]

    def run_on(day: date) -> Callable[[Desk], object]:
        return lambda desk: desk.do(invoices.run, RunInvoices(day))

    return [(day, run_on(day)) for day in days if day <= today]


def _history(month: date, today: date) -> list[_Step]:
    steps: list[_Step] = []
    for sale in _SALES:
        start = add_months(month, -sale.ago)
        label = _label(sale, start)
        steps.append((min(start - timedelta(days=6), today), _selling(sale, start, label)))
        end = start
        for pricing in sale.renewed:
            end = add_months(end, sale.term or 12)
            day = end - timedelta(days=_RENEWED_AHEAD)
            if day <= today:
                steps.append((day, _renewing(sale.account, label, pricing)))
    return steps


def _use(month: date, today: date) -> list[_Step]:
    """Calls of the metered API, told once a month by the meter: more each month, with the ups and downs of a year."""

    def told(day: date, calls: int) -> Callable[[Desk], object]:
        record = AddUsage("Metered API calls", day, Decimal(calls), f"meter-{day:%Y-%m}")
        return lambda desk: desk.do(usage.add_usage, record)

    days = [add_months(month, -ago) + timedelta(days=20) for ago in range(24, -1, -1)]
    ups_and_downs = (0, 4, 7, 9, 8, 5, 1, -3, -6, -7, -5, -2)
    return [
        (day, told(day, 380_000 + 9_000 * number + 8_000 * ups_and_downs[number % 12]))
        for number, day in enumerate(days)
        if day <= today
    ]


def _label(sale: _Sale, start: date) -> str:
    """The product's name; with its month where the account bought the product more than once."""
    name = next(product.name for product in _PRODUCTS if product.code == sale.product)
    times = sum((each.account, each.product) == (sale.account, sale.product) for each in _SALES)
    return name if times == 1 else f"{name} ({start:%b %Y})"


def _selling(sale: _Sale, start: date, label: str) -> Callable[[Desk], object]:
    line = SaleLine(
        product=sale.product,
        quantity=Decimal(sale.quantity),
        start=start,
        price=Decimal(sale.price) if sale.price else None,
        discount=Decimal(sale.discount),
        term=sale.term,
        frequency=sale.frequency,
        timing=sale.timing,
        category=sale.category,
        source=sale.source,
        asset_name=label,
    )

    def act(desk: Desk) -> None:
        result = desk.do(sales.sell, Sell(sale.account, (line,), currency=sale.currency))
        if sale.pricing is not None:
            desk.do(sales.set_asset, SetAsset(result.assets[0].asset.number, 12, None, sale.pricing))

    return act


def _renewing(account: str, label: str, pricing: RenewalPricing) -> Callable[[Desk], object]:
    def act(desk: Desk) -> None:
        owned = desk.ask(list_assets, Find(account=account))
        number = next(asset.number for asset in owned if asset.name == label)
        desk.do(renewals.renew, Renew((number,), pricing=pricing))

    return act


def _renewal_story(today: date) -> list[_Step]:
    """Ten licences at 10.00 a month, bought for a calendar year, and renewed in October for the next."""
    year = today.year if (today.month, today.day) >= (10, 15) else today.year - 1
    line = SaleLine("STORY", Decimal(10), date(year, 1, 1), term=12, asset_name="Licence")

    def sell(desk: Desk) -> None:
        desk.do(catalogue.add_product, AddProduct("Licence", "STORY", Decimal(10)))
        desk.do(sales.sell, Sell("Acme", (line,), create=True))

    def renew(desk: Desk) -> None:
        desk.do(renewals.renew, Renew(("Licence",), term=12, pricing=RenewalPricing.LAST))

    return [(date(year, 1, 1), sell), (date(year, 10, 15), renew)]
