"""What takes invoices back, and what keeps them from being made (DOMAIN 5.7): mirrors, seals and holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.services.invariants.finding import Breach, Finding, differ, finding, found, money, row_count
from calm_desktop.store import sqlite
from calm_desktop.store.tables import account, asset, invoice, invoice_hold, invoice_line, settlement

_mirror, _mirror_line = invoice.alias("mirror"), invoice_line.alias("mirror_line")


def voided_invoices_have_a_mirror(db: Connection) -> Finding:
    """A voided invoice has a mirror of its account and currency, not dated before it; no other invoice has one."""
    wrong = (
        select(invoice.c.number, invoice.c.status, _mirror.c.number.label("mirror"))
        .outerjoin(_mirror, _mirror.c.voids_id == invoice.c.id)
        .where(
            or_(
                and_(invoice.c.status == InvoiceStatus.VOIDED, _mirror.c.id.is_(None)),
                and_(
                    _mirror.c.id.is_not(None),
                    or_(
                        invoice.c.status != InvoiceStatus.VOIDED,
                        _mirror.c.account_id != invoice.c.account_id,
                        _mirror.c.currency != invoice.c.currency,
                        _mirror.c.invoice_date < invoice.c.invoice_date,
                    ),
                ),
            )
        )
        .order_by(invoice.c.id)
    )
    return finding(
        db,
        invoice,
        wrong,
        lambda row: Breach(
            f"invoice {row.number}",
            f"it is {row.status}, and no invoice takes it back"
            if row.mirror is None
            else f"{row.mirror} takes it back, but it is {row.status}, or of another account, currency or a later day",
        ),
    )


def mirrors_negate_their_original(db: Connection) -> Finding:
    """A mirror has the lines of the invoice that it takes back, each with its amount negated."""
    lines = (
        select(_mirror.c.number, _mirror.c.currency, _mirror_line.c.line, _mirror_line.c.amount.label("mirrored"))
        .select_from(_mirror)
        .join(_mirror_line, _mirror_line.c.invoice_id == _mirror.c.id)
        .outerjoin(
            invoice_line,
            and_(invoice_line.c.invoice_id == _mirror.c.voids_id, invoice_line.c.line == _mirror_line.c.line),
        )
        .add_columns(invoice_line.c.amount)
        .where(_mirror.c.voids_id.is_not(None))
        .order_by(_mirror_line.c.id)
    )

    def wrong() -> Iterator[Breach]:
        for row in db.execute(lines.where(differ(invoice_line.c.amount, -_mirror_line.c.amount))):
            yield Breach(
                f"invoice {row.number}, line {row.line}",
                f"it is {money(row.mirrored, row.currency)}, the line that it takes back "
                f"{money(row.amount, row.currency)}",
            )
        counted = select(invoice_line.c.invoice_id, func.count().label("lines")).group_by(invoice_line.c.invoice_id)
        mine, theirs = counted.subquery("mine"), counted.subquery("theirs")
        missing = (
            select(_mirror.c.number)
            .join(mine, mine.c.invoice_id == _mirror.c.id)
            .join(theirs, theirs.c.invoice_id == _mirror.c.voids_id)
            .where(mine.c.lines < theirs.c.lines)
            .order_by(_mirror.c.id)
        )
        for number in db.scalars(missing):
            yield Breach(f"invoice {number}", "it takes back fewer lines than the invoice has")

    return found(row_count(db, invoice_line), wrong())


def mirrors_settle_what_they_void(db: Connection) -> Finding:
    """Lines of a voided invoice and its mirror are settled by the mirror on its day, and no others are."""
    by_mirror = (
        select(
            settlement.c.invoice_line_id,
            func.sum(settlement.c.amount).label("amount"),
            func.min(settlement.c.mirror_id).label("mirror_id"),
            func.min(settlement.c.day).label("day"),
        )
        .where(settlement.c.mirror_id.is_not(None))
        .group_by(settlement.c.invoice_line_id)
        .subquery("by_mirror")
    )
    # The mirror of a voided invoice, or the mirror itself.
    expected = func.coalesce(_mirror.c.id, case((invoice.c.voids_id.is_not(None), invoice.c.id)))
    wrong = (
        select(invoice.c.number, invoice.c.currency, invoice_line.c.line, by_mirror.c.amount)
        .select_from(invoice_line)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .outerjoin(_mirror, _mirror.c.voids_id == invoice.c.id)
        .outerjoin(by_mirror, by_mirror.c.invoice_line_id == invoice_line.c.id)
        .where(
            or_(
                and_(by_mirror.c.mirror_id.is_not(None), differ(by_mirror.c.mirror_id, expected)),
                and_(expected.is_not(None), func.coalesce(by_mirror.c.amount, 0) != invoice_line.c.amount),
                by_mirror.c.day != func.coalesce(_mirror.c.invoice_date, invoice.c.invoice_date),
            )
        )
        .order_by(invoice_line.c.id)
    )
    return finding(
        db,
        settlement,
        wrong,
        lambda row: Breach(
            f"invoice {row.number}, line {row.line}",
            f"a void settles {money(row.amount or 0, row.currency)} of it, which is not what its mirror takes back",
        ),
    )


def voids_give_everything_back(db: Connection) -> Finding:
    """Nothing of a payment or a credit memo is left on the lines of a voided invoice."""
    left = (
        select(invoice.c.number, invoice.c.currency, invoice_line.c.line, func.sum(settlement.c.amount).label("amount"))
        .select_from(settlement)
        .join(invoice_line, invoice_line.c.id == settlement.c.invoice_line_id)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .where(invoice.c.status == InvoiceStatus.VOIDED, settlement.c.mirror_id.is_(None))
        .group_by(
            invoice_line.c.id,
            invoice.c.number,
            invoice.c.currency,
            invoice_line.c.line,
            settlement.c.payment_id,
            settlement.c.memo_id,
        )
        .having(func.sum(settlement.c.amount) != 0)
        .order_by(invoice_line.c.id)
    )
    return finding(
        db,
        settlement,
        left,
        lambda row: Breach(
            f"invoice {row.number}, line {row.line}",
            f"it is voided, but {money(row.amount, row.currency)} of a payment or a credit memo are still on it",
        ),
    )


def documents_are_sealed(db: Connection) -> Finding:
    """The store itself refuses changes of posted documents (5.7)."""
    seals = sqlite.seals(db)
    broken = (
        Breach(f"trigger {name}", "it does not keep posted documents as they are")
        for name, there in seals.items()
        if not there
    )
    return found(len(seals), broken)


def holds_are_one_at_a_time(db: Connection) -> Finding:
    """An account or an asset has one open hold at most: a new one replaces it."""
    thing = func.coalesce(account.c.number, asset.c.number).label("number")
    columns: tuple[Any, ...] = (thing, func.count().label("holds"))
    twice = (
        select(*columns)
        .select_from(invoice_hold)
        .outerjoin(account, account.c.id == invoice_hold.c.account_id)
        .outerjoin(asset, asset.c.id == invoice_hold.c.asset_id)
        .where(invoice_hold.c.released_on.is_(None))
        .group_by(thing, invoice_hold.c.account_id, invoice_hold.c.asset_id)
        .having(func.count() > 1)
        .order_by(thing)
    )
    return finding(
        db, invoice_hold, twice, lambda row: Breach(f"holds of {row.number}", f"{row.holds} are open at once")
    )
