"""Records made, changed, read and described: each is one of the services' use-cases, whose input is fields by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calm_desktop.engine.catalog import Category, Kind, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import FIRST_DAY, Frequency, TermUnit, Timing
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services import catalogue, customers, sales, settings
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import number_of
from calm_desktop.services.records.fields import Field, FieldKind, SObject, Unreadable, misread, number, read, told
from calm_desktop.services.records.objects import PRICE_UNITS, id_words, object_named, record_id
from calm_desktop.services.records.querying import Record, new_record
from calm_desktop.services.requests import (
    ActivateOrder,
    AddAccount,
    AddOrderLine,
    AddProduct,
    AddSellingModel,
    ListProduct,
    OpenOrder,
    SaleLine,
    SetAccount,
    SetAsset,
    SetOrder,
    SetPrice,
    SetProduct,
)
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number

Values = Mapping[str, Any]
"""What a request says, by the field's name, as `fields.read` has read it."""

Texts = tuple[tuple[str, str], ...]
"""What it says in fields of one's own."""


@dataclass(frozen=True, slots=True)
class Make:
    """A new record of an object."""

    object: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Other values in fields of a record."""

    object: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Show:
    """A record, whole or some of its fields."""

    object: str
    id: str
    fields: tuple[str, ...] = ()


# -- every object alike


def make(tx: Tx, request: Make) -> str:
    """Make a record; the answer is its id. Refuses unknown fields, those that cannot be given, and bad values."""
    target = _object(tx, request.object)
    values, own = _read(target, request.values, new=True)
    maker = _MAKERS.get(target.name)
    if maker is None:
        words = f"{target.label} records are not made like this: sales, renewals and invoice runs make them."
        raise Refused(Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "", words))
    return maker(tx, values, own)


def change(tx: Tx, request: Change) -> None:
    """Change a record. Refuses as `make` does."""
    target = _object(tx, request.object)
    _number_there(tx, target, request.id)
    values, own = _read(target, request.values, new=False)
    changer = _CHANGERS.get(target.name)
    if changer is None:
        words = f"{target.label} records are read-only here: what happened is never changed."
        raise Refused(Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "", words))
    changer(tx, request.id, values, own)


@view()
def show(tx: Tx, request: Show) -> Record:
    """A record with all its fields, or those that are named. Refuses an id that there is not."""
    target = _object(tx, request.object)
    there = _number_there(tx, target, request.id)
    fields = [_field(target, name) for name in request.fields] or list(target.fields)
    wanted = []
    for place, field in enumerate(fields):
        if field.sql is not None:
            wanted.append(field.sql.label(f"c{place}"))
        if field.currency is not None:
            wanted.append(field.currency.label(f"m{place}"))
    query = select(target.key.label("record"), *wanted).select_from(target.base).where(target.key == there)
    row = tx.db.execute(query, {"the_day": tx.today}).one()
    record, zone, words = new_record(target, there), settings.zone(tx.settings), id_words()
    for place, field in enumerate(fields):
        value = field.computed(tx, [there]).get(there) if field.computed else getattr(row, f"c{place}")
        code = None if field.currency is None else getattr(row, f"m{place}")
        record[field.name] = told(field, value, code, zone, words)
    return record


@view()
def describe(tx: Tx, name: str) -> dict[str, Any]:
    """What an object is, and every field of it."""
    target = _object(tx, name)
    return {
        **outline(target),
        "fields": [_described(field) for field in target.fields],
        "recordTypeInfos": [],
        "childRelationships": [],
        "urls": {"sobject": f"/sobjects/{target.name}", "describe": f"/sobjects/{target.name}/describe"},
    }


def outline(target: SObject) -> dict[str, Any]:
    """What an object is, in short."""
    from calm_desktop.services.ids import PREFIXES

    return {
        "name": target.name,
        "label": target.label,
        "labelPlural": f"{target.label}s",
        "keyPrefix": PREFIXES[target.ids],
        "custom": False,
        "queryable": True,
        "retrieveable": True,
        "searchable": False,
        "createable": target.name in _MAKERS,
        "updateable": target.name in _CHANGERS,
        "deletable": False,
    }


def _described(field: Field) -> dict[str, Any]:
    picks = [] if field.words is None else field.words.by_stored.values()
    is_number = field.kind in (FieldKind.NUMBER, FieldKind.PRICE, FieldKind.MONEY)
    return {
        "name": field.name,
        "label": field.label or field.name,
        "type": field.kind.told,
        "length": 18
        if field.kind in (FieldKind.ID, FieldKind.REFERENCE)
        else 255
        if field.kind is FieldKind.TEXT
        else 0,
        "precision": 18 if is_number else 0,
        "scale": 6 if is_number else 0,
        "nillable": not field.required and field.kind is not FieldKind.ID,
        "createable": field.create,
        "updateable": field.update,
        "filterable": field.sql is not None,
        "sortable": field.sql is not None,
        "groupable": field.sql is not None and not is_number,
        "aggregatable": field.sql is not None,
        "custom": field.own,
        "calculated": not field.create and not field.update,
        "referenceTo": list(field.refers) if field.kind is FieldKind.REFERENCE else [],
        "relationshipName": field.relation or None if field.kind is FieldKind.REFERENCE else None,
        "picklistValues": [
            {
                "value": words[0],
                "label": words[1] if len(words) > 1 else words[0],
                "active": True,
                "defaultValue": False,
            }
            for words in picks
        ],
    }


def _object(tx: Tx, name: str) -> SObject:
    found = object_named(tx, name)
    if found is None:
        raise Refused(Problem("NOT_FOUND", "", f"The requested resource does not exist: there is no object {name!r}."))
    return found


def _number_there(tx: Tx, target: SObject, text: str) -> int:
    there = number_of(target.ids, text.strip())
    exists = there is not None and there < 2**63
    if not exists or tx.db.scalar(select(target.key).select_from(target.base).where(target.key == there)) is None:
        words = f"Provided external ID field does not exist or is not accessible: {text[:40]}"
        raise Refused(Problem("NOT_FOUND", "Id", words))
    assert there is not None
    return there


def _field(target: SObject, name: str) -> Field:
    found = target.field(name)
    if found is None:
        words = f"No such column '{name[:80]}' on sobject of type {target.name}"
        raise Refused(Problem("INVALID_FIELD", name[:80], words))
    return found


def _read(target: SObject, given: Mapping[str, Any], *, new: bool) -> tuple[dict[str, Any], Texts]:
    """The values of a request, and its texts in fields of one's own; all that is wrong is told at once."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    own: list[tuple[str, str]] = []
    words = id_words()
    for name, value in given.items():
        if name == "attributes":
            continue
        try:
            field = _field(target, name)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        if not (field.create if new else field.update):
            told_so = f"Unable to create/update fields: {field.name}. They cannot be {'given' if new else 'changed'}."
            problems.append(Problem("INVALID_FIELD_FOR_INSERT_UPDATE", field.name, told_so))
            continue
        try:
            found = read(field, value, words)
        except Unreadable as error:
            problems.append(misread(field, value, error))
            continue
        if field.own:
            own.append((field.name, _own_text(found)))
        elif found is not None or not new:
            values[field.name] = found
    missing = [
        field.name
        for field in target.fields
        if field.required and not field.own and (new or field.name in values) and values.get(field.name) in (None, "")
    ]
    seen = {problem.field for problem in problems}
    if any(name not in seen for name in missing):
        names = ", ".join(name for name in missing if name not in seen)
        problems.append(Problem("REQUIRED_FIELD_MISSING", names, f"Required fields are missing: [{names}]"))
    refuse_if(problems)
    return values, tuple(own)


def _own_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# -- what each object does


def _make_account(tx: Tx, values: Values, own: Texts) -> str:
    return customers.add_account(
        tx,
        AddAccount(
            values["Name"],
            number=values.get("AccountNumber", ""),
            currency=values.get("CurrencyIsoCode", ""),
            country=values.get("BillingCountry", ""),
            bill_to=values.get("BillingStreet", ""),
            tax_profile=values.get("TaxProfile", ""),
            bill_day=values.get("BillDayOfMonth"),
            payment_days=values.get("PaymentDays"),
            invoice_by=values.get("InvoiceBy", ""),
            fields=own,
        ),
    ).id


def _change_account(tx: Tx, record: str, values: Values, own: Texts) -> None:
    texts = {"BillingCountry": "country", "BillingStreet": "bill_to", "TaxProfile": "tax_profile"}
    changed: dict[str, Any] = {ours: values[name] or "" for name, ours in texts.items() if name in values}
    if "BillDayOfMonth" in values:
        changed["bill_day"] = values["BillDayOfMonth"] or 0
    request = SetAccount(
        record,
        name=values.get("Name"),
        payment_days=values.get("PaymentDays"),
        invoice_by=values.get("InvoiceBy"),
        fields=own,
        **changed,
    )
    customers.set_account(tx, request)


def _must_be(values: Values, name: str, expected: object, words: str) -> None:
    if values.get(name, expected) != expected:
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", name, words))


def _make_product(tx: Tx, values: Values, own: Texts) -> str:
    _must_be(values, "IsActive", True, "Every product is active; one that is not sold any more has no price.")
    code = values.get("ProductCode", "") or f"P-{next_number(tx.db, 'product'):05d}"
    kind = Kind(values.get("ProductKind", Kind.SUBSCRIPTION.value))
    product = AddProduct(
        values["Name"],
        code,
        None,
        kind,
        tax_category=values.get("TaxCategory", ""),
        family=values.get("Family", ""),
        fields=own,
    )
    return catalogue.add_product(tx, product).id


def _change_product(tx: Tx, record: str, values: Values, own: Texts) -> None:
    _must_be(values, "IsActive", True, "Every product is active; one that is not sold any more has no price.")
    texts = {
        ours: values[name] or ""
        for name, ours in (("TaxCategory", "tax_category"), ("Family", "family"))
        if name in values
    }
    catalogue.set_product(tx, SetProduct(record, name=values.get("Name"), fields=own, **texts))


_MONTHS = {PriceUnit.MONTH: 1, PriceUnit.QUARTER: 3, PriceUnit.HALF_YEAR: 6, PriceUnit.YEAR: 12}


def _make_selling_model(tx: Tx, values: Values, own: Texts) -> str:
    model = SellingModel(values["SellingModelType"])
    unit = PriceUnit(values.get("PricingTermUnit", PriceUnit.ONCE.value if model is SellingModel.ONE_TIME else "month"))
    terms = values.get("PricingTerm", 1)
    months = _MONTHS.get(unit, 0) * terms
    if months or unit is not PriceUnit.ONCE:
        found = next((each for each, length in _MONTHS.items() if length == months), None)
        if found is None:
            words = f"A price is per 1, 3, 6 or 12 months, not per {terms} x {PRICE_UNITS.told(unit.value)}."
            raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "PricingTerm", words))
        unit = found
    added = catalogue.add_selling_model(tx, AddSellingModel(values["Name"], model, unit))
    return record_id(_object(tx, "ProductSellingModel"), added)


def _make_pricebook_entry(tx: Tx, values: Values, own: Texts) -> str:
    _must_be(values, "IsActive", True, "Every price is in force from its first day on. Leave IsActive out.")
    _must_be(values, "UseStandardPrice", False, "There is one price book, the standard one. Give a UnitPrice.")
    _check_pricebook(values)
    entry = ListProduct(
        values["Product2Id"],
        values["UnitPrice"],
        values.get("EffectiveFrom", FIRST_DAY),
        values.get("CurrencyIsoCode", ""),
        values.get("ProductSellingModelId", ""),
    )
    return record_id(_object(tx, "PricebookEntry"), catalogue.list_product(tx, entry))


def _change_pricebook_entry(tx: Tx, record: str, values: Values, own: Texts) -> None:
    _must_be(values, "IsActive", True, "Every price is in force from its first day on. Leave IsActive out.")
    if "UnitPrice" in values:
        entry = _entry(tx, record)
        product = record_id(_object(tx, "Product2"), entry.product_id)
        catalogue.set_price(tx, SetPrice(product, values["UnitPrice"], entry.start, entry.currency))


def _check_pricebook(values: Values) -> None:
    if "Pricebook2Id" in values and number_of("price-book", values["Pricebook2Id"]) != 1:
        words = "There is one price book, the standard one: SELECT Id FROM Pricebook2 WHERE IsStandard = true."
        raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "Pricebook2Id", words))


def _entry(tx: Tx, record: str) -> Any:
    entries = tables.price_entry
    found = tx.db.execute(select(entries).where(entries.c.id == number_of("price", record))).one_or_none()
    if found is None:
        words = "There is no such price book entry."
        raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "PricebookEntryId", words))
    return found


def _make_order(tx: Tx, values: Values, own: Texts) -> str:
    _check_pricebook(values)
    words = "An order is made as a draft. Add its items, then set Status to Activated."
    _must_be(values, "Status", "Draft", words)
    _must_be(values, "Type", "New", "Orders that amend, renew or cancel are made by the actions for it.")
    opened = OpenOrder(values["AccountId"], values["EffectiveDate"], values.get("CurrencyIsoCode", ""), own)
    return sales.open_draft(tx, opened).orders[0].id


def _change_order(tx: Tx, record: str, values: Values, own: Texts) -> None:
    orders = tables.sales_order
    row = tx.db.execute(select(orders).where(orders.c.id == number_of("order", record))).one()
    if "EffectiveDate" in values and values["EffectiveDate"] != row.effective_date:
        words = "The day of an order stays as it was given. Make another order."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "EffectiveDate", words))
    if own:
        sales.set_order(tx, SetOrder(record, own))
    status = values.get("Status", row.status)
    if status == "Activated":
        if row.status != "Activated":
            sales.activate(tx, ActivateOrder(record))
    elif status != row.status:
        words = (
            f"Order {row.number} is activated and stays so. What it did is changed by amending, cancelling or undoing."
        )
        raise Refused(Problem("FAILED_ACTIVATION", "Status", words))


def _make_order_item(tx: Tx, values: Values, own: Texts) -> str:
    product, currency = values.get("Product2Id"), None
    if "PricebookEntryId" in values:
        entry = _entry(tx, values["PricebookEntryId"])
        listed = record_id(_object(tx, "Product2"), entry.product_id)
        if product is not None and number_of("product", product) != entry.product_id:
            words = "Product2Id is another product than that of PricebookEntryId."
            raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "Product2Id", words))
        product, currency = listed, entry.currency
    if product is None:
        words = "Required fields are missing: [PricebookEntryId]"
        raise Refused(Problem("REQUIRED_FIELD_MISSING", "PricebookEntryId", words))
    orders = tables.sales_order.c
    order = tx.db.execute(
        select(orders.currency, orders.effective_date).where(orders.id == number_of("order", values["OrderId"]))
    ).one_or_none()
    if order is None:
        raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "OrderId", "There is no such order."))
    if currency is not None and order.currency != currency:
        words = f"The price is in {currency}, the order in {order.currency}."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "PricebookEntryId", words))
    line = _sale_line(tx, product, values, values.get("ServiceDate", order.effective_date))
    added = sales.add_line(tx, AddOrderLine(values["OrderId"], line))
    _check_term(tx, added[0], values)
    return added[0]


def _sale_line(tx: Tx, product: str, values: Values, start: date) -> SaleLine:
    count, end = values.get("PricingTermCount"), values.get("EndDate")
    term = None
    if end is None and count is not None:
        products = tables.product.c
        unit = tx.db.scalar(select(products.price_unit).where(products.id == number_of("product", product)))
        months = Decimal(PriceUnit(unit or "month").months) * count
        if months != months.to_integral_value() or months <= 0:
            words = f"PricingTermCount: {number(count)} is no whole number of months. Give an EndDate."
            raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "PricingTermCount", words))
        term = int(months)
    frequency = values.get("BillingFrequency2")
    category = values.get("Category")
    return SaleLine(
        product=product,
        quantity=values["Quantity"],
        start=start,
        price=values.get("UnitPrice"),
        discount=values.get("Discount", Decimal(0)),
        discount_amount=values.get("DiscountAmount", Decimal(0)),
        end=end,
        term=term,
        term_unit=TermUnit.MONTHS,
        frequency=None if frequency is None else Frequency(frequency),
        timing=Timing(values.get("BillingTiming", Timing.ADVANCE.value)),
        category=None if category is None else Category(category),
        asset_name=values.get("AssetName", ""),
    )


def _check_term(tx: Tx, item: str, values: Values) -> None:
    """Refuse a count that is not that of the days given with it."""
    if values.get("PricingTermCount") is None or values.get("EndDate") is None:
        return
    target = _object(tx, "OrderItem")
    field, there = target.field("PricingTermCount"), number_of("order-item", item)
    assert field is not None
    assert field.computed is not None
    assert there is not None
    count, asked = field.computed(tx, [there])[there], values["PricingTermCount"]
    if count is not None and round(count, max(0, -asked.as_tuple().exponent)) != asked:
        words = f"PricingTermCount is {number(asked)}, but the days up to EndDate count {number(count)}. Leave one out."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "PricingTermCount", words))


def _change_asset(tx: Tx, record: str, values: Values, own: Texts) -> None:
    unit, pricing = values.get("RenewalTermUnit"), values.get("RenewalPricingType")
    cleared = sorted(name for name, value in values.items() if value is None)
    if cleared:
        words = f"{', '.join(cleared)} cannot be emptied: a renewal may be asked for with other terms."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", ", ".join(cleared), words))
    request = SetAsset(
        record,
        values.get("RenewalTerm"),
        None if unit is None else TermUnit(unit),
        None if pricing is None else RenewalPricing(pricing),
        own,
    )
    sales.set_asset(tx, request)


_MAKERS: Mapping[str, Callable[[Tx, Values, Texts], str]] = {
    "Account": _make_account,
    "Product2": _make_product,
    "ProductSellingModel": _make_selling_model,
    "PricebookEntry": _make_pricebook_entry,
    "Order": _make_order,
    "OrderItem": _make_order_item,
}
_CHANGERS: Mapping[str, Callable[[Tx, str, Values, Texts], None]] = {
    "Account": _change_account,
    "Product2": _change_product,
    "PricebookEntry": _change_pricebook_entry,
    "Order": _change_order,
    "Asset": _change_asset,
}


def is_made(name: str) -> bool:
    """Whether records of an object can be made."""
    return name in _MAKERS


def is_changed(name: str) -> bool:
    """Whether records of an object can be changed."""
    return name in _CHANGERS
