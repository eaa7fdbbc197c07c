"""Users, roles, field access and the audit trail from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import CommandLine, told_once
from tests.services.hidden_desk import FIGURE, SECRET_WORD, plant


@told_once
def guarded(calm: CommandLine) -> None:
    """Figures that stand out, and four users: an admin, a rep, one who only reads, and one who sees no figure."""
    plant(calm.store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALM_NEW_PASSWORD", "correct horse")
        patch.setenv("CALM_PASSWORD", "correct horse")
        calm("user", "add", "ada", "--role", "admin")
        for name, role in (("rob", "rep"), ("ria", "read-only"), ("bo", "blind")):
            calm("--user", "ada", "user", "add", name, "--role", role)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALM_PASSWORD", "correct horse")


def test_users_say_who_they_are(guarded: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guarded.refused("list", "accounts")[0]["code"] == "INSUFFICIENT_ACCESS"
    assert guarded("--user", "rob", "list", "accounts")["count"] == 1
    monkeypatch.setenv("CALM_USER", "ria")
    assert guarded("list", "accounts")["count"] == 1
    monkeypatch.setenv("CALM_PASSWORD", "wrong")
    assert guarded.refused("list", "accounts")[0]["code"] == "wrong-password"
    monkeypatch.delenv("CALM_PASSWORD")
    assert guarded.refused("list", "accounts")[0]["code"] == "no-password"


def test_passwords_come_from_a_file_too(guarded: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("battery staple\n")
    guarded("--user", "ada", "user", "set", "rob", "--role", "finance", "--password-file", str(tmp_path / "new.txt"))
    shown = guarded("--user", "ada", "user", "list")["rows"]
    assert {row["name"]: row["role"] for row in shown}["rob"] == "finance"
    assert guarded.refused("--user", "rob", "list", "accounts")[0]["code"] == "wrong-password"
    assert guarded("--user", "ada", "user", "remove", "rob")["name"] == "rob"


NEW_LICENCE = ["--account", "Acme", "--product", "LIC", "--quantity", "1", "--start", "2022-06-01", "--term", "1"]
WRITES: list[tuple[tuple[str, ...], str]] = [
    (("sell", *NEW_LICENCE), "rob"),
    (("account", "add", "Birch"), "rob"),
    (("amend", "Licence", "--quantity-change", "+1", "--from", "2022-06-01"), "rob"),
    (("product", "add", "Seat", "--code", "SEAT", "--price", "1"), ""),
    (("invoice", "--through", "2022-06-30"), ""),
    (("settings", "set", "auto-flow", "off"), ""),
    (("token", "add", "shop", "--role", "integrator"), ""),
    (("user", "remove", "ria"), ""),
    (("role", "set", "support", "--allow", "Sell"), ""),
    (("field-access", "set", "rep", "mrr", "hide"), ""),
    (("field", "add", "Region", "--on", "account", "--type", "text"), ""),
    (("rollup",), "rob ria"),
]


@pytest.mark.parametrize(("words", "allowed"), WRITES, ids=lambda each: each[0] if isinstance(each, tuple) else "")
def test_the_command_line_meets_the_same_refusals(guarded: CommandLine, words: tuple[str, ...], allowed: str) -> None:
    for user in ("rob", "ria"):
        if user in allowed:
            guarded("--user", user, "--today", "2022-05-15", *words, "--dry-run")
        else:
            told = guarded.refused("--user", user, "--today", "2022-05-15", *words)
            assert [each["code"] for each in told] == ["INSUFFICIENT_ACCESS"]


def test_no_file_and_no_table_holds_what_is_hidden(guarded: CommandLine, tmp_path: Path) -> None:
    def said(*words: str) -> str:
        answer = guarded.say("--user", "bo", "--today", "2022-05-15", *words)
        return answer.out + answer.err

    csv = tmp_path / "out.csv"
    for what in ("accounts", "assets", "actions", "orders", "invoices", "invoice-lines", "payments", "products"):
        csv.unlink(missing_ok=True)
        text = said("list", what) + said("--json", "list", what) + said("list", what, "--csv", str(csv))
        assert FIGURE.findall(text + csv.read_text("utf-8")) == [], what
        assert SECRET_WORD not in text + csv.read_text("utf-8")
    shown = [("account", "Acme"), ("asset", "Licence"), ("order", "00000001"), ("invoice", "INV-000001")]
    for kind, name in shown:
        assert FIGURE.findall(said("show", kind, name)) == [], kind
        assert FIGURE.findall(said("show", kind, name, "--explain", "amount")) == [], kind
    for report in ("categories", "mrr-movements", "retention", "renewals-due", "aging", "expected-invoices"):
        assert FIGURE.findall(said("report", report, "--from", "2022-01-01", "--to", "2022-12-31")) == [], report
    paper = tmp_path / "paper.pdf"
    assert "INSUFFICIENT_ACCESS" in said("--json", "pdf", "INV-000001", "--out", str(paper))
    assert not paper.exists()


def test_the_audit_trail_is_listed(guarded: CommandLine, tmp_path: Path) -> None:
    rows = guarded("--user", "ada", "audit", "--text", "add_user", "--who", "ada")["rows"]
    assert [(row["who"], row["door"], row["use_case"]) for row in rows] == [
        ("ada", "command line", "users.add_user")
    ] * 3
    assert "correct horse" not in str(rows)
    assert guarded.refused("--user", "rob", "audit")[0]["code"] == "INSUFFICIENT_ACCESS"
    written = tmp_path / "audit.csv"
    guarded.say("--user", "ada", "audit", "--csv", str(written))
    assert written.read_text("utf-8-sig").splitlines()[0].startswith("id,at,who,role,door,use_case")
    assert guarded("--user", "ada", "check")["ok"] is True


def test_roles_and_field_access_are_listed(guarded: CommandLine) -> None:
    roles = {row["name"]: row["allowed"] for row in guarded("--user", "ada", "role", "list")["rows"]}
    assert roles["read-only"] == ["See records", "See reports"]
    assert "Access asset lifecycle APIs" in roles["integrator"]
    shown = guarded("--user", "ada", "field-access", "list", "--role", "blind")["rows"]
    assert {row["access"] for row in shown} == {"hide"}
