"""The audit trail: one row for what was done, with before and after, in a chain that shows what was tampered with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.problems import Bug, Refused
from calm_desktop.services.access import add_token
from calm_desktop.services.catalogue import add_product, set_price
from calm_desktop.services.check import check
from calm_desktop.services.customers import add_account, set_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddToken,
    AddUser,
    Find,
    FindAudit,
    SaleLine,
    Sell,
    SetAccount,
    SetFieldAccess,
    SetPrice,
    SetRole,
    SetSetting,
)
from calm_desktop.services.roles import set_field_access, set_role
from calm_desktop.services.sales import sell
from calm_desktop.services.settings import set_setting
from calm_desktop.services.shapes import AuditRow
from calm_desktop.services.tx import Caller, Door
from calm_desktop.services.users import add_user
from calm_desktop.services.views import list_accounts
from calm_desktop.services.views.audit import list_audit
from tests.store.tampering import tamper


@pytest.fixture
def desk(blank_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """A store on 1 January 2022."""
    path = tmp_path / "audit.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, date(2022, 1, 1)) as opened:
        yield opened


def rows(desk: Desk, **wanted: str) -> tuple[AuditRow, ...]:
    return desk.ask(list_audit, FindAudit(**wanted))  # type: ignore[arg-type]


def test_who_did_what_through_which_door(desk: Desk) -> None:
    rob = desk.acting_for(Caller("rob", "rep", door=Door.WINDOW))
    rob.do(add_account, AddAccount("Acme", country="Germany"))
    (row,) = rows(desk)
    assert (row.id, row.who, row.role, row.door, row.use_case) == (1, "rob", "rep", "window", "customers.add_account")
    assert json.loads(row.request) == {"name": "Acme", "country": "Germany"}
    assert json.loads(row.records) == ["Account A-00001"]
    assert (row.before, row.after) == ("", "")


def test_before_and_after_stand_beside_each_other(desk: Desk) -> None:
    acme = desk.do(add_account, AddAccount("Acme", country="Germany"))
    desk.do(set_account, SetAccount("Acme", country="France", payment_days=30))
    desk.do(set_setting, SetSetting("auto-flow", "off"))
    desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    priced = [desk.do(set_price, SetPrice("LIC", Decimal(price), date(2022, 2, 1))) for price in (11, 12)]
    told = [(json.loads(row.before), json.loads(row.after)) for row in reversed(rows(desk)) if row.before]
    listed = f"{priced[0].id}: list price in USD from 2022-02-01"
    assert told[:2] == [
        ({acme.id: {"country": "Germany"}}, {acme.id: {"country": "France"}}),
        ({"settings": {"auto-flow": "on"}}, {"settings": {"auto-flow": "off"}}),
    ]
    assert told[-1] == ({listed: {"price": "11"}}, {listed: {"price": "12"}})


def test_looks_previews_and_refusals_leave_nothing(desk: Desk) -> None:
    desk.ask(list_accounts, Find())
    desk.preview(add_account, AddAccount("Acme"))
    with pytest.raises(Refused):
        desk.do(add_account, AddAccount(""))
    assert rows(desk) == ()


def test_a_large_act_is_one_row(desk: Desk) -> None:
    lines = tuple(SaleLine(f"P{number}", Decimal(1), date(2022, 1, 1), Decimal(10), term=12) for number in range(60))
    desk.do(sell, Sell("Acme", lines, create=True))
    (row,) = rows(desk)
    assert json.loads(row.request)["lines"][-1] == "... (60 in all)"
    assert json.loads(row.records)[-1].startswith("... (")


def test_secrets_are_not_in_it(desk: Desk) -> None:
    secret = desk.do(add_token, AddToken("shop", "integrator")).token
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    told = "".join(map(str, rows(desk.acting_for(Caller("ada")))))
    assert "correct horse" not in told
    assert secret.partition(".")[2] not in told
    assert "argon2" not in told


def test_it_is_searched(desk: Desk) -> None:
    for name, customer in (("ann", "Acme"), ("bob", "Zenith")):
        desk.acting_for(Caller(name, "rep")).do(add_account, AddAccount(customer))
    assert [row.who for row in rows(desk, who="ANN")] == ["ann"]
    assert [row.who for row in rows(desk, text="zenith customers")] == ["bob"]
    assert rows(desk, text="zenith nowhere") == ()
    assert desk.ask(list_audit, FindAudit(until=date(2000, 1, 1))) == ()
    assert len(desk.ask(list_audit, FindAudit(since=date(2000, 1, 1)))) == 2


def test_who_does_not_see_a_field_is_not_told_what_requests_said(desk: Desk) -> None:
    desk.do(add_product, AddProduct("Licence", "LIC", Decimal("77.13")))
    desk.do(set_role, SetRole("auditor", allow=("See the audit trail",)))
    desk.do(set_field_access, SetFieldAccess("auditor", "list-price", "hide"))
    auditor = desk.acting_for(Caller("eve", "auditor"))
    assert {(row.request, row.records, row.before, row.after) for row in rows(auditor)} == {("", "", "", "")}
    assert rows(auditor, text="77.13") == ()


@pytest.mark.parametrize(
    ("tampering", "place", "words"),
    [
        ("UPDATE audit SET who = 'eve' WHERE id = 2", "audit 2", "what it tells was changed"),
        ("UPDATE audit SET request = '{}' WHERE id = 1", "audit 1", "what it tells was changed"),
        ("DELETE FROM audit WHERE id = 2", "audit 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE id = 3", "audit 3", "row 3 is missing: 3 were written"),
    ],
)
def test_check_tells_the_first_row_that_was_tampered_with(desk: Desk, tampering: str, place: str, words: str) -> None:
    for name in ("Acme", "Birch", "Cedar"):
        desk.do(add_account, AddAccount(name))
    path = desk.database.path
    assert path is not None
    tamper(path, tampering)
    broken = {each.rule: (each.place, each.words) for each in desk.ask(check, None).broken}
    assert broken["audit-trail-is-whole"] == (place, words)


def test_the_file_itself_refuses_changes_of_it(desk: Desk) -> None:
    desk.do(add_account, AddAccount("Acme"))
    path = desk.database.path
    assert path is not None
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        other.execute("UPDATE audit SET who = 'eve'")
    with pytest.raises(Bug, match="nor does the audit trail"), desk.database.write() as db:
        db.exec_driver_sql("DELETE FROM audit")
