"""Use and money that files bring, taken after all sales: the one is held against assets, the other against accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.drafts import PaymentDraft, UsageDraft
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.import_keys import CHANGED, Keyed, known_contents, remember
from calm_desktop.services.import_lines import Lines
from calm_desktop.services.import_records import Buyer
from calm_desktop.services.import_tally import Tally
from calm_desktop.services.papers import Incoming, minor_of, take_payments
from calm_desktop.services.portions import chunks
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage import JudgedUsage
from calm_desktop.store import tables
from calm_desktop.store.ids import take
from calm_desktop.store.spool import Spool

_AT_A_TIME = 1000


class Entries:
    """Sets records of use and payments aside until all sales are read, and stores them then."""

    def __init__(self, tx: Tx, batch: int, lines: Lines, tally: Tally, spool: Spool) -> None:
        self.tx, self.batch, self.lines, self.tally = tx, batch, lines, tally
        self._spool = spool

    def set_aside(self, draft: UsageDraft | PaymentDraft) -> None:
        """Keep a row until its turn comes."""
        self._spool.add(type(draft).__name__, draft)

    def store(self) -> None:
        """Store what is new: use by the rules of `usage import`, payments on what they name, else on account."""
        self._each(UsageDraft, self._store_usage)
        self._each(PaymentDraft, self._store_payments)

    def _each(self, kind: type[Any], work: Callable[[Sequence[Any]], None]) -> None:
        total, done = self._spool.count(kind.__name__), 0
        for portion in chunks(self._spool.of(kind.__name__), _AT_A_TIME):
            work(self._unknown(portion))
            done += len(portion)
            self.tx.progress(done, total, "storing")

    def _unknown(self, drafts: Sequence[Any]) -> list[Any]:
        """Those that were not imported before, nor stand above in the files."""
        known = known_contents(self.tx, drafts)
        found = []
        for draft in drafts:
            key = draft.system, draft.natural_key
            if key not in known:
                known[key] = draft.content_key
                found.append(draft)
            elif known[key] == draft.content_key:
                self.tally.same += 1
            else:
                self.tally.reject(draft, [CHANGED])
        return found

    def _store_usage(self, drafts: Sequence[UsageDraft]) -> None:
        judged = JudgedUsage(self.tx, drafts)
        self.tally.same += judged.same
        for draft, problems in judged.bad:
            self.tally.reject(draft, problems)
        if judged.new:
            self._remember("usage_record_id", [draft for draft, _ in judged.new], judged.write())

    def _store_payments(self, drafts: Sequence[PaymentDraft]) -> None:
        self.lines.look_up_accounts(draft.account_ref for draft in drafts)
        good: list[tuple[PaymentDraft, Buyer, Currency, int]] = []
        for draft in drafts:
            try:
                buyer = self.lines.payer(draft)
                currency = currency_named(draft.currency or buyer.account.currency)
            except Refused as refused:
                self.tally.reject(draft, refused.problems)
                continue
            minor, problems = minor_of(draft.amount, currency)
            problems += problems_of_day("day", draft.day)
            problems += text_problems(tables.payment, {"reference": draft.reference})
            if problems:
                self.tally.reject(draft, problems)
            else:
                good.append((draft, buyer, currency, minor))
        self.lines.make_accounts([buyer for _, buyer, _, _ in good])
        payments = [
            Incoming(buyer.stored, currency, minor, draft.day, draft.reference, draft.invoice)
            for draft, buyer, currency, minor in good
            if buyer.stored is not None
        ]
        if payments:
            self._remember("payment_id", [draft for draft, *_ in good], take_payments(self.tx, payments))

    def _remember(self, made: str, drafts: Sequence[Keyed], records: Sequence[int]) -> None:
        first = take(self.tx.db, "import_row", len(drafts))
        rows = [(first + place, *pair) for place, pair in enumerate(zip(drafts, records, strict=True))]
        remember(self.tx, self.batch, made, rows)
        self.tally.new += len(rows)
