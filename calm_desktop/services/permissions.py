"""What people and programs may be permitted, and the roles that there are from the beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a role may be permitted; every use-case and every view needs one of these."""

    SEE = "See records"
    REPORTS = "See reports"
    SELL = "Sell"
    CHANGE = "Change assets"
    UNDO = "Undo"
    CUSTOMERS = "Keep customers"
    CATALOGUE = "Keep products and prices"
    TAXES = "Keep taxes and exchange rates"
    USAGE = "Record usage"
    INVOICE = "Invoice"
    PAPERS = "Settle invoices"
    IMPORT = "Import files"
    EXPORT = "Export the store"
    APIS = "Access asset lifecycle APIs"
    FIELDS = "Define fields"
    SETTINGS = "Set rules of the business"
    ACCESS = "Keep users, roles and tokens"
    AUDIT = "See the audit trail"
    CARE = "Care for the store"


class Role(StrEnum):
    """The roles that there are from the beginning."""

    REP = "rep"
    FINANCE = "finance"
    INTEGRATOR = "integrator"
    ADMIN = "admin"
    READ_ONLY = "read-only"


_P = Permission
AT_FIRST: Mapping[str, frozenset[Permission]] = {
    Role.REP: frozenset({_P.SEE, _P.REPORTS, _P.SELL, _P.CHANGE, _P.UNDO, _P.CUSTOMERS, _P.USAGE}),
    Role.FINANCE: frozenset(
        {_P.SEE, _P.REPORTS, _P.CUSTOMERS, _P.TAXES, _P.USAGE, _P.INVOICE, _P.PAPERS, _P.EXPORT, _P.AUDIT}
    ),
    Role.INTEGRATOR: frozenset(
        {
            _P.SEE,
            _P.SELL,
            _P.CHANGE,
            _P.UNDO,
            _P.CUSTOMERS,
            _P.CATALOGUE,
            _P.USAGE,
            _P.INVOICE,
            _P.PAPERS,
            _P.IMPORT,
            _P.EXPORT,
            _P.APIS,
        }
    ),
    Role.ADMIN: frozenset(Permission),
    Role.READ_ONLY: frozenset({_P.SEE, _P.REPORTS}),
}
"""What each of them may do until it is set otherwise. An admin may do everything, and stays so."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do and see: its permissions, the fields that are hidden, and those that it may only read.

    Fields are named by the words of `engine.hidden.Protected`, those of one's own like `account.Region`.
    """

    permissions: frozenset[Permission] = frozenset(Permission)
    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()


EVERYTHING = Rights()
"""The rights of an admin, and of whoever is alone at the desk."""
