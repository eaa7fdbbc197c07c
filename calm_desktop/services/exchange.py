"""Exchange rates: kept from a day on, and used for one reporting currency where the organisation asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from calm_desktop.engine.exchange import Conversion, ExchangeRate, converted_sum, rate_on
from calm_desktop.engine.limits import RATE_LIMIT, has_more_decimals, problems_of_day
from calm_desktop.engine.money import Currency, Money, ratio_text
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AddRate
from calm_desktop.services.shapes import CardFigures, RateRow, ReportingFigures, UsedRate
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

DECIMALS = 10
"""Of an exchange rate."""

_rates = tables.exchange_rate.c


@use_case(Permission.TAXES)
def add_rate(tx: Tx, request: AddRate) -> RateRow:
    """A rate from a day on; for a day given again the later one holds, and earlier days keep theirs.

    Refuses unknown currencies, a currency against itself, a rate that is not above 0 or has too many decimals, and a
    day that is out of bounds.
    """
    home = tx.settings["reporting-currency"] or tx.settings["currency"]
    problems: list[Problem] = []
    codes = []
    for code, field in ((request.currency, "currency"), (request.to_currency or home, "to")):
        try:
            codes.append(currency_named(code).code)
        except Refused as refused:
            problems.extend(replace(problem, field=field) for problem in refused.problems)
    if len(codes) == 2 and codes[0] == codes[1]:
        words = f"One {codes[0]} is one {codes[0]}. Name another currency that it is exchanged into."
        problems.append(Problem("same-currency", "to", words))
    problems += [*_rate_problems(request.rate), *problems_of_day("from", request.start)]
    refuse_if(problems)
    row = RateRow(codes[0], codes[1], request.rate, request.start or tx.today)
    same = (_rates.currency == row.currency) & (_rates.to_currency == row.to) & (_rates.start == row.from_)
    before = tx.db.scalar(select(_rates.rate).where(same))
    tx.note(f"rate {row.currency} {row.to} from {row.from_}", {"rate": before}, {"rate": row.rate})
    if not tx.db.execute(tables.exchange_rate.update().where(same).values(rate=row.rate)).rowcount:
        values = {"currency": row.currency, "to_currency": row.to, "start": row.from_, "rate": row.rate}
        tx.db.execute(tables.exchange_rate.insert().values(id=take(tx.db, "exchange_rate"), **values))
    tx.touch("rate")
    return row


def _rate_problems(rate: Decimal) -> list[Problem]:
    if not rate.is_finite() or not 0 < rate < RATE_LIMIT:
        words = f"An exchange rate is more than 0 and less than {RATE_LIMIT:,}, not {rate}."
        return [Problem("bad-rate", "rate", words)]
    if has_more_decimals(rate, DECIMALS):
        words = f"An exchange rate has at most {DECIMALS} decimals, not as many as {rate}. Round it."
        return [Problem("bad-rate", "rate", words)]
    return []


@view()
def list_rates(tx: Tx, _: object = None) -> tuple[RateRow, ...]:
    """Every exchange rate, by currency, the one it is exchanged into, and first day."""
    query = select(tables.exchange_rate).order_by(_rates.currency, _rates.to_currency, _rates.start)
    return tuple(RateRow(row.currency, row.to_currency, row.rate, row.start) for row in tx.db.execute(query))


class Reporting:
    """The reporting currency and its rates, read once, to convert the figures of many cards."""

    def __init__(self, tx: Tx, currency: Currency) -> None:
        self.currency = currency
        either = or_(_rates.currency == currency.code, _rates.to_currency == currency.code)
        self._rates = [
            ExchangeRate(row.currency, row.to_currency, row.start, row.rate)
            for row in tx.db.execute(select(tables.exchange_rate).where(either))
        ]

    def figures(self, cards: Iterable[CardFigures], day: date) -> ReportingFigures:
        """The money on `cards` in the reporting currency, by the rates of `day`."""
        held = tuple(cards)
        money = [each for card in held for each in (card.amount, card.mrr, card.invoice_line_balance)]
        found, missing = self._conversions(money, day)

        def total(amounts: Sequence[Money]) -> Money | None:
            return converted_sum(amounts, self.currency, found)

        return ReportingFigures(
            currency=self.currency.code,
            as_of=day,
            amount=total([card.amount for card in held]),
            mrr=total([card.mrr for card in held]),
            invoice_line_balance=total([card.invoice_line_balance for card in held]),
            rates=tuple(_used(code, found[code]) for code in sorted(found)),
            missing=missing,
        )

    def _conversions(self, money: Iterable[Money], day: date) -> tuple[dict[str, Conversion], tuple[str, ...]]:
        """How the currencies in which there is anything are converted, and those for which no rate is known."""
        codes = {each.currency.code for each in money if each} - {self.currency.code}
        known = {code: rate_on(self._rates, code, self.currency.code, day) for code in codes}
        found = {code: each for code, each in known.items() if each is not None}
        return found, tuple(sorted(codes - found.keys()))


def reporting(tx: Tx) -> Reporting | None:
    """The reporting currency that the organisation has chosen; None where it has chosen none."""
    code = tx.settings["reporting-currency"]
    return Reporting(tx, currency_named(code)) if code else None


def reported(tx: Tx, cards: Iterable[CardFigures], day: date) -> ReportingFigures | None:
    """The money on the cards of a day in the reporting currency; None where the organisation has chosen none."""
    chosen = reporting(tx)
    return None if chosen is None else chosen.figures(cards, day)


def _used(code: str, conversion: Conversion) -> UsedRate:
    recorded = conversion.used
    if not conversion.inverted:
        return UsedRate(code, recorded.rate, recorded.start, None)
    return UsedRate(code, Decimal(ratio_text(conversion.factor, DECIMALS)), recorded.start, recorded.rate)
