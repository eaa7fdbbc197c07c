"""Products and their prices, customers, taxes, exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from calm_desktop.cli.headings import LISTS
from calm_desktop.cli.session import Session, family, given, needed, verb
from calm_desktop.cli.tables import rows_of, usage_price_sheets, with_fields
from calm_desktop.cli.words import DryRun, FieldTexts, Given, name, read_fields, text
from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel, UsageModel
from calm_desktop.engine.limits import LONGEST_PAYMENT
from calm_desktop.engine.reading import Reader
from calm_desktop.engine.usage import FLAT, MOST_FREE_EVENTS, Tier, UsagePrice


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    product = family(app, "product", "Products and their list prices.")
    verb(product, "add")(add_product)
    verb(product, "price")(set_price)
    verb(product, "set")(set_product)
    verb(product, "list")(list_products)
    verb(product, "usage")(usage_price)
    account = family(app, "account", "Customers.")
    verb(account, "add")(add_account)
    verb(account, "set")(set_account)
    verb(account, "list")(list_accounts)
    tax = family(app, "tax", "Tax rates.")
    verb(tax, "add")(add_tax)
    verb(tax, "list")(list_taxes)
    rate = family(app, "rate", "Exchange rates.")
    verb(rate, "add")(add_rate)
    verb(rate, "list")(list_rates)


Currency = Annotated[Given, text("--currency", "CODE", "A currency such as USD; the organisation's unless given.")]
TaxCategory = Annotated[Given, text("--tax-category", "T", "The category by which it is taxed; none: not taxed.")]
Family = Annotated[Given, text("--family", "F", "The revenue family.")]


def _show_product(session: Session, row: object, dry_run: bool) -> None:
    session.answer(row, lambda: [rows_of("Product", [row], with_fields(LISTS["products"], [row]))], dry_run)


def add_product(
    session: Session,
    called: Annotated[str, name("NAME", "What the product is called.")],
    code: Annotated[str, text("--code", "C", "The short name by which orders know it.")],
    price: Annotated[str, text("--price", "P", "The list price of one unit.")],
    kind: Annotated[
        Given,
        text(
            "--kind", "KIND", "subscription (the default), physical, usage, professional-service, aftermarket-service."
        ),
    ] = None,
    currency: Currency = None,
    selling_model: Annotated[
        Given, text("--selling-model", "MODEL", "term (the default of a subscription), evergreen or one-time.")
    ] = None,
    price_unit: Annotated[
        Given, text("--price-unit", "UNIT", "What the price is for: month, quarter, half-year, year or once.")
    ] = None,
    tax_category: TaxCategory = None,
    revenue_family: Family = None,
    field: FieldTexts = None,
    dry_run: DryRun = False,
) -> None:
    """Add a product with its list price.

    \b
    Example:
      calm-desktop product add "Licence" --code LIC --kind subscription --price 10 --price-unit month
    """
    read = session.read
    amount = read.price("price", price)
    of_kind = Kind.SUBSCRIPTION if kind is None else read.word("kind", kind, Kind)
    said = read_fields(read, field)
    model = None if selling_model is None else read.word("selling-model", selling_model, SellingModel)
    unit = None if price_unit is None else read.word("price-unit", price_unit, PriceUnit)
    read.done()
    from calm_desktop.services import catalogue
    from calm_desktop.services.requests import AddProduct

    request = AddProduct(
        called,
        code,
        needed(amount),
        needed(of_kind),
        model,
        unit,
        currency or "",
        tax_category or "",
        revenue_family or "",
        said,
    )
    _show_product(session, session.change(catalogue.add_product, request, dry_run), dry_run)


def set_price(
    session: Session,
    product: Annotated[str, name("CODE", "Which product.")],
    price: Annotated[str, text("--price", "P", "The new list price of one unit.")],
    start: Annotated[str, text("--from", "DATE", "The first day on which it holds; earlier prices stay.")],
    currency: Currency = None,
    dry_run: DryRun = False,
) -> None:
    """Change a list price from a day on.

    \b
    Example:
      calm-desktop product price LIC --price 12 --from 2022-06-01
    """
    amount, day = session.read.price("price", price), session.read.day("from", start)
    session.read.done()
    from calm_desktop.services import catalogue
    from calm_desktop.services.requests import SetPrice

    request = SetPrice(product, needed(amount), needed(day), currency or "")
    _show_product(session, session.change(catalogue.set_price, request, dry_run), dry_run)


def set_product(
    session: Session,
    product: Annotated[str, name("CODE", "Which product.")],
    called: Annotated[Given, text("--name", "NAME", "What it is called from now on.")] = None,
    tax_category: TaxCategory = None,
    revenue_family: Family = None,
    field: FieldTexts = None,
    dry_run: DryRun = False,
) -> None:
    """Change what describes a product.

    \b
    Example:
      calm-desktop product set LIC --tax-category standard
    """
    said = read_fields(session.read, field)
    session.read.done()
    from calm_desktop.services import catalogue
    from calm_desktop.services.requests import SetProduct

    request = SetProduct(product, called, tax_category, revenue_family, said)
    _show_product(session, session.change(catalogue.set_product, request, dry_run), dry_run)


def list_products(session: Session) -> None:
    """List the products; the same as `list products`.

    \b
    Example:
      calm-desktop product list
    """
    _listed(session, "products")


def usage_price(
    session: Session,
    product: Annotated[str, name("CODE", "Which usage product.")],
    model: Annotated[
        Given,
        text("--model", "MODEL", "flat, graduated, volume, package or percentage; without it, what holds is shown."),
    ] = None,
    tier: Annotated[
        list[str] | None,
        text(
            "--tier", "UPPER:UNIT:FLAT", "A tier: up to a quantity (inf: open), price of a unit, fee; more than once."
        ),
    ] = None,
    included: Annotated[Given, text("--included", "N", "Units of a whole period that cost nothing.")] = None,
    package_size: Annotated[Given, text("--package-size", "N", "Units of a package.")] = None,
    package_price: Annotated[Given, text("--package-price", "P", "The price of a package that was started.")] = None,
    percent: Annotated[Given, text("--percent", "PCT", "Percent of the quantity, which is an amount then.")] = None,
    fixed_fee: Annotated[Given, text("--fixed-fee", "P", "The fee for each record beyond the free ones.")] = None,
    free_units: Annotated[
        Given, text("--free-units", "N", "Units without a charge, before packages or percent.")
    ] = None,
    free_events: Annotated[Given, text("--free-events", "N", "Records without the fixed fee.")] = None,
    currency: Currency = None,
    start: Annotated[
        Given, text("--from", "DATE", "For periods that begin on or after it; the first price: always, else today.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Say how use of a product is rated; flat takes the price at which it was sold.

    \b
    Examples:
      calm-desktop product usage CALLS --model graduated --tier 1000:0.01:0 --tier inf:0.005:2 --included 100
      calm-desktop product usage MAIL --model package --package-size 1000 --package-price 4 --free-units 500
      calm-desktop product usage CALLS
    """
    read = session.read

    def amount(field: str, value: str) -> Decimal | None:
        return read.number(field, value, 6, "10 or 2.5")

    word = given(lambda field, value: read.word(field, value, UsageModel), "model", model)
    events = given(lambda field, value: read.whole(field, value, 0, MOST_FREE_EVENTS - 1), "free-events", free_events)
    price = UsagePrice(
        word or UsageModel.FLAT,
        tuple(step for each in tier or [] if (step := _tier(read, each)) is not None),
        package_size=given(amount, "package-size", package_size),
        package_price=given(amount, "package-price", package_price),
        percent=given(amount, "percent", percent),
        fixed_fee=given(amount, "fixed-fee", fixed_fee) or Decimal(0),
        free_units=given(amount, "free-units", free_units) or Decimal(0),
        free_events=events or 0,
        included=given(amount, "included", included) or Decimal(0),
    )
    day = given(read.day, "from", start)
    if model is None and (price != FLAT or currency is not None or start is not None):
        read.wrong("missing-model", "model", f"model: say how use is rated, one of {', '.join(UsageModel)}.")
    read.done()
    from calm_desktop.services import usage, views
    from calm_desktop.services.requests import Look, SetUsagePrice

    if word is None:
        found = session.ask(views.usage_prices, Look(product))
    else:
        request = SetUsagePrice(product, price, currency or "", day)
        found = session.change(usage.set_usage_price, request, dry_run)
    session.answer(found, lambda: usage_price_sheets(found), dry_run)


def _tier(read: Reader, words: str) -> Tier | None:
    """The tier that `10:5:2` or `inf:5` names: up to 10 units, 5 each, and 2 for the tier."""
    parts = words.split(":")
    if len(parts) not in (2, 3):
        read.wrong("bad-tier", "tier", f"tier: {words!r} is no tier. Write it like 10:5:2 (up to 10, 5 each, fee 2).")
        return None
    upper = None if parts[0].strip().casefold() == "inf" else read.number("tier", parts[0], 6, "10, or inf")
    unit, flat = read.number("tier", parts[1], 6, "0.05"), read.number("tier", "".join(parts[2:]) or "0", 6, "2")
    return None if unit is None or flat is None else Tier(upper, unit, flat)


Country = Annotated[Given, text("--country", "X", "The customer's country.")]
TaxProfile = Annotated[Given, text("--tax-profile", "T", "How the customer is taxed; see `tax add --profile`.")]
BillTo = Annotated[Given, text("--bill-to", "ADDRESS", "Where invoices go.")]
PaymentDays = Annotated[Given, text("--payment-days", "N", "Days from invoice date to due date.")]
InvoiceBy = Annotated[Given, text("--invoice-by", "WHAT", "account: one invoice a day for all; order: one per order.")]


def add_account(
    session: Session,
    called: Annotated[str, name("NAME", "What the customer is called.")],
    number: Annotated[Given, text("--number", "N", "The customer's number; the next one unless given.")] = None,
    currency: Currency = None,
    country: Country = None,
    tax_profile: TaxProfile = None,
    bill_to: BillTo = None,
    bill_day: Annotated[Given, text("--bill-day", "N", "The day of month on which it is billed, 1 to 31.")] = None,
    payment_days: PaymentDays = None,
    invoice_by: InvoiceBy = None,
    field: FieldTexts = None,
    dry_run: DryRun = False,
) -> None:
    """Add a customer.

    \b
    Example:
      calm-desktop account add "Acme" --country US --bill-day 15 --payment-days 30
    """
    day = given(lambda field, value: session.read.whole(field, value, 1, 31), "bill-day", bill_day)
    days = given(
        lambda field, value: session.read.whole(field, value, 0, LONGEST_PAYMENT), "payment-days", payment_days
    )
    said = read_fields(session.read, field)
    session.read.done()
    from calm_desktop.services import customers
    from calm_desktop.services.requests import AddAccount

    request = AddAccount(
        called,
        number or "",
        currency or "",
        country or "",
        tax_profile or "",
        bill_to or "",
        day,
        days,
        invoice_by or "",
        said,
    )
    _show_account(session, session.change(customers.add_account, request, dry_run), dry_run)


def set_account(
    session: Session,
    account: Annotated[str, name("NAME", "Which customer: id, number or name.")],
    called: Annotated[Given, text("--name", "NAME", "What it is called from now on.")] = None,
    country: Country = None,
    tax_profile: TaxProfile = None,
    bill_to: BillTo = None,
    bill_day: Annotated[Given, text("--bill-day", "N", "The day of month on which it is billed; 0: none.")] = None,
    payment_days: PaymentDays = None,
    invoice_by: InvoiceBy = None,
    field: FieldTexts = None,
    dry_run: DryRun = False,
) -> None:
    """Change a customer.

    \b
    Examples:
      calm-desktop account set Acme --tax-profile domestic --bill-day 0
      calm-desktop account set Acme --field Region=West
    """
    day = given(lambda field, value: session.read.whole(field, value, 0, 31), "bill-day", bill_day)
    days = given(
        lambda field, value: session.read.whole(field, value, 0, LONGEST_PAYMENT), "payment-days", payment_days
    )
    said = read_fields(session.read, field)
    session.read.done()
    from calm_desktop.services import customers
    from calm_desktop.services.requests import SetAccount

    request = SetAccount(account, called, country, tax_profile, bill_to, day, days, invoice_by, said)
    _show_account(session, session.change(customers.set_account, request, dry_run), dry_run)


def _show_account(session: Session, head: object, dry_run: bool) -> None:
    columns = {
        "Number": "number",
        "Name": "name",
        "Currency": "currency",
        "Country": "country",
        "Tax profile": "tax_profile",
        "Bill day": "bill_day",
        "Payment days": "payment_days",
        "Id": "id",
    }
    session.answer(head, lambda: [rows_of("Account", [head], with_fields(columns, [head]))], dry_run)


def list_accounts(session: Session) -> None:
    """List the customers; the same as `list accounts`.

    \b
    Example:
      calm-desktop account list
    """
    _listed(session, "accounts")


def add_tax(
    session: Session,
    category: Annotated[str, name("CATEGORY", "The tax category of products.")],
    rate: Annotated[str, text("--rate", "PCT", "The rate in percent.")],
    profile: Annotated[
        Given, text("--profile", "T", "For customers of this tax profile; for all unless given.")
    ] = None,
    start: Annotated[Given, text("--from", "DATE", "The first day on which it holds; always unless given.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Add the tax rate of a category.

    \b
    Example:
      calm-desktop tax add standard --rate 7.7 --from 2022-01-01
    """
    percent, day = session.read.percent("rate", rate, 1000), given(session.read.day, "from", start)
    session.read.done()
    from calm_desktop.services import taxes
    from calm_desktop.services.requests import AddTax

    row = session.change(taxes.add_tax, AddTax(category, needed(percent), profile or "", day), dry_run)
    session.answer(row, lambda: [rows_of("Tax", [row], LISTS["taxes"])], dry_run)


def list_taxes(session: Session) -> None:
    """List the tax rates.

    \b
    Example:
      calm-desktop tax list
    """
    _listed(session, "taxes")


def add_rate(
    session: Session,
    currency: Annotated[str, name("CURRENCY", "The currency whose worth is told, such as EUR.")],
    rate: Annotated[str, text("--rate", "R", "How many units of the other currency one unit of it is worth.")],
    to: Annotated[
        Given, text("--to", "CODE", "The other currency; the reporting currency, or the organisation's, unless given.")
    ] = None,
    start: Annotated[Given, text("--from", "DATE", "The first day on which it holds; today unless given.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Add an exchange rate from a day on.

    \b
    Examples:
      calm-desktop settings set reporting-currency USD
      calm-desktop rate add EUR --rate 1.0845 --to USD --from 2022-01-01
    """
    worth, day = session.read.number("rate", rate, 10, "1.0845"), given(session.read.day, "from", start)
    session.read.done()
    from calm_desktop.services import exchange
    from calm_desktop.services.requests import AddRate

    row = session.change(exchange.add_rate, AddRate(currency, needed(worth), to or "", day), dry_run)
    session.answer(row, lambda: [rows_of("Exchange rate", [row], LISTS["rates"])], dry_run)


def list_rates(session: Session) -> None:
    """List the exchange rates.

    \b
    Example:
      calm-desktop rate list
    """
    from calm_desktop.services import exchange

    rows = session.ask(exchange.list_rates, None)
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("", rows, LISTS["rates"], "No rates.")])


def _listed(session: Session, kind: str) -> None:
    from calm_desktop.services import views
    from calm_desktop.services.requests import Find

    rows = session.ask(getattr(views, f"list_{kind}"), Find())
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("", rows, with_fields(LISTS[kind], rows))])
