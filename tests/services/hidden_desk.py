"""A store with figures that stand out, and roles from which some or all of them are hidden."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.engine.hidden import Protected
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.fields import add_field
from calm_desktop.services.invoices import run
from calm_desktop.services.papers import pay
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import (
    AddAccount,
    AddField,
    AddProduct,
    AddTax,
    PayInvoice,
    RunInvoices,
    SaleLine,
    Sell,
    SetFieldAccess,
    SetRole,
)
from calm_desktop.services.roles import set_field_access, set_role
from calm_desktop.services.sales import sell
from calm_desktop.services.taxes import add_tax

TODAY = date(2022, 5, 15)
BLIND, ONE_EYED = "blind", "one-eyed"
SECRET_WORD = "Quetzalcoatl"
FIGURE = re.compile(r"\d[\d,]*\.\d\d(?!\d*[-:+Z])")
"""A figure of money or of a price, and no moment."""

PLANTED = {
    Protected.LIST_PRICE: ("88.17",),
    Protected.UNIT_PRICE: ("77.13",),
    Protected.DISCOUNT: ("3.33",),
    Protected.PAYMENT: ("41.27",),
    Protected.TAX: ("7.77",),
}
"""Figures that are nothing but the one field."""


def plant(path: Path) -> None:
    """Acme bought 3 licences at 77.13 less 3.33 %, was invoiced with 7.77 % tax, and paid 41.27.

    The role `blind` may do everything and sees no figure; from `one-eyed` nothing is hidden yet.
    """
    with Desk.open(path, TODAY) as desk:
        desk.do(add_field, AddField("Codename", FieldObject.ACCOUNT, FieldType.TEXT))
        desk.do(add_tax, AddTax("std", Decimal("7.77")))
        desk.do(add_product, AddProduct("Licence", "LIC", Decimal("88.17"), tax_category="std"))
        desk.do(add_account, AddAccount("Acme", fields=(("Codename", SECRET_WORD),)))
        priced = {"price": Decimal("77.13"), "discount": Decimal("3.33"), "end": date(2022, 12, 31)}
        line = SaleLine("LIC", Decimal(3), date(2022, 1, 1), **priced)  # type: ignore[arg-type]
        desk.do(sell, Sell("Acme", (line,)))
        made = desk.do(run, RunInvoices(date(2022, 3, 31), date(2022, 3, 31)))
        number = made.invoices[0].invoice.number
        assert number is not None
        desk.do(pay, PayInvoice(number, Decimal("41.27"), TODAY))
        everything = tuple(permission.value for permission in Permission if permission is not Permission.ACCESS)
        for role in (BLIND, ONE_EYED):
            desk.do(set_role, SetRole(role, allow=everything))
        for field in (*(each.value for each in Protected), "account.Codename"):
            desk.do(set_field_access, SetFieldAccess(BLIND, field, "hide"))
