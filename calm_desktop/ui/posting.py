"""Drafts posted or dropped from wherever they are listed; what their paper would lack is told before it is too late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.services.invoices import post
from calm_desktop.services.requests import DropInvoices, PostInvoices
from calm_desktop.services.shapes import InvoiceResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.voiding import drop
from calm_desktop.ui import display
from calm_desktop.ui.background import Control, told_by
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice

SHOWN = 20
"""Texts that lack something, of which a bar tells."""


def warning_words(result: InvoiceResult) -> str:
    """What the papers lack, a line for each text; empty where they lack nothing."""
    lines = [f"{each.account or 'Every paper'}: “{each.text}” has {each.characters}" for each in result.warnings[:3]]
    more = result.warning_count - len(lines)
    rest = [f"and {display.count(more, 'more text')}"] if more > 0 else []
    return "\n".join([*lines, *rest])


class Posting(QObject):
    """Posts and drops; `finished(result)` when it is stored. News and questions are told by `tell`."""

    finished = Signal(object)

    def __init__(self, context: Context, parent: QWidget, tell: Callable[[Notice], None] | None = None) -> None:
        super().__init__(parent)
        self.context, self.tell = context, tell or context.notify

    def post(self, request: PostInvoices) -> None:
        """Post drafts; where their paper would lack characters, ask first."""
        desk, brief = self.context.desk, replace(request, show=0)
        self._run(
            lambda control: desk.preview(post, brief, progress=told_by(control)), partial(self._looked_at, request)
        )

    def drop(self, request: DropInvoices) -> None:
        """Drop drafts."""
        self._do(drop, replace(request, show=0), self._dropped)

    def _looked_at(self, request: PostInvoices, would: InvoiceResult) -> None:
        go_on = partial(self._do, post, replace(request, show=0), self._posted)
        if not would.warning_count:
            go_on()
            return
        words = f"The font of paper lacks characters; they would print as empty boxes.\n{warning_words(would)}"
        self.tell(Notice(words, "warn", (("Post all the same", go_on),)))

    def _do(
        self, use_case: Callable[[Tx, Any], InvoiceResult], request: Any, done: Callable[[InvoiceResult], str]
    ) -> None:
        desk = self.context.desk

        def stored(result: InvoiceResult) -> None:
            self.tell(Notice(done(result), "good"))
            self.finished.emit(result)

        self._run(lambda control: desk.do(use_case, request, progress=told_by(control)), stored)

    def _run(self, work: Callable[[Control], InvoiceResult], done: Callable[[InvoiceResult], object]) -> None:
        self.context.background.run_long(work, done, self._failed, lambda *_: None, owner=self)

    def _failed(self, problems: Sequence[Problem]) -> None:
        few = [problem.message for problem in problems[:SHOWN]]
        more = [f"and {len(problems) - SHOWN:,} more"] if len(problems) > SHOWN else []
        self.tell(Notice("\n".join([*few, *more]), "bad"))

    @staticmethod
    def _posted(result: InvoiceResult) -> str:
        if result.count == 1:
            return "The invoice is posted. It never changes again."
        return f"{display.count(result.count, 'invoice')} are posted. They never change again."

    @staticmethod
    def _dropped(result: InvoiceResult) -> str:
        if result.count == 1:
            return "The draft is dropped. What it billed is pending: the next run bills it."
        return (
            f"{display.count(result.count, 'draft')} are dropped. What they billed is pending: the next run bills it."
        )
