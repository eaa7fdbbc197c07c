"""Taxes: rates by product tax category and account tax profile, from a day on."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.catalog import ListPrice, list_price_on
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.limits import has_more_decimals, problems_of_day
from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.services.boundary import use_case
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AddTax
from calm_desktop.services.shapes import TaxRow
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

DECIMALS = 4
"""Of a tax rate."""


@use_case(Permission.TAXES)
def add_tax(tx: Tx, request: AddTax) -> TaxRow:
    """A category's rate, for one profile or for all, from a day on; for a day given again the later rate holds."""
    category, profile, start = request.category.strip(), request.profile.strip(), request.start or FIRST_DAY
    problems = []
    if not category:
        problems.append(
            Problem("missing-category", "category", "A tax rate needs the tax category of the products it is for.")
        )
    if not request.rate.is_finite() or not 0 <= request.rate <= 1000:
        problems.append(Problem("bad-rate", "rate", f"A tax rate is 0 to 1000 percent, not {request.rate}."))
    elif has_more_decimals(request.rate, DECIMALS):
        words = f"A tax rate has at most {DECIMALS} decimals, not as many as {request.rate}. Round it."
        problems.append(Problem("bad-rate", "rate", words))
    problems.extend(problems_of_day("from", request.start))
    problems.extend(text_problems(tables.tax_rate, {"category": category, "profile": profile}))
    refuse_if(problems)
    rates = tables.tax_rate
    same = (rates.c.category == category) & (rates.c.profile == profile) & (rates.c.start == start)
    before = tx.db.scalar(select(rates.c.rate).where(same))
    tx.note(f"tax {category} {profile}".rstrip() + f" from {start}", {"rate": before}, {"rate": request.rate})
    if not tx.db.execute(rates.update().where(same).values(rate=request.rate)).rowcount:
        row = {"category": category, "profile": profile, "start": start, "rate": request.rate}
        tx.db.execute(rates.insert().values(id=take(tx.db, "tax_rate"), **row))
    tx.touch("tax")
    return TaxRow(category, profile, start, request.rate)


class TaxRates:
    """Every tax rate of the store, to be asked for many lines."""

    def __init__(self, tx: Tx) -> None:
        rates = tables.tax_rate.c
        found: defaultdict[tuple[str, str], list[ListPrice]] = defaultdict(list)
        for row in tx.db.execute(select(rates.category, rates.profile, rates.start, rates.rate)):
            found[row.category, row.profile].append(ListPrice(row.start, row.rate))
        self._rates = {key: tuple(entries) for key, entries in found.items()}
        self._found: dict[tuple[str, str, date], Decimal | None] = {}

    def rate(self, category: str, profile: str, day: date) -> Decimal | None:
        """The rate in percent on `day`: that of the profile, else the one for all; None where there is neither."""
        asked = category, profile, day
        if asked not in self._found:
            self._found[asked] = self._look_up(category, profile, day)
        return self._found[asked]

    def _look_up(self, category: str, profile: str, day: date) -> Decimal | None:
        for key in ((category, profile), (category, "")):
            found = list_price_on(self._rates.get(key, ()), day)
            if found is not None:
                return found
        return None
