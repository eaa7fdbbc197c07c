"""The window's frame: side bar, header, pages, search; what pages show is their own (see `page`).

    shell = Shell(background, search=find, settings=QSettings(...))
    shell.register("account", make_account_page)        # calm://account/Acme
    shell.add_command(Command("New sale…", start_sale, "Ctrl+N"))
    shell.open_page("calm://accounts")

After a commit: `shell.refresh(changed)`. When the business day turns: `shell.today_changed(day)`. A message or an undo:
`shell.notify(Notice(...))`. Files dropped anywhere arrive as `files_dropped(list of paths)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QByteArray, QPoint, QRectF, QSettings, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.problems import Problem
from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.command_palette import Command, CommandPalette, Hit, Search
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice, Page
from calm_desktop.ui.widgets import Banner, Breadcrumbs, Chip, ElidedLabel, EmptyState, Icon, Label, button, clear, tool

__all__ = ["ENTRIES", "Command", "Hit", "Shell"]

PRODUCT = "CALM Desktop"
SIDEBAR_WIDTH = 226
RECENTS = 8
CHIP_SPACING, BUTTON_SPACING = 10, 8
TITLE_ROOM = 440
"""Pixels for which a title may ask of the buttons beside it."""
AROUND_TITLE = 100
"""Margins of the header, the gaps beside Back and Forward, and a gap before the buttons."""

ENTRIES: tuple[tuple[str, str, str], ...] = (
    ("Home", "home", "calm://home"),
    ("Accounts", "accounts", "calm://accounts"),
    ("Assets", "assets", "calm://assets"),
    ("Orders", "orders", "calm://orders"),
    ("Invoices", "invoices", "calm://invoices"),
    ("Products and prices", "products", "calm://products"),
    ("Imports", "imports", "calm://imports"),
    ("Reports", "reports", "calm://reports"),
)
SETTINGS_ENTRY = ("Settings", "settings", "calm://settings")
HELP_ENTRY = ("Help", "help", "calm://help")

# The side bar's entry that is lit while a page about one thing is open.
LISTS = {"account": "accounts", "asset": "assets", "actions": "assets", "action": "assets", "order": "orders",
         "invoice": "invoices", "invoice-lines": "invoices", "credit": "invoices", "credits": "invoices",
         "payments": "invoices", "payment": "invoices", "statement": "accounts", "product": "products",
         "import": "imports", "report": "reports",
         "taxes": "products", "rates": "settings", "account-editor": "accounts"}  # fmt: skip


class _NavButton(QPushButton):
    """An entry of the side bar; its icon takes the accent while it is lit."""

    def __init__(self, text: str, icon: str) -> None:
        super().__init__(text)
        self._icon = icon
        self.setAccessibleName(text)
        self.setProperty("kind", "nav")
        self.setCheckable(True)
        self.setFont(theme.font(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        area = QRectF(10, (self.height() - 16) / 2, 16, 16)
        theme.draw_icon(QPainter(self), area, self._icon, "accent" if self.isChecked() else "muted")


class SideBar(QFrame):
    """Product name, search, entries, recents, and the note on what is saved."""

    link_activated = Signal(str)
    search_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(SIDEBAR_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 18, 14, 12)
        layout.setSpacing(2)
        name = Label(PRODUCT, size=17, weight=theme.BOLD)
        name.setContentsMargins(8, 0, 0, 0)
        layout.addWidget(name)
        layout.addSpacing(11)
        self.search = button("")
        self.search.setObjectName("searchButton")
        self.search.setAccessibleName("Search everything (Ctrl+K)")
        inner = QHBoxLayout(self.search)
        inner.setContentsMargins(13, 0, 22, 0)
        inner.setSpacing(10)
        inner.addWidget(Icon("search"))
        inner.addWidget(Label("Search…", "muted"))
        inner.addStretch(1)
        inner.addWidget(Label("Ctrl K", "muted", size=theme.SMALL))
        self.search.clicked.connect(self.search_requested)
        layout.addWidget(self.search)
        layout.addSpacing(11)
        self._group = QButtonGroup(self)
        self.entries: dict[str, _NavButton] = {}
        for text, icon, link in ENTRIES:
            layout.addWidget(self._entry(text, icon, link))
        layout.addSpacing(14)
        self._recent_title = Label("RECENT", "muted", size=theme.TINY, weight=theme.MEDIUM)
        self._recent_title.setContentsMargins(8, 0, 0, 4)
        self._recent_title.hide()
        layout.addWidget(self._recent_title)
        self._recents = QVBoxLayout()
        self._recents.setSpacing(1)
        layout.addLayout(self._recents)
        layout.addStretch(1)
        layout.addWidget(self._entry(*HELP_ENTRY))
        layout.addWidget(self._entry(*SETTINGS_ENTRY))
        self.note = ElidedLabel("", "muted", size=theme.TINY)
        self.note.setContentsMargins(8, 0, 0, 0)
        layout.addWidget(self.note)

    def _entry(self, text: str, icon: str, link: str) -> _NavButton:
        made = _NavButton(text, icon)
        made.clicked.connect(lambda: self.link_activated.emit(link))
        self._group.addButton(made)
        self.entries[Link.parse(link).kind] = made
        return made

    def light(self, link: Link) -> None:
        """Light the entry that a place belongs to, as its breadcrumbs say: what is one account's is under Accounts."""
        of_account = link.get("account") and not link.get("asset")
        wanted = "accounts" if of_account else LISTS.get(link.kind, link.kind)
        self._group.setExclusive(False)
        for name, made in self.entries.items():
            made.setChecked(name == wanted)
        self._group.setExclusive(True)

    def show_recents(self, recents: Sequence[tuple[str, str]]) -> None:
        """List what was looked at lately, as (title, link)."""
        clear(self._recents)
        for title, link in recents:
            made = button("", "recent")
            made.setAccessibleName(title)
            label = ElidedLabel(title, "muted")
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inner = QHBoxLayout(made)
            inner.setContentsMargins(9, 0, 8, 0)
            inner.addWidget(label)
            made.clicked.connect(lambda _=False, link=link: self.link_activated.emit(link))
            self._recents.addWidget(made)
        self._recent_title.setVisible(bool(recents))

    def show_note(self, text: str, tone: str = "muted") -> None:
        """The line at the foot, such as `Saved · backup 08:00 today`."""
        self.note.set_tone(tone)
        self.note.setText(text)


class HeaderBar(QWidget):
    """Back and forward, breadcrumbs, title with chips, and the page's action buttons."""

    link_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(28, 14, 28, 12)
        row.setSpacing(4)
        self.back = tool("back", "Back", "Back (Alt+Left)")
        self.forward = tool("forward", "Forward", "Forward (Alt+Right)")
        row.addWidget(self.back)
        row.addWidget(self.forward)
        row.addSpacing(4)
        middle = QVBoxLayout()
        middle.setSpacing(1)
        self.crumbs = Breadcrumbs()
        self.crumbs.link_activated.connect(self.link_activated)
        middle.addWidget(self.crumbs)
        title_row = QHBoxLayout()
        title_row.setSpacing(CHIP_SPACING)
        self.title = ElidedLabel("", size=24, weight=theme.BOLD)
        title_row.addWidget(self.title)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(CHIP_SPACING)
        title_row.addLayout(self._chips)
        title_row.addStretch(1)
        middle.addLayout(title_row)
        row.addLayout(middle, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(BUTTON_SPACING)
        row.addLayout(self._buttons)
        self._header = Header("")
        self.chips: list[Chip] = []
        self.folded: tuple[QAbstractButton, ...] = ()
        self.more = button("More", icon="chevron-down")
        self.more.hide()
        self._buttons.addWidget(self.more)
        self.more.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.more.clicked.connect(lambda: self.more_menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height()))))

    def show_header(self, header: Header) -> None:
        """Show a page's header; the buttons of the page before are put aside."""
        # No button is shown or hidden before it stands in this bar: by itself it would be a window.
        self._header = Header("")
        self.crumbs.show_crumbs(header.crumbs)
        self.crumbs.setVisible(bool(header.crumbs))
        self.title.setText(header.title)
        clear(self._chips)
        self.chips = [Chip(text, tone) for text, tone in header.chips]
        for chip in self.chips:
            self._chips.addWidget(chip)
        while (entry := self._buttons.takeAt(0)) is not None:
            widget = entry.widget()
            if widget is not None and widget not in (*header.buttons, self.more):
                widget.hide()
                widget.setParent(None)
        for made in (*header.buttons[:-1], self.more, *header.buttons[-1:]):
            self._buttons.addWidget(made)
        self._header = header
        self._fold()

    def more_menu(self) -> QMenu:
        """The buttons that have no room of their own."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for made in self.folded:
            action = menu.addAction(made.text() or made.accessibleName())
            action.setEnabled(made.isEnabled())
            action.setToolTip(made.toolTip())
            action.triggered.connect(made.click)
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Put buttons under More until the title can be read beside the others.

        Those that are only an icon go first, then from the right, but for the last.
        """
        there = self._header.buttons
        kept = list(there)
        while len(kept) > 1 and self._wanted(kept, len(kept) < len(there)) > self.width():
            kept.remove(next((made for made in kept[:-1] if not made.text()), kept[-2]))
        self.folded = tuple(made for made in there if made not in kept)
        for made in there:
            made.setVisible(made in kept)
        self.more.setVisible(bool(self.folded))

    def _wanted(self, kept: Sequence[QWidget], more: bool) -> int:
        """The width in which the title, with its chips, and these buttons are whole."""
        title = min(self.title.sizeHint().width(), TITLE_ROOM)
        around = sum(made.sizeHint().width() for made in (self.back, self.forward)) + AROUND_TITLE
        shown = [*kept, self.more] if more else kept
        beside = sum(made.sizeHint().width() + BUTTON_SPACING for made in shown)
        return around + title + sum(chip.sizeHint().width() + CHIP_SPACING for chip in self.chips) + beside


class Shell(QMainWindow):
    """The window. `page_opened(link)` tells each place shown, `files_dropped(paths)` files let go over it."""

    page_opened = Signal(str)
    files_dropped = Signal(list)
    as_of_changed = Signal(object)

    def __init__(
        self, background: Background, search: Search, settings: QSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(PRODUCT)
        self.setAcceptDrops(True)
        self.settings = settings
        self.pages: dict[str, Page] = {}
        self._factories: dict[str, Callable[[], Page]] = {}
        self._history: list[str] = []
        self._place = -1
        self.recents: list[tuple[str, str]] = []

        self.sidebar = SideBar()
        self.header = HeaderBar()
        self.banner = Banner()
        self.stack = QStackedWidget()
        self.lost = EmptyState("This link leads nowhere", "")
        self.stack.addWidget(self.lost)
        area = QWidget()
        area.setObjectName("pageArea")
        column = QVBoxLayout(area)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        bar = QHBoxLayout()
        bar.setContentsMargins(28, 0, 28, 0)
        bar.addWidget(self.banner)
        column.addLayout(bar)
        column.addWidget(self.stack, 1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(area, 1)
        self.setCentralWidget(middle)

        self.palette_popup = CommandPalette(background, search, self)
        self.palette_popup.chosen.connect(self.open_page)
        self.sidebar.link_activated.connect(self.open_page)
        self.sidebar.search_requested.connect(self.palette_popup.popup)
        self.header.link_activated.connect(self.open_page)
        self.header.back.clicked.connect(self.go_back)
        self.header.forward.clicked.connect(self.go_forward)
        for keys, act in (
            ("Ctrl+K", self.palette_popup.popup),
            ("Ctrl+Shift+P", lambda: self.palette_popup.popup(">")),
            ("Alt+Left", self.go_back),
            ("Alt+Right", self.go_forward),
            ("Ctrl+F", self._focus_filter),
            ("F1", self.open_help),
            ("F5", lambda: self.refresh(None)),
            ("Ctrl+Shift+L", self.copy_link),
        ):
            self._shortcut(keys, act)
        self._standard_commands()
        self._restore()
        self._show_history()

    # -- pages

    def register(self, kind: str, factory: Callable[[], Page]) -> None:
        """Say how the page for `calm://kind...` is made; it is made once, when first opened."""
        self._factories[kind] = factory

    def open_page(self, link: str) -> None:
        """Open a link and remember it in the history."""
        if self._history and self._history[self._place] == link and self.page is not None:
            self._show(link)
            return
        del self._history[self._place + 1 :]
        self._history.append(link)
        self._place = len(self._history) - 1
        self._show(link)

    @property
    def page(self) -> Page | None:
        """The page in front."""
        widget = self.stack.currentWidget()
        return widget if isinstance(widget, Page) else None

    @property
    def link(self) -> str:
        """The place in front."""
        return self._history[self._place] if self._history else ""

    def go_back(self) -> None:
        """Show the place before."""
        self._go(-1)

    def go_forward(self) -> None:
        """Show the place after."""
        self._go(1)

    def refresh(self, changed: object) -> None:
        """Tell every page made so far what was committed."""
        for page in self.pages.values():
            page.refresh(changed)

    def today_changed(self, day: date) -> None:
        """Tell every page made so far that the business day turned."""
        for page in self.pages.values():
            page.today_changed(day)

    # -- messages

    def notify(self, notice: Notice) -> None:
        """Show a bar above the page."""
        self.banner.tell(notice.text, notice.tone, notice.buttons)

    def tell_problems(self, problems: Sequence[Problem]) -> None:
        """Show problems that have no field of their own."""
        self.banner.tell_problems(problems)

    # -- commands

    def add_command(self, command: Command) -> None:
        """Make a command known to the search, and its shortcut to the window."""
        self.palette_popup.commands.append(command)
        if command.shortcut:
            self._shortcut(command.shortcut, command.act)

    def copy_link(self) -> None:
        """Put the link of the place in front on the clipboard."""
        QGuiApplication.clipboard().setText(self.link)

    def open_help(self) -> None:
        """Open what the help says about the page in front."""
        kind = self.page.link.kind if self.page is not None and self.page.link is not None else ""
        if kind != Link.parse(HELP_ENTRY[2]).kind:
            self.open_page(str(Link.parse(HELP_ENTRY[2]).with_parameters(about=kind or None)))

    def add_recent(self, title: str, link: str) -> None:
        """Put a thing at the top of the recents."""
        self.recents = [(title, link), *(entry for entry in self.recents if entry[1] != link)][:RECENTS]
        self.settings.setValue("shell/recents", [text for entry in self.recents for text in entry])
        self.sidebar.show_recents(self.recents)

    # -- inside

    def _show(self, text: str) -> None:
        try:
            link = Link.parse(text)
            page = self._page_of(link.kind)
        except (ValueError, KeyError):
            self.lost.text.setText(f"{text} is not a place in {PRODUCT}.")
            self.stack.setCurrentWidget(self.lost)
            self.header.show_header(Header(""))
            self._show_history()
            return
        self.stack.setCurrentWidget(page)
        self.sidebar.light(link)
        page.open(link)
        self._show_header()
        self._show_history()
        self.page_opened.emit(text)

    def _page_of(self, kind: str) -> Page:
        if kind not in self.pages:
            page = self._factories[kind]()
            self.pages[kind] = page
            self.stack.addWidget(page)
            page.header_changed.connect(self._show_header)
            page.link_changed.connect(self._link_changed)
            page.link_requested.connect(self.open_page)
            page.notice_requested.connect(self.notify)
            page.recent_added.connect(self.add_recent)
            page.as_of_changed.connect(self.as_of_changed)
        return self.pages[kind]

    def _show_header(self) -> None:
        if (page := self.page) is not None:
            self.header.show_header(page.header)
            title = page.header.title
            self.setWindowTitle(f"{title} – {PRODUCT}" if title else PRODUCT)

    def _link_changed(self) -> None:
        page = self.page
        if page is not None and page is self.sender() and page.link is not None and self._history:
            self._history[self._place] = str(page.link)

    def _go(self, step: int) -> None:
        if 0 <= self._place + step < len(self._history):
            self._place += step
            self._show(self._history[self._place])

    def _show_history(self) -> None:
        self.header.back.setEnabled(self._place > 0)
        self.header.forward.setEnabled(self._place < len(self._history) - 1)

    def _focus_filter(self) -> None:
        if (page := self.page) is not None:
            page.focus_filter()

    def _shortcut(self, keys: str, act: Callable[[], object]) -> None:
        action = QAction(self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: act())
        self.addAction(action)

    def _standard_commands(self) -> None:
        for text, _, link in (*ENTRIES, SETTINGS_ENTRY, HELP_ENTRY):
            self.add_command(Command(f"Go to {text}", partial(self.open_page, link)))
        self.add_command(Command("Copy link to this page", self.copy_link))
        for scheme, words in (
            (theme.Scheme.SYSTEM, "Theme: as the system"),
            (theme.Scheme.LIGHT, "Theme: light"),
            (theme.Scheme.DARK, "Theme: dark"),
            (theme.Scheme.HIGH_CONTRAST, "Theme: high contrast"),
        ):
            self.add_command(Command(words, partial(self.choose_theme, scheme)))

    def choose_theme(self, scheme: theme.Scheme) -> None:
        """Switch the theme now, and remember the choice."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.choose(app, scheme, self.settings)

    def _restore(self) -> None:
        geometry = self.settings.value("shell/geometry")
        if isinstance(geometry, QByteArray) and not geometry.isEmpty():
            self.restoreGeometry(geometry)
        else:
            self.resize(1280, 800)
        flat = self.settings.value("shell/recents") or []
        texts = [str(text) for text in flat] if isinstance(flat, list) else []
        self.recents = list(zip(texts[::2], texts[1::2], strict=False))
        self.sidebar.show_recents(self.recents)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.setValue("shell/geometry", self.saveGeometry())
        self.settings.setValue("shell/link", self.link)
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)
