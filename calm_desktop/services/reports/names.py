"""What assets and their accounts are called, many at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from calm_desktop.services.ids import public_id
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables


@dataclass(frozen=True, slots=True)
class Names:
    """An asset and its account by name and public id, and the code of its product."""

    account: str
    account_id: str
    asset: str
    asset_id: str
    product: str

    def columns(self) -> tuple[str, str, str, str, str]:
        """All of them, in the order in which rows have them."""
        return self.account, self.account_id, self.asset, self.asset_id, self.product


def names_of(tx: Tx, assets: Iterable[int]) -> dict[int, Names]:
    """The names of the assets with these numbers in the store."""
    owned = tables.asset.c
    query = (
        select(
            owned.id, owned.name, owned.account_id, tables.account.c.name.label("account_name"), tables.product.c.code
        )
        .join(tables.account, tables.account.c.id == owned.account_id)
        .join(tables.product, tables.product.c.id == owned.product_id)
    )
    return {
        row.id: Names(
            row.account_name, public_id("account", row.account_id), row.name, public_id("asset", row.id), row.code
        )
        for row in rows_in(tx, query, among(owned.id, sorted(set(assets))))
    }


def account_names(tx: Tx, accounts: Iterable[int]) -> dict[int, str]:
    """The names of the accounts with these numbers in the store."""
    query = select(tables.account.c.id, tables.account.c.name)
    return {row.id: row.name for row in rows_in(tx, query, among(tables.account.c.id, sorted(set(accounts))))}
