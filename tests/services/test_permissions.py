"""Who may do what: every use-case and view, as every role, through every door."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.problems import Bug, Refused
from calm_desktop.services.boundary import REGISTRY
from calm_desktop.services.check import check
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.permissions import AT_FIRST, Permission, Role
from calm_desktop.services.requests import AddAccount, AddUser, Find, RemoveUser, SetFieldAccess, SetRole, SetUser
from calm_desktop.services.roles import list_field_access, list_roles, set_field_access, set_role
from calm_desktop.services.tx import Caller, Door, Tx
from calm_desktop.services.users import NotSignedIn, add_user, list_users, remove_user, set_user
from calm_desktop.services.views import list_accounts

PACKAGE = Path(__file__).resolve().parents[2] / "calm_desktop"
SERVICES = PACKAGE / "services"

PARTS = {
    # What doors call inside of a use-case or a view, and what lets them in.
    "boundary.pass_through",
    "boundary.require",
    "papers.line_numbers",
    "records.writing.change",
    "records.writing.make",
    "records.objects.object_named",
    "repeats.once",
    "sales.order_result",
    "invoices.schedules_named",
    "jobs.perform",
    "jobs.queue",
    "lookup.find",
    "records.loads.portion",
    "roles.role_names",
    # What the program does by itself.
    "jobs.begin",
    "jobs.caller_of",
    "jobs.fail",
    "jobs.next_open",
    "records.loads.data_of",
    "records.loads.give_up",
    "records.loads.next_load",
    "webhooks.claim",
    "webhooks.delivered",
    "webhooks.due",
}


@pytest.fixture(scope="module")
def store() -> Iterator[Desk]:
    """A new store on 1 January 2022."""
    with Desk.create("sqlite://", {"currency": "USD"}, date(2022, 1, 1)) as opened:
        yield opened


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A store of the test's own, which is checked when the test is done."""
    with Desk.create("sqlite://", {"currency": "USD"}, date(2022, 1, 1)) as opened:
        yield opened
        report = opened.acting_for(Caller("checker")).ask(check, None)
        assert report.ok, report.broken


@cache
def functions() -> dict[str, Any]:
    """Every use-case and view, by its name."""
    for path in SERVICES.rglob("*.py"):
        importlib.import_module(".".join(("calm_desktop", *path.relative_to(PACKAGE).with_suffix("").parts)))
    found = {}
    for name in REGISTRY:
        module, _, function = name.rpartition(".")
        found[name] = getattr(importlib.import_module(f"calm_desktop.services.{module}"), function)
    return found


def refusal(act: Any) -> str:
    """The code of a refusal; of anything else that comes of it, nothing."""
    try:
        act()
    except Refused as refused:
        return refused.problems[0].code
    except Exception:  # noqa: BLE001 - an empty request breaks what is let in
        return ""
    return ""


@pytest.mark.parametrize("role", [*Role, "nobody"])
@pytest.mark.parametrize("door", Door)
def test_every_use_case_is_allowed_or_refused_as_the_table_says(store: Desk, role: str, door: Door) -> None:
    desk, allowed = store.acting_for(Caller("ann", role, door=door)), AT_FIRST.get(role, frozenset())

    def codes(tx: Tx, _: object) -> dict[str, str]:
        tx.entered = True
        return {name: refusal(partial(function, tx, None)) for name, function in functions().items()}

    told = desk.preview(codes, None)
    expected = {name for name, entry in REGISTRY.items() if entry.permission is None or entry.permission in allowed}
    assert {name for name, code in told.items() if code != "INSUFFICIENT_ACCESS"} == expected


def test_every_function_that_a_door_calls_is_in_the_table() -> None:
    functions()
    called = {name for path in _code_of_doors() for name in _called_by(ast.parse(path.read_text("utf-8")))}
    assert called - set(REGISTRY) - PARTS == set()


def _code_of_doors() -> Iterator[Path]:
    for floor in ("ui", "cli", "api"):
        yield from (PACKAGE / floor).rglob("*.py")


def _called_by(tree: ast.Module) -> Iterator[str]:
    """The functions of the services that work in a transaction and that some code takes, by their names."""
    modules: dict[str, Any] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("calm_desktop.services"):
            source = importlib.import_module(node.module or "")
            for each in node.names:
                found = getattr(source, each.name)
                if inspect.ismodule(found):
                    modules[each.asname or each.name] = found
                yield from _in_a_transaction(found)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield from _in_a_transaction(getattr(modules[node.value.id], node.attr, None))


def _in_a_transaction(found: Any) -> Iterator[str]:
    if inspect.isfunction(found) and next(iter(inspect.signature(found).parameters), "") == "tx":
        yield f"{found.__module__.removeprefix('calm_desktop.services.')}.{found.__qualname__}"


def test_what_is_neither_a_use_case_nor_a_view_is_no_way_round(store: Desk) -> None:
    def around(tx: Tx, _: object) -> int:
        return len(tx.settings)

    assert store.ask(around, None) > 0
    with pytest.raises(Bug, match="neither a use-case nor a view"):
        store.acting_for(Caller("rob", Role.REP)).ask(around, None)


def test_a_refusal_says_who_which_role_and_which_permission(store: Desk) -> None:
    with pytest.raises(Refused) as refused:
        store.acting_for(Caller("rob", Role.REP)).do(set_role, SetRole("rep"))
    assert refused.value.problems[0].message == (
        "rob has the role rep, which is not permitted to “Keep users, roles and tokens”. "
        "Ask an admin to allow it (`role set rep --allow`), or act as another user."
    )


def test_roles_are_made_and_changed(desk: Desk) -> None:
    made = desk.do(set_role, SetRole("Support", allow=("see records", "Record usage")))
    assert (made.name, made.allowed) == ("support", ("See records", "Record usage"))
    assert desk.do(set_role, SetRole("support", deny=("Record usage",))).allowed == ("See records",)
    assert [role.name for role in desk.ask(list_roles, None)] == [*Role, "support"]
    support = desk.acting_for(Caller("sue", "support"))
    assert support.ask(list_accounts, Find()) == ()
    assert refusal(lambda: support.do(add_user, AddUser("x", "admin", "correct horse"))) == "INSUFFICIENT_ACCESS"


def test_nobody_locks_the_admin_out(desk: Desk) -> None:
    assert refusal(lambda: desk.do(set_role, SetRole("admin", deny=("Sell",)))) == "admin-stays"
    assert refusal(lambda: desk.do(set_field_access, SetFieldAccess("admin", "mrr", "hide"))) == "admin-stays"
    assert refusal(lambda: desk.do(add_user, AddUser("rob", "rep", "correct horse"))) == "first-is-admin"
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    ada = desk.acting_for(Caller("ada"))
    ada.do(add_user, AddUser("rob", "rep", "correct horse"))
    assert refusal(lambda: ada.do(remove_user, RemoveUser("ada"))) == "last-admin"
    assert refusal(lambda: ada.do(set_user, SetUser("ada", "rep"))) == "last-admin"
    ada.do(remove_user, RemoveUser("rob"))
    ada.do(remove_user, RemoveUser("ada"))
    assert desk.ask(list_users, None) == ()


def test_where_there_are_users_everybody_says_who_they_are(desk: Desk) -> None:
    assert not desk.asks_who
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    assert desk.asks_who
    with pytest.raises(NotSignedIn):
        desk.ask(list_accounts, Find())
    assert refusal(lambda: desk.sign_in("ada", "wrong")) == "wrong-password"
    assert refusal(lambda: desk.sign_in("nobody", "correct horse")) == "wrong-password"
    desk.sign_in("ada", "correct horse")
    assert desk.caller.name == "ada"
    assert desk.do(add_account, AddAccount("Acme")).name == "Acme"


def test_three_wrong_passwords_slow_whoever_guesses_down(desk: Desk) -> None:
    desk.do(add_user, AddUser("ada", "admin", "correct horse"))
    tried = [refusal(lambda: desk.sign_in("ada", "wrong")) for _ in range(4)]
    assert tried == ["wrong-password", "wrong-password", "wrong-password", "too-many-attempts"]
    assert refusal(lambda: desk.sign_in("ada", "correct horse")) == "too-many-attempts"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (AddUser("", "admin", "correct horse"), "missing-name"),
        (AddUser("ada", "king", "correct horse"), "unknown-role"),
        (AddUser("ada", "admin", "short"), "bad-password"),
    ],
)
def test_bad_users_are_refused(store: Desk, request_: AddUser, code: str) -> None:
    assert refusal(lambda: store.preview(add_user, request_)) == code


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (SetFieldAccess("rep", "shoe-size", "hide"), "unknown-field"),
        (SetFieldAccess("rep", "mrr", "smell"), "bad-access"),
        (SetFieldAccess("king", "mrr", "hide"), "unknown-role"),
    ],
)
def test_bad_field_access_is_refused(store: Desk, request_: SetFieldAccess, code: str) -> None:
    assert refusal(lambda: store.preview(set_field_access, request_)) == code


def test_field_access_is_listed(desk: Desk) -> None:
    desk.do(set_field_access, SetFieldAccess("rep", "balance", "hide"))
    desk.do(set_field_access, SetFieldAccess("rep", "mrr", "read"))
    shown = {row.field: row.access for row in desk.ask(list_field_access, "rep")}
    assert shown == {**dict.fromkeys((each.value for each in Protected), "edit"), "balance": "hide", "mrr": "read"}
    desk.do(set_field_access, SetFieldAccess("rep", "balance", "edit"))
    assert {row.access for row in desk.ask(list_field_access, "rep") if row.field == "balance"} == {"edit"}


def test_every_permission_is_needed_somewhere() -> None:
    functions()
    used = {entry.permission for entry in REGISTRY.values()}
    assert set(Permission) - used == set()
