"""Each report and the roll-up over many customers, against one plain SQL pass over the same rows in the same run.

The plain pass answers the same figures, which is looked up. A customer's page, opened in the midst of so many, is held
against that of a customer like it in a small store. `CALM_BENCH_ACTIONS` says how many actions the store is to
have; `CALM_BENCH_STORE` names a store that is there already, which is read and, by the roll-up's preview, not changed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from calm_desktop.engine.report_periods import By
from calm_desktop.services import rollup
from calm_desktop.services.desk import Desk
from calm_desktop.services.reports import KINDS
from calm_desktop.services.requests import PageRequest, Report, Rollup
from calm_desktop.services.views import account_page
from calm_desktop.store import tables
from tests.benchmarks.side_by_side import Ratio, compare
from tests.benchmarks.trading_store import ACCOUNTS_ALIKE, TODAY, write_trade

ACTIONS = int(os.environ.get("CALM_BENCH_ACTIONS", "20000"))
ROUNDS = 3
YEAR = Report(date(2022, 1, 1), date(2022, 12, 31))
NEXT_YEAR = Report(date(2022, 1, 1), date(2023, 12, 31))
SMALL, PAGES = 2000, 50
FIRST_YEAR = Report(date(2018, 1, 1), date(2018, 12, 31), By.MONTH)

Row = tuple[Any, ...]

_CHANGES = """
    WITH change AS (
        SELECT account_id, currency, start AS day, mrr FROM state_period JOIN asset ON asset.id = asset_id
        UNION ALL
        SELECT account_id, currency, date("end", '+1 day'), -mrr FROM state_period JOIN asset ON asset.id = asset_id
        WHERE "end" IS NOT NULL
    ), daily AS (
        SELECT account_id, currency, day, sum(mrr) AS moved FROM change GROUP BY account_id, currency, day
        HAVING sum(mrr) <> 0
    ), step AS (
        SELECT *, sum(moved) OVER (PARTITION BY account_id, currency ORDER BY day) AS after,
            row_number() OVER (PARTITION BY account_id, currency ORDER BY day) AS place FROM daily
    )
"""
_MOVEMENTS = f"""{_CHANGES}
    SELECT currency, substr(day, 1, 7),
        sum(CASE WHEN place = 1 THEN moved ELSE 0 END),
        sum(CASE WHEN place > 1 AND after > moved AND moved > 0 THEN moved ELSE 0 END),
        sum(CASE WHEN after > 0 AND moved < 0 THEN moved ELSE 0 END),
        sum(CASE WHEN after = 0 THEN moved ELSE 0 END),
        sum(CASE WHEN place > 1 AND after = moved THEN moved ELSE 0 END)
    FROM step WHERE day BETWEEN '2022-01-01' AND '2022-12-31' GROUP BY currency, substr(day, 1, 7) ORDER BY 1, 2
"""


def _months(year: int) -> str:
    """Each month of a year, its last day, and that of the year before."""
    return f"""
    month(of, now, past) AS (
        SELECT '{year}-' || substr('0' || n, -2), date('{year}-01-01', '+' || n || ' months', '-1 day'),
            date('{year - 1}-01-01', '+' || n || ' months', '-1 day')
        FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7
            UNION SELECT 8 UNION SELECT 9 UNION SELECT 10 UNION SELECT 11 UNION SELECT 12)
    )
    """


_RETENTION = f"""WITH {_months(2022)}, held AS (
        SELECT of, account_id, currency,
            sum(CASE WHEN start <= past AND ("end" IS NULL OR "end" >= past) THEN mrr ELSE 0 END) AS past,
            sum(CASE WHEN start <= now AND ("end" IS NULL OR "end" >= now) THEN mrr ELSE 0 END) AS now
        FROM state_period JOIN asset ON asset.id = asset_id CROSS JOIN month GROUP BY of, account_id, currency
    )
    SELECT currency, of, sum(past), sum(now), sum(min(past, now)), count(*), sum(now > 0) FROM held WHERE past > 0
    GROUP BY currency, of ORDER BY 1, 2
"""
_COHORTS = f"""{_CHANGES}, {_months(2018)}, came AS (
        SELECT account_id, currency, substr(day, 1, 7) AS cohort FROM step
        WHERE place = 1 AND day BETWEEN '2018-01-01' AND '2018-12-31'
    ), held AS (
        SELECT came.*, of, coalesce(sum(mrr), 0) AS mrr FROM came JOIN month ON of >= cohort
        LEFT JOIN asset ON asset.account_id = came.account_id AND asset.currency = came.currency
        LEFT JOIN state_period ON asset_id = asset.id AND start <= now AND ("end" IS NULL OR "end" >= now)
        GROUP BY came.account_id, came.currency, cohort, of
    )
    SELECT currency, cohort, of, count(*), sum(mrr > 0), sum(mrr) FROM held
    GROUP BY currency, cohort, of ORDER BY 1, 2, 3
"""
_CATEGORIES = """
    SELECT currency, category, substr(effective_date, 1, 7), sum(amount_change), count(*)
    FROM action JOIN asset ON asset.id = asset_id WHERE effective_date BETWEEN '2022-01-01' AND '2022-12-31'
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_AGING = """
    SELECT invoice.account_id, invoice.currency, sum(line.amount - coalesce(paid.amount, 0)) FROM invoice
    JOIN invoice_line AS line ON line.invoice_id = invoice.id
    LEFT JOIN (SELECT invoice_line_id, sum(amount) AS amount FROM settlement WHERE day <= '2022-12-31' GROUP BY 1)
        AS paid ON paid.invoice_line_id = line.id
    WHERE status = 'Posted' AND invoice_date <= '2022-12-31' GROUP BY 1, 2
    HAVING sum(line.amount - coalesce(paid.amount, 0)) <> 0 ORDER BY 1, 2
"""
_EXPECTED = """
    SELECT asset.currency, substr(billing_date, 1, 7), sum(item.amount) FROM billing_item AS item
    JOIN billing_schedule AS plan ON plan.id = schedule_id JOIN order_item ON order_item.id = order_item_id
    JOIN asset ON asset.id = order_item.asset_id
    WHERE invoice_line_id IS NULL AND memo_line_id IS NULL AND billing_date BETWEEN '2022-01-01' AND '2023-12-31'
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_TOP = """
    WITH figure AS (
        SELECT currency, account_id, mrr, 0 AS amount FROM state_period JOIN asset ON asset.id = asset_id
        WHERE start <= '2022-12-31' AND ("end" IS NULL OR "end" >= '2022-12-31')
        UNION ALL
        SELECT currency, account_id, 0, amount_change FROM action JOIN asset ON asset.id = asset_id
        WHERE effective_date BETWEEN '2022-01-01' AND '2022-12-31'
    ), ranked AS (
        SELECT currency, account_id, sum(mrr) AS mrr, sum(amount) AS amount,
            row_number() OVER (PARTITION BY currency ORDER BY sum(mrr) DESC, sum(amount) DESC, account_id) AS place
        FROM figure GROUP BY currency, account_id
    )
    SELECT currency, place, account_id, mrr, amount FROM ranked WHERE place <= 10 ORDER BY 1, 2
"""
_DUE = """
    SELECT asset.id, sum(quantity) / 1000000 FROM asset JOIN order_item ON order_item.asset_id = asset.id
    WHERE lifecycle_end BETWEEN '2022-12-31' AND '2023-03-31' AND "end" = lifecycle_end
    GROUP BY asset.id ORDER BY asset.id
"""
_USAGE = """
    SELECT currency, substr(day, 1, 7), sum(quantity) / 1000000 FROM usage_record JOIN asset ON asset.id = asset_id
    WHERE day BETWEEN '2022-01-01' AND '2022-12-31' GROUP BY 1, 2 ORDER BY 1, 2
"""
_ROLLUP = """
    UPDATE asset SET current_quantity = coalesce(now.quantity, 0), current_amount = coalesce(now.amount, 0),
        current_mrr = coalesce(now.mrr, 0), current_on = '2022-12-31'
    FROM asset AS same LEFT JOIN state_period AS now ON now.asset_id = same.id AND now.start <= '2022-12-31'
        AND (now."end" IS NULL OR now."end" >= '2022-12-31')
    WHERE same.id = asset.id AND asset.current_on < '2022-12-31'
"""


def _figures(name: str, rows: tuple[Any, ...]) -> list[Row]:
    """The rows of a report as the plain pass has them. The store's names end in the number of the row."""
    match name:
        case "mrr-movements":
            kinds = ("new", "expansion", "contraction", "churn", "reactivation")
            found = [(row.currency, row.period, *(getattr(row, kind).minor for kind in kinds)) for row in rows]
            return [row for row in found if any(row[2:])]
        case "retention":
            columns = ("mrr_then", "mrr_now", "mrr_kept")
            return [
                (row.currency, row.period, *(getattr(row, each).minor for each in columns), *counts)
                for row in rows
                if any(counts := (row.customers, row.customers_kept))
            ]
        case "cohorts":
            return [(row.currency, row.cohort, row.period, row.customers, row.active, row.mrr.minor) for row in rows]
        case "categories":
            found = [(row.currency, row.category, row.period, row.amount.minor, row.actions) for row in rows]
            return sorted(row for row in found if row[-1])
        case "expected-invoices":
            stored = [(row.currency, row.period, row.amount.minor - row.laid_out.minor) for row in rows]
            return sorted(row for row in stored if row[-1])
        case "usage":
            return sorted((row.currency, row.period, int(row.quantity)) for row in rows if row.quantity)
        case "aging":
            return sorted((_number(row.account), row.currency, row.balance.minor) for row in rows)
        case "top-accounts":
            return [(row.currency, row.rank, _number(row.account), row.mrr.minor, row.amount.minor) for row in rows]
        case _:
            return sorted((_number(row.asset), int(row.quantity)) for row in rows)


def _number(name: str) -> int:
    return int(name.rsplit(maxsplit=1)[-1])


PLAIN = {
    "mrr-movements": (YEAR, _MOVEMENTS),
    "retention": (YEAR, _RETENTION),
    "cohorts": (FIRST_YEAR, _COHORTS),
    "categories": (YEAR, _CATEGORIES),
    "aging": (Report(), _AGING),
    "expected-invoices": (NEXT_YEAR, _EXPECTED),
    "top-accounts": (YEAR, _TOP),
    "renewals-due": (Report(), _DUE),
    "usage": (YEAR, _USAGE),
}


def measure(folder: Path) -> Iterator[Ratio]:
    """One ratio for each report, one for the roll-up, one for a customer's page."""
    path = Path(os.environ.get("CALM_BENCH_STORE", folder / "trade.db"))
    if not path.exists():
        with Desk.create(path, today=TODAY) as desk, desk.database.write() as db:
            write_trade(db, ACTIONS)
    with Desk.open(path, TODAY) as desk, closing(sqlite3.connect(path, isolation_level=None)) as store:
        (actions,) = store.execute("SELECT count(*) FROM action").fetchone()
        for name, (request, sql) in PLAIN.items():
            ours, theirs = _pair(desk, store, name, request, sql)
            assert _figures(name, ours().rows) == theirs() != [], name
            yield compare(f"Report {name} over {actions:,} actions", ours, "one plain SQL pass", theirs, ROUNDS)

        def roll() -> None:
            desk.preview(rollup.roll_up, Rollup())

        def plain() -> None:
            store.execute("BEGIN IMMEDIATE")
            store.execute(_ROLLUP)
            store.execute("ROLLBACK")

        yield compare(f"Roll-up over {actions:,} actions", roll, "one plain SQL update", plain, ROUNDS)
        yield _page(desk, folder / "small.db", actions)


def _page(desk: Desk, path: Path, actions: int) -> Ratio:
    """Opening customers' pages in turn, all over a store of many, and one like them in a small store as often."""
    with Desk.create(path, today=TODAY) as other, other.database.write() as db:
        write_trade(db, SMALL)
    many = desk.ask(lambda tx, _: tx.db.scalar(select(func.count()).select_from(tables.account)), None) or 0
    names = [f"{5 + ACCOUNTS_ALIKE * (page % max(many // ACCOUNTS_ALIKE, 1)):07d}" for page in range(PAGES)]
    with Desk.open(path, TODAY) as small:

        def lengths(opened: Desk, name: str) -> tuple[int, int]:
            page = opened.ask(account_page, PageRequest(name))
            return len(page.assets), len(page.actions)

        theirs = lengths(small, names[0])
        assert {lengths(desk, name) for name in names} == {theirs}
        return compare(
            f"Reading {PAGES} customers among {actions:,} actions",
            lambda: [lengths(desk, name) for name in names],
            f"one like them among {SMALL:,}, as often",
            lambda: [lengths(small, names[0]) for _ in names],
        )


def _pair(
    desk: Desk, store: sqlite3.Connection, name: str, request: Report, sql: str
) -> tuple[Callable[[], Any], Callable[[], list[Row]]]:
    view = KINDS[name].view
    return lambda: desk.ask(view, request), lambda: store.execute(sql).fetchall()
