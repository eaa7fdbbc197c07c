"""Field access: what is hidden from a role is in nothing that leaves the services."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from calm_desktop.engine.explain import Figure
from calm_desktop.engine.hidden import HIDDEN, Protected
from calm_desktop.engine.problems import Refused
from calm_desktop.services import reports, shapes, views
from calm_desktop.services.catalogue import set_price
from calm_desktop.services.changes import reprice
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.exports import export_store
from calm_desktop.services.field_access import blotted
from calm_desktop.services.outbox import After, events_after
from calm_desktop.services.papers import pay
from calm_desktop.services.records.fields import FieldKind
from calm_desktop.services.records.objects import object_named, object_names, protection
from calm_desktop.services.records.querying import Ask, query
from calm_desktop.services.records.writing import Make, describe, make
from calm_desktop.services.renewals import renewal_offers
from calm_desktop.services.requests import (
    AddAccount,
    Explain,
    ExportStore,
    Find,
    Look,
    PageRequest,
    PayInvoice,
    Renew,
    RepriceAsset,
    SaleLine,
    Sell,
    SetFieldAccess,
    SetPrice,
    StatementRequest,
)
from calm_desktop.services.requests import Report as Asked
from calm_desktop.services.roles import set_field_access
from calm_desktop.services.sales import sell
from calm_desktop.services.tx import Caller
from calm_desktop.services.views.listing import InPortions, Wanted, listed, totals
from calm_desktop.services.views.listings import WHOLE
from calm_desktop.services.wire import to_json
from tests.services.hidden_desk import BLIND, FIGURE, ONE_EYED, PLANTED, SECRET_WORD, TODAY, plant

LISTS = (
    *("accounts", "assets", "state_periods", "actions", "orders", "invoices", "invoice_lines"),
    *("credits", "payments", "holds", "products", "usage", "events"),
)


@pytest.fixture(scope="module")
def desk(blank_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The store with figures that stand out."""
    path = tmp_path_factory.mktemp("hidden") / "hidden.db"
    path.write_bytes(blank_store.read_bytes())
    plant(path)
    with Desk.open(path, TODAY) as opened:
        yield opened


def as_json(value: object) -> str:
    return json.dumps(to_json(value), ensure_ascii=False)


def told(desk: Desk, view: Any, request: Any, write: Callable[[object], str] = as_json) -> str:
    """What a view tells, as text without idle zeros; of a refusal its words."""
    try:
        return re.sub(r"\.0+'", "'", write(desk.ask(view, request)))
    except Refused as refused:
        if {problem.code for problem in refused.problems} != {"INSUFFICIENT_ACCESS"}:
            raise
        return str(refused)


def everything(desk: Desk) -> dict[str, str]:
    """All that can be looked at, as text."""
    found = {f"list {name}": told(desk, getattr(views, f"list_{name}"), Find()) for name in LISTS}
    names = {"account": "Acme", "asset": "Licence", "order": "00000001", "invoice": "INV-000001"}
    names["payment"] = json.loads(found["list payments"])[0]["id"]
    names["action"] = json.loads(found["list actions"])[0]["id"]
    for kind, name in names.items():
        found[f"show {kind}"] = told(desk, getattr(views, f"show_{kind}"), Look(name))
        for figure in Figure if kind not in ("payment", "order", "action", "invoice") else ():
            found[f"explain {kind} {figure}"] = told(desk, views.explain, Explain(kind, name, figure))
    found["page account"] = told(desk, views.account_page, PageRequest("Acme"))
    found["page asset"] = told(desk, views.asset_page, PageRequest("Licence"))
    found["renewals"] = told(desk, renewal_offers, Renew(("Licence",), term=12), repr)
    found["statement"] = told(desk, views.statement, StatementRequest("Acme"))
    found["paper"] = told(desk, views.paper, Look("INV-000001"), repr)
    found["search"] = told(desk, views.search, "LIC") + told(desk, views.search, SECRET_WORD)
    for name in ("categories", "mrr_movements", "retention", "renewals_due", "aging", "expected_invoices", "usage"):
        found[f"report {name}"] = told(desk, getattr(reports, name), Asked())
    found["events"] = told(desk, events_after, After(0))
    for name in object_names():
        described = desk.ask(describe, name)
        columns = [field["name"] for field in described["fields"]]
        rows = desk.ask(query, Ask(f"SELECT {', '.join(columns)} FROM {name}")).records
        found[f"records {name}"] = json.dumps(described) + json.dumps(rows)
    return found


def test_who_sees_everything_sees_the_planted_figures(desk: Desk) -> None:
    whole = "".join(everything(desk).values())
    assert [figure for planted in PLANTED.values() for figure in planted if figure not in whole] == []
    assert SECRET_WORD in whole


def test_from_whom_everything_is_hidden_no_figure_is_told_anywhere(desk: Desk) -> None:
    blind = desk.acting_for(Caller("bo", BLIND))
    assert {name: FIGURE.findall(text) for name, text in everything(blind).items() if FIGURE.search(text)} == {}
    assert [name for name, text in everything(blind).items() if SECRET_WORD in text] == []


@pytest.mark.parametrize("field", PLANTED)
def test_a_field_that_is_hidden_alone_is_nowhere(desk: Desk, field: Protected) -> None:
    desk.do(set_field_access, SetFieldAccess(ONE_EYED, field, "hide"))
    seen = everything(desk.acting_for(Caller("wotan", ONE_EYED)))
    desk.do(set_field_access, SetFieldAccess(ONE_EYED, field, "edit"))
    assert [(name, figure) for name, text in seen.items() for figure in PLANTED[field] if figure in text] == []


def test_long_lists_are_neither_sorted_searched_nor_summed_by_what_is_hidden(desk: Desk) -> None:
    blind, invoices = desk.acting_for(Caller("bo", BLIND)), WHOLE["invoices"]
    assert dict(blind.ask(lambda tx, find: totals(tx, invoices, find, ["total", "balance"]), Find())) == {}
    total = desk.ask(views.list_invoices, Find())[0].total
    wanted = Wanted(words=str(total))
    assert len(desk.ask(lambda tx, asked: listed(tx, invoices, asked), wanted).ids) == 1
    assert len(blind.ask(lambda tx, asked: listed(tx, invoices, asked), wanted).ids) == 0
    rows = blind.ask(lambda tx, find: list(InPortions(tx, invoices, find)), Find())
    assert {row.total for row in rows} == {HIDDEN}


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Balance FROM Invoice",
        "SELECT Id FROM Invoice WHERE Balance > 1",
        "SELECT Id FROM Invoice ORDER BY Balance",
        "SELECT SUM(Balance) FROM Invoice",
        "SELECT Invoice.Balance FROM InvoiceLine",
        "SELECT Id FROM OrderItem WHERE UnitPrice = 77.13",
        "SELECT Codename__c FROM Account",
    ],
)
def test_what_is_hidden_is_no_field_for_queries(desk: Desk, soql: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.acting_for(Caller("bo", BLIND)).ask(query, Ask(soql))
    assert refused.value.problems[0].code == "INVALID_FIELD"


def test_what_is_hidden_is_not_written_either(desk: Desk) -> None:
    blind = desk.acting_for(Caller("bo", BLIND))
    line = SaleLine("LIC", Decimal(1), date(2022, 6, 1), Decimal(5), term=12)
    requests: list[tuple[Any, Any]] = [
        (sell, Sell("Acme", (line,))),
        (set_price, SetPrice("LIC", Decimal(1), date(2022, 6, 1))),
        (reprice, RepriceAsset("Licence", date(2022, 7, 1), Decimal(1))),
        (pay, PayInvoice("INV-000001", Decimal(1), TODAY)),
    ]
    for use_case, request in requests:
        with pytest.raises(Refused) as refused:
            blind.preview(use_case, request)
        assert refused.value.problems[0].code == "INSUFFICIENT_ACCESS"
    with pytest.raises(Refused, match="no field 'Codename'"):
        blind.preview(add_account, AddAccount("Birch", fields=(("Codename", "x"),)))
    with pytest.raises(Refused) as refused:
        blind.preview(make, Make("PricebookEntry", {"Product2Id": "01t000000000001AAA", "UnitPrice": 1}))
    assert refused.value.problems[0].code == "INVALID_FIELD"


def test_what_is_only_read_is_seen_and_not_set(desk: Desk) -> None:
    for field in ("unit-price", "account.Codename"):
        desk.do(set_field_access, SetFieldAccess(ONE_EYED, field, "read"))
    reader = desk.acting_for(Caller("wotan", ONE_EYED))
    try:
        assert "77.13" in told(reader, views.show_order, Look("00000001"))
        line = SaleLine("LIC", Decimal(1), date(2022, 6, 1), term=12)
        assert reader.preview(sell, Sell("Acme", (line,))).orders[0].items[0].unit_price == Decimal("88.17")
        with pytest.raises(Refused, match="may not set unit-price"):
            reader.preview(reprice, RepriceAsset("Licence", date(2022, 7, 1), Decimal(1)))
        with pytest.raises(Refused, match="may not change Codename"):
            reader.preview(add_account, AddAccount("Birch", fields=(("Codename", "x"),)))
    finally:
        for field in ("unit-price", "account.Codename"):
            desk.do(set_field_access, SetFieldAccess(ONE_EYED, field, "edit"))


def test_a_whole_export_is_not_for_who_does_not_see_everything(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not see every field"):
        desk.acting_for(Caller("bo", BLIND)).ask(export_store, ExportStore(str(tmp_path / "all.json")))


def test_refusals_name_no_figure() -> None:
    words = "INV-000001 has 1,234.50 open on 2022-01-31; 12000 JPY and 7.5% are too much for 3 licences."
    assert blotted(words) == "INV-000001 has … open on 2022-01-31; … JPY and … are too much for 3 licences."


def test_every_amount_of_a_shape_says_what_it_is() -> None:
    bare = [
        f"{kind.__name__}.{name}"
        for kind in vars(shapes).values()
        if isinstance(kind, type) and is_dataclass(kind)
        for name, hint in get_type_hints(kind, localns={"array": list}, include_extras=True).items()
        if "engine.money.Money" in repr(hint).replace("Annotated", "") and "Protected" not in repr(hint)
    ]
    assert sorted(bare) == ["ExplainLine.value", "Explanation.value"]  # these are refused whole


def test_every_amount_of_a_record_says_what_it_is(desk: Desk) -> None:
    def bare(tx: Any, _: None) -> list[str]:
        found = [target for name in object_names() if (target := object_named(tx, name)) is not None]
        return [
            f"{target.name}.{field.name}"
            for target in found
            for field in target.fields
            if field.kind in (FieldKind.MONEY, FieldKind.PRICE) and protection(target, field) is None
        ]

    assert desk.ask(bare, None) == []
