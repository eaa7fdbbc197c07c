"""The help: pages that come with the program, shown in the window without any network."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from calm_desktop.bundled import resource
from calm_desktop.ui import places, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Page
from calm_desktop.ui.widgets import Section, button

TOPICS = {
    "start": "The story of a renewal",
    "figures": "What the figures mean",
    "reports": "Reports",
    "changes": "Changes in a life",
    "invoicing": "Invoice runs and paper",
    "after-posting": "After posting",
    "keeping": "Products, accounts, settings",
    "fields": "Fields of your own",
    "order-files": "Order files",
    "usage": "Usage",
    "integrations": "Integrations",
    "access": "Users, roles and audit",
    "keyboard": "Keyboard and links",
}

TOPIC_OF = {
    "account": "figures",
    "asset": "figures",
    "assets": "figures",
    "accounts": "figures",
    "actions": "figures",
    "action": "changes",
    "audit": "access",
    "access": "access",
    "invoice": "after-posting",
    "invoices": "invoicing",
    "paper": "invoicing",
    "invoice-lines": "figures",
    "credit": "after-posting",
    "credits": "after-posting",
    "payment": "after-posting",
    "payments": "after-posting",
    "statement": "after-posting",
    "orders": "start",
    "order": "start",
    "products": "keeping",
    "product": "keeping",
    "taxes": "keeping",
    "rates": "figures",
    "account-editor": "keeping",
    "settings": "keeping",
    "integrations": "integrations",
    "fields": "fields",
    "imports": "order-files",
    "reports": "reports",
    "report": "reports",
}
"""What `?about=` opens, which F1 asks for: by the kind of the page in front."""

TEXT_WIDTH = 760
_HEADINGS = {1: 24, 2: 17, 3: 14}


class HelpText(QTextBrowser):
    """A page of help in the theme's colours; links are told, never followed into a network."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setObjectName("helpText")
        self._source = ""
        theme.current().changed.connect(self._draw)

    def show_markdown(self, text: str) -> None:
        """Show a page from its beginning."""
        self._source = text
        self._draw()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing is ever fetched."""
        return None

    def _draw(self) -> None:
        document = self.document()
        document.setDefaultFont(theme.font(14))
        document.setMarkdown(self._source)
        document.setDocumentMargin(26)
        block = document.begin()
        while block.isValid():
            self._dress(QTextCursor(block), block.blockFormat().headingLevel(), bool(block.textList()))
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _dress_table(frame)

    def _dress(self, cursor: QTextCursor, level: int, listed: bool) -> None:
        spacing = QTextBlockFormat()
        in_table = cursor.currentTable() is not None
        code = cursor.blockFormat().hasProperty(QTextBlockFormat.Property.BlockCodeFence)
        last = not cursor.block().next().blockFormat().hasProperty(QTextBlockFormat.Property.BlockCodeFence)
        if level:
            spacing.setTopMargin(0 if level == 1 else 18)
            spacing.setBottomMargin(6)
        elif in_table:
            spacing.setTopMargin(2)
            spacing.setBottomMargin(2)
        elif code:
            spacing.setBottomMargin(12 if last else 0)
            spacing.setNonBreakableLines(False)
            spacing.setBackground(theme.colour("neutral_soft"))
        else:
            spacing.setBottomMargin(4 if listed else 9)
            spacing.setLineHeight(128, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spacing)
        parts = []
        part = cursor.block().begin()
        while not part.atEnd():
            parts.append(part.fragment())
            part += 1
        for fragment in parts:
            chosen = QTextCursor(cursor.document())
            chosen.setPosition(fragment.position())
            chosen.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
            chosen.mergeCharFormat(_lettering(fragment.charFormat(), level, code, in_table))


def _lettering(given: QTextCharFormat, level: int, code: bool, in_table: bool) -> QTextCharFormat:
    made = QTextCharFormat()
    fixed = given.fontFixedPitch() or code
    made.setForeground(theme.colour("accent" if given.isAnchor() else "text"))
    if fixed:
        made.setFontFamilies(["monospace"])
        made.setProperty(QTextCharFormat.Property.FontPixelSize, 13)
        if not code:
            made.setBackground(theme.colour("neutral_soft"))
        return made
    weight = theme.SEMIBOLD if level or given.fontWeight() > QFont.Weight.Medium else theme.REGULAR
    size = _HEADINGS.get(level, 14) if level else (13 if in_table else 14)
    made.setFont(
        theme.font(size, weight), QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly
    )
    if given.isAnchor():
        made.setFontUnderline(False)
    return made


def _dress_table(table: QTextTable) -> None:
    shape = table.format()
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBorder(1)
    shape.setBorderCollapse(True)
    shape.setBorderBrush(theme.colour("border"))
    shape.setCellPadding(5)
    shape.setCellSpacing(0)
    shape.setTopMargin(4)
    shape.setBottomMargin(12)
    shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 99))
    table.setFormat(shape)


class HelpPage(Page):
    """`calm://help/TOPIC`: topics at the left, the page at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.topic = ""
        self.text = HelpText()
        self.text.anchorClicked.connect(self._followed)
        self.topics = QVBoxLayout()
        self.topics.setSpacing(2)
        self.buttons = {}
        for topic, title in TOPICS.items():
            made = button(title, "topic")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, topic=topic: self.link_requested.emit(places.help_on(topic)))
            self.topics.addWidget(made)
            self.buttons[topic] = made
        self.topics.addStretch(1)
        side = QWidget()
        side.setFixedWidth(216)
        side.setLayout(self.topics)
        self.topics.setContentsMargins(0, 0, 0, 0)
        section = Section()
        section.layout().setContentsMargins(1, 1, 1, 1)  # type: ignore[union-attr]
        section.body.addWidget(self.text)
        section.setMaximumWidth(TEXT_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(28, 2, 28, 18)
        row.setSpacing(14)
        row.addWidget(side)
        row.addWidget(section, 4)
        row.addStretch(0)

    def load(self, link: Link) -> None:
        topic = link.name if link.name in TOPICS else TOPIC_OF.get(link.get("about"), "start")
        self.set_header(Header("Help", (("Help", ""), (TOPICS[topic], ""))))
        for name, made in self.buttons.items():
            made.setChecked(name == topic)
        if topic != self.topic:
            self.topic = topic
            self.text.show_markdown(resource(f"help_{topic.replace('-', '_')}.md").read_text("utf-8"))

    def refresh(self, changed: object) -> None:
        """What the help says does not change with the store."""

    def _followed(self, url: QUrl) -> None:
        if url.scheme() == "calm":
            self.link_requested.emit(url.toString())
        elif url.hasFragment():
            self.text.scrollToAnchor(url.fragment())
