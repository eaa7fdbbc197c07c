"""Small parts that pages and wizards are made of: labels, chips, buttons, sections, banners, rows of a form.

Texts are plain everywhere: `&` and `<` in a customer's name stay characters. Colours by meaning are a `tone`:
`muted`, `accent`, `good`, `bad`, `warn` for text; `neutral`, `good`, `bad`, `warn`, `info` for chips and banners.
Cards and sparklines are in `cards`, days and ranges in `date_fields`, tables in `record_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.problems import Problem
from calm_desktop.ui import display, theme

CATEGORY_TONES = {
    Category.INITIAL_SALE: "info",
    Category.RENEWALS: "good",
    Category.UPSELLS: "good",
    Category.CROSS_SELLS: "good",
    Category.UPGRADES: "good",
    Category.DOWNSELLS: "bad",
    Category.DOWNGRADES: "bad",
    Category.CANCELLATIONS: "bad",
    Category.TRANSFERS: "warn",
    Category.SWAPS: "warn",
}

STATUS_TONES = {
    "Active": "good",
    "Activated": "good",
    "Posted": "good",
    "Settled": "good",
    "Completed": "good",
    "CompletelyBilled": "neutral",
    "ReadyForInvoicing": "info",
    "Processing": "info",
    "Draft": "warn",
    "Not Settled": "warn",
    "Partially Settled": "warn",
    "Scheduled": "info",
    "Paused": "warn",
    "Undone": "neutral",
    "Undo": "neutral",
    "Ended": "neutral",
    "Stored": "good",
    "Canceled": "bad",
    "Voided": "bad",
    "Error": "bad",
    "On hold": "warn",
    "New": "info",
    "Changed": "warn",
    "Pending": "info",
    "Understood": "good",
    "Not understood": "bad",
    "Takes back": "warn",
}


def tone_of(word: str) -> str:
    """The tone of a category's or a status's word; words unknown here are neutral."""
    try:
        return CATEGORY_TONES.get(Category(word), "neutral")
    except ValueError:
        return STATUS_TONES.get(word, "neutral")


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it take effect."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, its widgets included."""
    while (entry := layout.takeAt(0)) is not None:
        if (widget := entry.widget()) is not None:
            widget.hide()
            widget.deleteLater()


class Label(QLabel):
    """A text that is never markup, in `size` pixels and `weight`; `tone` colours it by meaning."""

    def __init__(
        self,
        text: str = "",
        tone: str = "",
        size: int = theme.BODY,
        weight: int = theme.REGULAR,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, weight))
        self.setWordWrap(wrap)
        self.setProperty("tone", tone)
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Colour the text by another meaning."""
        restyle(self, "tone", tone)


class ElidedLabel(Label):
    """A label that gives up its end with an ellipsis rather than being cut; the tooltip then has the whole text."""

    def __init__(self, text: str = "", tone: str = "", size: int = theme.BODY, weight: int = theme.REGULAR) -> None:
        self._whole = ""
        super().__init__(text, tone, size, weight)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """The whole text, however much of it is shown."""
        return self._whole

    def shown_text(self) -> str:
        """What fits."""
        return super().text()

    def setText(self, text: str) -> None:
        self._whole = text
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._whole) + 2, max(metrics.height(), super().sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._elide()
        super().resizeEvent(event)

    def _elide(self) -> None:
        shown = self._whole
        if self.width() > 0 and self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            shown = QFontMetrics(self.font()).elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        if shown != super().text():
            super().setText(shown)
        self.setToolTip("" if shown == self._whole else plain_tooltip(self._whole))


def plain_tooltip(text: str) -> str:
    """A tooltip's text with everything that Qt might take for markup made harmless."""
    if not text:
        return ""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return f"<span>{safe}</span>"


class Chip(QLabel):
    """A word in a pill, coloured by what it means; the word alone tells it too."""

    def __init__(self, text: str = "", tone: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(theme.SMALL, theme.MEDIUM, figures=True))
        self.setFixedHeight(20)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_word(text, tone)

    def show_word(self, text: str, tone: str | None = None) -> None:
        """Show another word; without a tone, the word's own."""
        self.setText(text)
        restyle(self, "tone", tone_of(text) if tone is None else tone)


def button(text: str, kind: str = "", icon: str = "", tooltip: str = "") -> QPushButton:
    """A push button of a kind: plain, `primary`, `danger`, `link`."""
    made = QPushButton(display.mnemonic_safe(text))
    made.setFont(theme.font(theme.BODY, theme.MEDIUM))
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    if kind in ("link", "crumb"):
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if icon:
        theme.set_icon(made, icon, "on_accent" if kind == "primary" else "muted")
    if tooltip:
        made.setToolTip(plain_tooltip(tooltip))
    return made


class Icon(QWidget):
    """An icon of ours, drawn in the theme's colours."""

    def __init__(self, name: str, ink: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.ink = name, ink
        self.setFixedSize(16, 16)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, ink: str = "muted") -> None:
        """Show another one."""
        self.name, self.ink = name, ink
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme.draw_icon(QPainter(self), QRectF(self.rect()), self.name, self.ink)


class IconButton(QToolButton):
    """A button that is only an icon."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name

    def sizeHint(self) -> QSize:
        return QSize(28, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        area = QRectF(0, 0, 16, 16)
        area.moveCenter(QRectF(self.rect()).center())
        theme.draw_icon(QPainter(self), area, self.name, "muted" if self.isEnabled() else "disabled")


def tool(icon: str, name: str, tooltip: str = "") -> IconButton:
    """A button that is only an icon; `name` is what a screen reader says."""
    made = IconButton(icon)
    made.setAccessibleName(name)
    made.setToolTip(plain_tooltip(tooltip or name))
    return made


def rule() -> QFrame:
    """A hairline across."""
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line


class Section(QFrame):
    """A white frame with a 1 px border: a title line with room for tools on its right, and a body below.

    Add with `section.body.addWidget(...)`; put tools beside the title with `section.add_tool(widget)`.
    """

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(18, 12, 18, 14)
        outer.setSpacing(8)
        self.title = Label(title, weight=theme.SEMIBOLD, size=14)
        self.head = QHBoxLayout()
        self.head.setSpacing(6)
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        outer.addLayout(self.head)
        self.title.setVisible(bool(title))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)

    def add_tool(self, widget: QWidget) -> None:
        """Put a control at the right end of the title line."""
        self.head.addWidget(widget)


class EmptyState(QWidget):
    """What a view says when it has nothing to show, and what to do about it."""

    acted = Signal()

    def __init__(self, title: str, text: str = "", action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 32, 24, 32)
        layout.setSpacing(6)
        layout.addStretch(1)
        self.title = Label(title, size=15, weight=theme.SEMIBOLD)
        self.text = Label(text, "muted", wrap=True)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        if action:
            self.button = button(action, "primary")
            self.button.clicked.connect(self.acted)
            layout.addSpacing(8)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)


_BANNER_SIGNS = {
    "info": ("info", "accent"),
    "good": ("check", "good"),
    "warn": ("warning", "warn"),
    "bad": ("error", "bad"),
}


class Banner(QFrame):
    """A bar above a page: news, an error in plain words, or an undo; `buttons` are (text, what to do).

    Hidden until told something; `tell("Renewed.", "good", [("Undo", undo)])`.
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 7, 8, 7)
        self._row.setSpacing(10)
        self.icon = Icon("info")
        self.label = Label(wrap=True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: list[QPushButton] = []
        self.close_button = tool("close", "Dismiss")
        self.close_button.clicked.connect(self.dismiss)
        self._row.addWidget(self.icon)
        self._row.addWidget(self.label, 1)
        self._row.addWidget(self.close_button)
        self.hide()

    def tell(
        self,
        text: str,
        tone: str = "info",
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
        dismissible: bool = True,
    ) -> None:
        """Show a message in place of whatever was shown before."""
        for old in self.buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self.buttons = []
        for place, (words, act) in enumerate(buttons):
            made = button(words, "link")
            made.clicked.connect(lambda _=False, act=act: act())
            self._row.insertWidget(2 + place, made)
            self.buttons.append(made)
        self.icon.show_icon(*_BANNER_SIGNS[tone])
        self.label.setText(text)
        self.close_button.setVisible(dismissible)
        restyle(self, "tone", tone)
        self.setAccessibleName(text)
        self.show()

    def tell_problems(self, problems: Iterable[Problem]) -> None:
        """Show the messages of problems, one a line, each with its place."""
        lines = [f"{p.place}: {p.message}" if p.place else p.message for p in problems]
        if lines:
            self.tell("\n".join(lines), "bad")

    def dismiss(self) -> None:
        """Take the bar away."""
        self.hide()
        self.dismissed.emit()


class FormRow(QWidget):
    """A field under its name, with a hint and the error beside it.

    `FormRow("Quantity", QLineEdit(), name="quantity")`; `name` is the `field` of the problems that belong here.
    """

    def __init__(
        self, title: str, field: QWidget, name: str = "", hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.field = field
        self.name = name
        self._hint = hint
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.title = Label(title, size=theme.SMALL, weight=theme.MEDIUM)
        self.note = Label(hint, "muted", size=theme.SMALL, wrap=True)
        layout.addWidget(self.title)
        layout.addWidget(field)
        layout.addWidget(self.note)
        self.note.setVisible(bool(hint))
        field.setAccessibleName(title)
        if hint:
            field.setAccessibleDescription(hint)

    @property
    def error(self) -> str:
        """The error shown, or nothing."""
        return self.note.text() if self.note.property("tone") == "bad" else ""

    def set_hint(self, hint: str) -> None:
        """Show another hint; what is wrong stays."""
        error, self._hint = self.error, hint
        self.set_error(error)

    def set_error(self, message: str) -> None:
        """Show what is wrong with the field; an empty message takes it back."""
        self.note.setText(message or self._hint)
        self.note.set_tone("bad" if message else "muted")
        self.note.setVisible(bool(message or self._hint))
        self.field.setAccessibleDescription(message or self._hint)
        restyle(self.field, "invalid", bool(message))


def show_problems(rows: Iterable[FormRow], problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Put each problem by its field, clear the other rows, and answer the problems that have no row here."""
    by_field: dict[str, list[str]] = {}
    found = tuple(problems)
    for problem in found:
        by_field.setdefault(problem.field, []).append(problem.message)
    known = list(rows)
    for row in known:
        row.set_error(" ".join(by_field.get(row.name, ())))
    names = {row.name for row in known}
    return tuple(problem for problem in found if problem.field not in names)


def line_field(text: str = "", placeholder: str = "", figures: bool = False) -> QLineEdit:
    """A one-line field; figures stand at the right."""
    made = QLineEdit(text)
    made.setPlaceholderText(placeholder)
    if figures:
        made.setAlignment(Qt.AlignmentFlag.AlignRight)
    return made


def choice_field(options: Sequence[tuple[str, object]], chosen: object = None) -> QComboBox:
    """A list to choose from; `options` are (text, value), read back with `currentData()`."""
    made = QComboBox()
    for text, value in options:
        made.addItem(text, value)
    for place, (_, value) in enumerate(options):
        if value == chosen:
            made.setCurrentIndex(place)
    return made


class Breadcrumbs(QWidget):
    """Where a page stands; each step but the last is a link."""

    link_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)

    def show_crumbs(self, crumbs: Sequence[tuple[str, str]]) -> None:
        """Show steps of (text, link); one without a link is text."""
        clear(self._row)
        for number, (text, link) in enumerate(crumbs):
            if number:
                self._row.addWidget(Label("/", "muted", size=theme.SMALL))
            if link:
                made = button(text, "crumb")
                made.setFont(theme.font(theme.SMALL))
                made.clicked.connect(lambda _=False, link=link: self.link_activated.emit(link))
                self._row.addWidget(made)
            else:
                self._row.addWidget(ElidedLabel(text, "muted", size=theme.SMALL))
        self._row.addStretch(1)
