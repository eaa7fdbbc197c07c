"""What imports changed of records that there were before, kept so that it can be set back."""

from __future__ import annotations

from collections.abc import Sequence

from calm_desktop.services.shapes import FieldChange
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

PRICE = "price"
"""The kind of an edit of a list price; its record is the product, its name the currency and the day."""


def remember_edit(tx: Tx, batch: int, kind: str, record: int, changes: Sequence[FieldChange]) -> None:
    """Keep what an import changed of a record that there was: `kind` is that of an object, or `PRICE`."""
    first = take(tx.db, "import_edit", len(changes))
    rows = [
        {
            "id": number,
            "batch_id": batch,
            "kind": kind,
            "record_id": record,
            "name": each.field,
            "before": each.before,
            "now": each.now,
        }
        for number, each in enumerate(changes, first)
    ]
    tx.db.execute(tables.import_edit.insert(), rows)
