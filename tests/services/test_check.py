"""A store whose rows were tampered with: `check` names the rule, the place and what is wrong, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from calm_desktop.services.check import RULES, Broken, CheckReport, check, name_of
from calm_desktop.services.desk import Desk
from calm_desktop.store.database import create
from tests.store.book import write_book
from tests.store.tampering import tamper


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "book.db"
    database = create(path)
    with database.write() as db:
        write_book(db)
    database.close()
    return path


@pytest.fixture
def store(book: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(book, tmp_path))


def report_on(store: Path) -> CheckReport:
    with Desk.open(store) as desk:
        return desk.ask(check, None)


def test_the_book_is_clean_and_every_rule_looked_at_its_rows(store: Path) -> None:
    report = report_on(store)
    assert (report.ok, report.broken) == (True, ())
    assert {rule for rule, rows in report.checked.items() if rows == 0} == ELSEWHERE
    assert len(report.checked) == 2 + len(RULES)
    assert report.checked["periods-do-not-overlap"] == 2
    assert report.checked["slices-sum-to-their-schedule"] == 24
    assert report.checked["taxes-are-rounded-per-line"] == 1
    assert report.checked["items-are-rated-right"] == 3


def test_a_new_store_is_clean() -> None:
    with Desk.create("sqlite://") as desk:
        assert desk.ask(check, None).broken == ()


ELSEWHERE = {name_of(rule) for rule in RULES if rule.__module__.endswith((".usage", ".fields"))}
"""The rules on use and on custom fields, of which the book has none: see test_check_usage and test_check_fields."""

VOIDED = """
INSERT INTO invoice SELECT 4, 'INV-000003', account_id, 'Posted', '2022-02-01', '2022-02-01', target_date, currency,
    order_id, NULL, 2, request_id, recorded_at FROM invoice WHERE id = 2;
INSERT INTO invoice_line SELECT 4, 4, 1, 'Charge', description, start, end, -quantity, unit_price, -amount,
    tax_category, NULL, NULL, order_item_id, asset_id FROM invoice_line WHERE id = 2;
UPDATE invoice SET status = 'Voided' WHERE id = 2;
INSERT INTO settlement (id, invoice_line_id, mirror_id, day, amount) VALUES (3, 2, 4, '2022-02-01', 1900);
INSERT INTO settlement (id, invoice_line_id, mirror_id, day, amount) VALUES (4, 4, 4, '2022-02-01', -1900);
UPDATE counter SET next = 5 WHERE name IN ('invoice', 'invoice_line', 'settlement');
UPDATE counter SET next = 4 WHERE name = 'invoice-number'"""
"""The tax invoice of January is voided on 1 February."""

BROKEN = {
    "links-point-to-rows": (
        "UPDATE import_row SET batch_id = 7",
        "import_row 1",
        "batch_id names import_batch 7, which is not there",
    ),
    "rows-keep-to-their-constraints": (
        "UPDATE import_batch SET same = 1",
        "import_batch 1",
        "it breaks the rule ck_import_batch_counts: read = new + changed + same + skipped + cancelled + rejected",
    ),
    "counters-are-ahead": (
        "UPDATE counter SET next = 24 WHERE name = 'billing_item'",
        "counter billing_item",
        "the next id is 24, but 24 is taken",
    ),
    "settings-say-what-they-may": (
        "INSERT INTO setting VALUES ('auto-flow', 'perhaps')",
        "setting auto-flow",
        "auto-flow can be on or off, not 'perhaps'.",
    ),
    "currencies-are-known": (
        "UPDATE account SET currency = 'XYZ' WHERE id = 2",
        "account",
        "there is no currency 'XYZ'",
    ),
    "events-have-no-gaps": (
        "DELETE FROM event WHERE id = 1",
        "events",
        "there are 1, with replay ids from 2 to 2",
    ),
    "audit-trail-is-whole": ("UPDATE audit SET who = 'eve'", "audit 1", "what it tells was changed"),
    "overrides-state-their-reason": (
        "UPDATE override SET reason = '  '",
        "override 1",
        "no reason is stated for overriding sale-not-finished",
    ),
    "orders-total-their-items": (
        "UPDATE sales_order SET total = 120001 WHERE id = 3",
        "order O-3",
        "the total is 1200.01 USD, the items sum to 1200.00 USD",
    ),
    "items-are-rated-right": (
        "UPDATE order_item SET quantity = 11000000 WHERE id = 3",
        "order O-3, line 1",
        "the total is 1200.00 USD, rated it is 1320.00 USD",
    ),
    "drafts-have-no-effect": (
        "UPDATE sales_order SET status = 'Draft' WHERE id = 2",
        "order O-2, line 1",
        "it has taken effect, but its order is a draft",
    ),
    "orders-are-carried-out-whole": (
        """UPDATE order_item SET order_id = 1, line = 2 WHERE id = 3;
        UPDATE sales_order SET total = 240000 WHERE id = 1; DELETE FROM sales_order WHERE id = 3""",
        "order O-1",
        "1 of its 2 items changed an asset",
    ),
    "items-and-assets-belong-together": (
        "UPDATE order_item SET asset_id = 1 WHERE id = 3; UPDATE sales_order SET account_id = 2 WHERE id = 3",
        "order O-3, line 1",
        "its asset L-1 has another account, product or currency",
    ),
    "sources-carry-their-items-total": (
        """UPDATE sales_order SET kind = 'Amend', total = 110000 WHERE id = 2;
        UPDATE order_item SET total = 110000 WHERE id = 2; UPDATE billing_schedule SET total = 110000 WHERE id = 2;
        UPDATE billing_item SET amount = 0 WHERE id = 24""",
        "order O-2, line 1",
        "its total is 1100.00 USD, its source carries 1200.00 USD",
    ),
    "lifecycles-span-their-periods": (
        "UPDATE asset SET lifecycle_end = '2024-01-31'",
        "asset L-1",
        "the lifecycle is 2022-01-01 to 2024-01-31, its periods run 2022-01-01 to 2023-12-31",
    ),
    "periods-do-not-overlap": (
        "UPDATE state_period SET end = '2023-01-15' WHERE id = 1",
        "asset L-1",
        "the period 2022-01-01 to 2023-01-15 overlaps the one from 2023-01-01",
    ),
    "open-periods-are-last": (
        "UPDATE state_period SET end = NULL WHERE id = 1",
        "asset L-1",
        "the period from 2022-01-01 has no end, and one from 2023-01-01 follows",
    ),
    "gaps-are-late-renewals": (
        "UPDATE state_period SET start = '2023-01-15' WHERE id = 2",
        "asset L-1",
        "nothing is owned between 2022-12-31 and 2023-01-15, and no renewal starts on 2023-01-15",
    ),
    "actions-are-numbered": (
        "UPDATE action SET sequence = 3 WHERE id = 2",
        "asset L-1",
        "there are 2 actions, and the last one has number 3",
    ),
    "amount-changes-make-the-lifetime-amount": (
        "UPDATE state_period SET amount = 119999 WHERE id = 2",
        "asset L-1",
        "the actions sum to 2400.00 USD, the state periods to 2399.99 USD",
    ),
    "quantity-changes-make-the-last-quantity": (
        "UPDATE state_period SET quantity = 12500000 WHERE id = 2",
        "asset L-1",
        "the actions sum to a quantity of 10, the last state is 12.5",
    ),
    "mrr-changes-make-the-last-mrr": (
        "UPDATE action SET mrr_change = 1 WHERE id = 2",
        "asset L-1",
        "the actions sum to an MRR of 100.01 USD, the last state has 100.00 USD",
    ),
    "current-figures-are-those-of-their-day": (
        "UPDATE asset SET current_mrr = 0",
        "asset L-1",
        "on 2022-10-15 it shows 10 / 1200.00 USD / 0.00 USD, the state then is 10 / 1200.00 USD / 100.00 USD",
    ),
    "schedules-total-their-items": (
        """UPDATE credit_memo SET reason = 'unused';
        UPDATE billing_schedule SET total = 110000 WHERE id = 2; UPDATE billing_item SET amount = 0 WHERE id = 24""",
        "asset L-1",
        "its order items come to 2400.00 USD, its schedules to 2300.00 USD",
    ),
    "slices-sum-to-their-schedule": (
        "UPDATE billing_item SET amount = 9999 WHERE id = 24",
        "order O-2, line 1",
        "its schedule is 1200.00 USD, the slices sum to 1199.99 USD",
    ),
    "slices-do-not-overlap": (
        "UPDATE billing_item SET end = '2023-02-01' WHERE id = 13",
        "order O-2, line 1",
        "the slice 2023-01-01 to 2023-02-01 overlaps the one from 2023-02-01",
    ),
    "slices-leave-no-day-out": (
        "UPDATE billing_item SET end = '2023-01-30' WHERE id = 13",
        "order O-2, line 1",
        "no slice bills the days between 2023-01-30 and 2023-02-01",
    ),
    "nothing-is-billed-that-was-billed-elsewhere": (
        "UPDATE order_item SET billed_elsewhere = 1 WHERE id = 2",
        "order O-2, line 1",
        "its schedule bills again what another system has billed",
    ),
    "nothing-is-billed-outside-of-service": (
        "UPDATE billing_item SET end = '2024-01-01' WHERE id = 24",
        "order O-2, line 1",
        "the slice 2023-12-01 to 2024-01-01 is outside of the service of asset L-1",
    ),
    "lines-bill-their-slice": (
        "UPDATE invoice_line SET amount = 9000 WHERE id = 3",
        "invoice draft 3, line 1",
        "it bills 90.00 USD, its slice is 100.00 USD",
    ),
    "charges-bill-a-slice": (
        "UPDATE billing_item SET invoice_line_id = NULL WHERE id = 2",
        "invoice draft 3, line 1",
        "this charge bills no slice of a billing schedule",
    ),
    "slices-are-billed-by-standing-charges": (
        "UPDATE invoice SET status = 'Canceled' WHERE id = 3",
        "invoice draft 3, line 1",
        "a slice counts as billed by it, but it is no charge that stands (Canceled)",
    ),
    "lines-belong-to-their-invoice": (
        "UPDATE invoice SET account_id = 2 WHERE id = 3",
        "invoice draft 3, line 1",
        "its asset L-1 is of another account or currency",
    ),
    "taxes-are-rounded-per-line": (
        "UPDATE invoice_line SET amount = 1901 WHERE id = 2",
        "invoice INV-000002, line 1",
        "the tax is 19.01 USD, 19 % of 100.00 USD is 19.00 USD",
    ),
    "taxes-stand-with-their-charge": (
        "UPDATE invoice SET charge_invoice_id = NULL WHERE id = 2",
        "invoice INV-000002, line 1",
        "it taxes a line of an invoice that it does not belong to",
    ),
    "charges-are-taxed-once": (
        """INSERT INTO invoice_line SELECT 4, invoice_id, 2, type, description, start, end, quantity, unit_price,
        amount, tax_category, tax_rate, charge_line_id, order_item_id, asset_id FROM invoice_line WHERE id = 2;
        UPDATE counter SET next = 5 WHERE name = 'invoice_line'""",
        "invoice INV-000001, line 1",
        "it is taxed by 2 lines",
    ),
    "invoices-have-lines": (
        "DELETE FROM invoice_line WHERE id = 2",
        "invoice INV-000002",
        "it has no lines",
    ),
    "invoice-numbers-have-no-gaps": (
        """UPDATE invoice SET number = 'INV-000003' WHERE id = 2;
        UPDATE counter SET next = 4 WHERE name = 'invoice-number'""",
        "invoice numbers",
        "of 3 numbers, 1 stand on no invoice: 2",
    ),
    "settlements-never-exceed-their-line": (
        "UPDATE settlement SET amount = 7000 WHERE id = 2; UPDATE credit_memo_line SET amount = 7000 WHERE id = 1",
        "invoice INV-000001, line 1",
        "110.00 USD are taken off a line of 100.00 USD",
    ),
    "settlements-stay-in-their-account": (
        "UPDATE settlement SET day = '2021-12-31' WHERE id = 1",
        "invoice INV-000001, line 1",
        "PAY-000001 lowers it, which is of another account, another currency or a later day",
    ),
    "payments-are-not-spent-twice": (
        "UPDATE payment SET amount = 3999",
        "payment PAY-000001",
        "40.00 USD of 39.99 USD are used",
    ),
    "voided-invoices-have-a-mirror": (
        "UPDATE invoice SET status = 'Voided' WHERE id = 2",
        "invoice INV-000002",
        "it is Voided, and no invoice takes it back",
    ),
    "mirrors-negate-their-original": (
        f"{VOIDED}; UPDATE invoice_line SET line = 2 WHERE id = 4",
        "invoice INV-000003, line 2",
        "it is -19.00 USD, the line that it takes back not known",
    ),
    "mirrors-settle-what-they-void": (
        f"{VOIDED}; UPDATE settlement SET day = '2022-02-02' WHERE id = 3",
        "invoice INV-000002, line 1",
        "a void settles 19.00 USD of it, which is not what its mirror takes back",
    ),
    "holds-are-one-at-a-time": (
        "DROP INDEX ix_invoice_hold_account_id_open; UPDATE invoice_hold SET released_on = NULL",
        "holds of A-2",
        "2 are open at once",
    ),
    "memos-are-not-spent-twice": (
        "UPDATE refund SET amount = 501",
        "credit memo CM-000002",
        "it is worth 5.00 USD, 5.01 USD of it are used",
    ),
    "converted-lines-are-closed": (
        "UPDATE credit_memo SET reason = 'converted' WHERE id = 2",
        "credit memo CM-000002",
        "it took over 0.00 USD of negative lines, it should be 5.00 USD",
    ),
    "memo-lines-stay-in-their-account": (
        "UPDATE credit_memo SET account_id = 2 WHERE id = 2",
        "credit memo CM-000002, line 1",
        "it credits what is of another account or currency",
    ),
    "memo-lines-carry-out-their-credit": (
        "UPDATE billing_item SET memo_line_id = 2 WHERE id = 24",
        "credit memo CM-000002, line 1",
        "it is 5.00 USD, its schedule credits -100.00 USD",
    ),
    "credits-never-exceed-what-was-billed": (
        "UPDATE credit_memo_line SET amount = 11000 WHERE id = 1",
        "invoice INV-000001, line 1",
        "110.00 USD are credited of 100.00 USD",
    ),
    "payment-numbers-have-no-gaps": (
        """UPDATE payment SET number = 'PAY-000002';
        UPDATE counter SET next = 3 WHERE name = 'payment-number'""",
        "payment numbers",
        "of 2 numbers, 1 stand on no payment: 1",
    ),
    "credit-memo-numbers-have-no-gaps": (
        """UPDATE credit_memo SET number = 'CM-000003' WHERE id = 2;
        UPDATE counter SET next = 4 WHERE name = 'credit-memo-number'""",
        "credit memo numbers",
        "of 3 numbers, 1 stand on no credit memo: 2",
    ),
    "refund-numbers-have-no-gaps": (
        "UPDATE refund SET number = 'REF-000002'; UPDATE counter SET next = 3 WHERE name = 'refund-number'",
        "refund numbers",
        "of 2 numbers, 1 stand on no refund: 1",
    ),
    "values-are-of-their-kind": (
        "UPDATE state_period SET start = '2022-02-30' WHERE id = 1",
        "state_period 1",
        "start cannot be '2022-02-30'",
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named_and_no_other(store: Path, rule: str) -> None:
    sql, place, words = BROKEN[rule]
    tamper(store, sql)
    report = report_on(store)
    assert report.broken == (Broken(rule, place, words),)
    assert not report.ok


def test_every_rule_is_broken_by_a_test() -> None:
    """Those that break together with another rule, or need more than an UPDATE, have tests of their own."""
    own = {
        "keys-are-unique",
        "actions-change-their-items-asset",
        "sources-make-their-actions-amount",
        "schedules-bill-their-items-asset",
        "documents-are-sealed",
        "voids-give-everything-back",
    }
    assert {name_of(rule) for rule in RULES} == (set(BROKEN) - {"values-are-of-their-kind"}) | own | ELSEWHERE


def test_an_action_whose_sources_do_not_make_its_amount(store: Path) -> None:
    tamper(store, "UPDATE action SET amount_change = amount_change + 1 WHERE id = 1")
    tamper(store, "UPDATE action SET amount_change = amount_change - 1 WHERE id = 2")
    assert report_on(store).broken == (
        Broken(
            "sources-make-their-actions-amount",
            "asset L-1, action 1",
            "its sources sum to 1200.00 USD, its amount is 1200.01 USD",
        ),
        Broken(
            "sources-make-their-actions-amount",
            "asset L-1, action 2",
            "its sources sum to 1200.00 USD, its amount is 1199.99 USD",
        ),
    )


def test_more_tax_credited_than_was_billed(store: Path) -> None:
    tamper(store, "UPDATE credit_memo_line SET type = 'Tax', invoice_line_id = 2, amount = 1901 WHERE id = 2")
    words = "19.01 USD are credited of 19.00 USD"
    assert report_on(store).broken == (
        Broken("credits-never-exceed-what-was-billed", "invoice INV-000002, line 1", words),
    )


def test_an_item_that_does_not_name_the_asset_it_changed(store: Path) -> None:
    tamper(store, "UPDATE order_item SET asset_id = NULL WHERE id = 2")
    assert report_on(store).broken == (
        Broken(
            "actions-change-their-items-asset",
            "order O-2, line 1",
            "its action changes asset L-1, which it does not name",
        ),
        Broken(
            "schedules-bill-their-items-asset",
            "order O-2, line 1",
            "its schedule bills asset L-1, which it does not name",
        ),
    )


def test_a_number_that_two_accounts_have(store: Path) -> None:
    tamper(
        store,
        "CREATE TABLE loose AS SELECT * FROM account; DROP TABLE account; ALTER TABLE loose RENAME TO account; "
        "UPDATE account SET number = 'A-1'",
    )
    assert report_on(store).broken == (
        Broken("keys-are-unique", "account", "there is more than one row with number A-1"),
    )


def test_an_invoice_that_is_voided_is_all_right(store: Path) -> None:
    tamper(store, VOIDED)
    assert report_on(store).broken == ()


def test_a_mirror_without_all_lines(store: Path) -> None:
    tamper(store, f"{VOIDED}; UPDATE invoice SET voids_id = 1, status = 'Posted' WHERE id = 4")
    assert {each.rule for each in report_on(store).broken} >= {
        "voided-invoices-have-a-mirror",
        "mirrors-negate-their-original",
    }


def test_a_voided_invoice_that_kept_money(store: Path) -> None:
    tamper(
        store,
        f"""{VOIDED}; INSERT INTO settlement (id, invoice_line_id, payment_id, day, amount)
        VALUES (5, 2, 1, '2022-01-01', -100); INSERT INTO settlement (id, invoice_line_id, memo_id, day, amount)
        VALUES (6, 2, 2, '2022-01-01', 100); UPDATE counter SET next = 7 WHERE name = 'settlement'""",
    )
    assert report_on(store).broken == tuple(
        Broken(
            "voids-give-everything-back",
            "invoice INV-000002, line 1",
            f"it is voided, but {left} USD of a payment or a credit memo are still on it",
        )
        for left in ("1.00", "-1.00")
    )


def test_a_seal_that_was_taken_off(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DROP TRIGGER sealed_refund_delete")
    assert report_on(store).broken == (
        Broken("documents-are-sealed", "trigger sealed_refund_delete", "it does not keep posted documents as they are"),
    )


def test_a_number_of_an_invoice_that_was_never_given_out(store: Path) -> None:
    tamper(store, "UPDATE invoice SET number = 'INV-9' WHERE id = 2")
    assert report_on(store).broken == (
        Broken("invoice-numbers-have-no-gaps", "invoice INV-9", "its number is not one of the 2 that were given out"),
        Broken("invoice-numbers-have-no-gaps", "invoice numbers", "of 2 numbers, 1 stand on no invoice: 2"),
    )


def test_a_number_of_an_invoice_that_comes_twice_under_two_prefixes(store: Path) -> None:
    tamper(store, "UPDATE invoice SET number = 'RE-1' WHERE id = 2")
    assert report_on(store).broken == (
        Broken("invoice-numbers-have-no-gaps", "invoice RE-1", "its place in the series is that of INV-000001"),
        Broken("invoice-numbers-have-no-gaps", "invoice numbers", "of 2 numbers, 1 stand on no invoice: 2"),
    )


def test_an_asset_without_periods_and_actions(store: Path) -> None:
    tamper(
        store,
        """INSERT INTO asset SELECT 2, 'L-2', name, account_id, product_id, currency, lifecycle_start, lifecycle_end,
        NULL, NULL, NULL, current_on, 0, 0, 0 FROM asset; UPDATE counter SET next = 3 WHERE name = 'asset'""",
    )
    assert report_on(store).broken == (
        Broken("lifecycles-span-their-periods", "asset L-2", "there is no state period"),
        Broken("actions-are-numbered", "asset L-2", "there is no action"),
    )


def test_a_late_renewal_explains_its_gap(store: Path) -> None:
    tamper(store, "UPDATE state_period SET start = '2023-01-15' WHERE id = 2")
    tamper(store, "UPDATE action SET effective_date = '2023-01-15' WHERE id = 2")
    tamper(store, "UPDATE order_item SET start = '2023-01-15' WHERE id = 2")
    assert "gaps-are-late-renewals" not in {broken.rule for broken in report_on(store).broken}


def test_a_cancelled_asset_ends_at_nothing(store: Path) -> None:
    tamper(
        store,
        "INSERT INTO action (id, asset_id, sequence, action_date, effective_date, category, type, quantity_change, "
        "amount_change, mrr_change, recorded_at) "
        "SELECT 3, 1, 3, '2024-01-01', '2024-01-01', 'Cancellations', 'Cancel', -10000000, 0, "
        "-10000, recorded_at FROM action WHERE id = 1; UPDATE counter SET next = 4 WHERE name = 'action'",
    )
    assert report_on(store).broken == ()


def test_what_cannot_be_read_is_told_before_any_figure_is_looked_up(store: Path) -> None:
    tamper(store, "UPDATE invoice_line SET amount = 99.5 WHERE id = 1; UPDATE event SET payload = '{' WHERE id = 2")
    report = report_on(store)
    assert report.broken == (
        Broken("values-are-of-their-kind", "event 2", "payload cannot be '{'"),
        Broken("values-are-of-their-kind", "invoice_line 1", "amount cannot be 99.5"),
    )
    assert list(report.checked) == ["the-file-is-whole", "values-are-of-their-kind"]


def test_a_damaged_file_is_told_in_the_words_of_the_database(store: Path) -> None:
    tamper(store, "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'ix_asset_name'")
    report = report_on(store)
    assert [(broken.rule, broken.place) for broken in report.broken] == [("the-file-is-whole", "file")]
    assert "never used" in report.broken[0].words


def test_a_moment_just_before_the_next_second_is_a_moment(store: Path) -> None:
    tamper(store, "UPDATE event SET created_at = '2026-11-22 12:39:33.999633' WHERE id = 1")
    assert report_on(store).broken == ()
    tamper(store, "UPDATE event SET created_at = '2026-11-22 12:39:33.9half' WHERE id = 1")
    assert [each.rule for each in report_on(store).broken] == ["values-are-of-their-kind"]
