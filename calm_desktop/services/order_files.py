"""Selling from a file in our JSON order format: every order of it, all of them or none."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.formats.detect import Format
from calm_desktop.formats.drafts import OrderLine, RowProblem
from calm_desktop.formats.reading import read
from calm_desktop.services.boundary import use_case
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.currencies import is_currency
from calm_desktop.services.customers import add_account
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.lookup import find_all
from calm_desktop.services.order_lines import new_account, new_product, sale_line, texts_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import Sell, SellFile
from calm_desktop.services.sales import sell
from calm_desktop.services.shapes import AssetShape, OrderResult
from calm_desktop.services.tx import Tx


@use_case(Permission.SELL)
def sell_file(tx: Tx, request: SellFile) -> OrderResult:
    """Sell every order of a file, each line as `sell` does. Refuses the whole file with every problem in it.

    Unlike an import it sells anew each time; the numbers that the file gives its orders only tell them apart.
    """
    found = read(
        [Path(request.file)],
        today=tx.today,
        format_name=Format.CALM_JSON.value,
        known_currency=is_currency,
        customs=fields_of(tx, *FieldObject),
    )
    refuse_if(_problem(each) for each in found.problems)
    results: list[OrderResult] = []
    problems: list[Problem] = []
    for order, group in groupby(sorted(found.lines, key=_order_key), key=_order_key):
        lines = tuple(group)
        try:
            if request.create:
                _make_what_is_missing(tx, lines)
            results.append(sell(tx, _as_sale(lines, request)))
        except Refused as refused:
            problems.extend(replace(each, place=_place(order[0], each)) for each in refused.problems)
    refuse_if(problems)
    assets: dict[str, AssetShape] = {shape.asset.id: shape for result in results for shape in result.assets}
    return OrderResult(
        tuple(order for result in results for order in result.orders), tuple(assets.values()), tx.request_id
    )


def _order_key(line: OrderLine) -> tuple[str, str, str]:
    return line.order_ref, line.account_ref, line.currency or ""


def _place(order: str, problem: Problem) -> str:
    return f"order {order}, {problem.place}" if problem.place else f"order {order}"


def _problem(found: RowProblem) -> Problem:
    end = "" if found.fix.endswith("?") else "."
    words = f"Found {found.found or 'nothing'}, expected {found.expected}: {found.fix}{end}"
    row = f", row {found.row}" if found.row else ""
    return Problem("bad-order-file", found.column, words, f"{found.file}{row}")


def _make_what_is_missing(tx: Tx, lines: tuple[OrderLine, ...]) -> None:
    """The account of an order and the products of its lines, where the file says enough to make them."""
    if not find_all(tx, "account", lines[0].account_ref):
        add_account(tx, new_account(lines[0]))
    for line in lines:
        if line.unit_price is not None and not find_all(tx, "product", line.product_code):
            add_product(tx, new_product(line, line.unit_price))


def _as_sale(lines: tuple[OrderLine, ...], request: SellFile) -> Sell:
    first = lines[0]
    return Sell(
        account=first.account_ref,
        lines=tuple(sale_line(line) for line in lines),
        draft=request.draft,
        currency=first.currency or "",
        fields=texts_of(first, FieldObject.ORDER),
    )
