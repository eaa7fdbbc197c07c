"""Colours, fonts and icons: light, dark and high contrast, following the system and switchable live.

At start: `theme.load_fonts()`, then `theme.apply(app)` (or `apply(app, Scheme.DARK)`). Widgets that paint themselves
read `theme.tokens()` while painting; whatever keeps colours of its own restyles on `theme.current().changed`.
Fonts are set in code (`theme.font(size, weight)`), never in the style sheet, which would lose the variable weight.
Icons: `widgets.Icon` and `widgets.tool` draw them; `theme.set_icon(button, "download")` gives one to a push button and
recolours it when the theme changes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from calm_desktop import bundled
from calm_desktop.bundled import resource

FAMILY = "Inter"
BODY, SMALL, TINY = 13, 12, 11
REGULAR, MEDIUM, SEMIBOLD, BOLD = 400, 500, 600, 700


class Scheme(StrEnum):
    """What a user can choose; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme by what they mean, each as `#rrggbb`.

    Text colours stand at least 4.5:1 against every ground they are used on, marks (`mark`, `action`, `line`) 3:1.
    """

    page: str
    surface: str
    sidebar: str
    border: str
    field_border: str
    hover: str
    grid: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_soft: str
    selection: str
    good: str
    good_soft: str
    bad: str
    bad_soft: str
    warn: str
    warn_soft: str
    neutral_soft: str
    mark: str
    action: str
    bubble: str
    on_bubble: str
    bubble_muted: str


LIGHT = Tokens(
    page="#f6f7f9", surface="#ffffff", sidebar="#ffffff", border="#e3e6eb", field_border="#dde1e7",
    hover="#f1f4f8", grid="#eceff3", text="#171b22", muted="#5a6370", disabled="#a3abb6",
    accent="#0b63ce", on_accent="#ffffff", accent_hover="#0956b3", accent_soft="#e8f1fd", selection="#e3eefc",
    good="#0e6f47", good_soft="#e3f5ec", bad="#b3261e", bad_soft="#fcebea", warn="#8a4b00", warn_soft="#fdf1dc",
    neutral_soft="#eef1f5", mark="#0b63ce", action="#d46a0a",
    bubble="#171b22", on_bubble="#ffffff", bubble_muted="#c3cad4",
)  # fmt: skip

DARK = Tokens(
    page="#0f1318", surface="#171e26", sidebar="#141a21", border="#28313c", field_border="#303b48",
    hover="#1d2630", grid="#242d37", text="#e8ecf1", muted="#9ca7b5", disabled="#566270",
    accent="#6cb0ff", on_accent="#0f1318", accent_hover="#8cc2ff", accent_soft="#16304f", selection="#1b3352",
    good="#78dba9", good_soft="#12352a", bad="#ff8f86", bad_soft="#3d1d1c", warn="#f5c069", warn_soft="#3a2b12",
    neutral_soft="#232c37", mark="#6cb0ff", action="#ffb057",
    bubble="#e8ecf1", on_bubble="#171b22", bubble_muted="#4a5361",
)  # fmt: skip

HIGH_CONTRAST = Tokens(
    page="#000000", surface="#000000", sidebar="#000000", border="#ffffff", field_border="#ffffff",
    hover="#262626", grid="#4d4d4d", text="#ffffff", muted="#e6e6e6", disabled="#8c8c8c",
    accent="#ffd60a", on_accent="#000000", accent_hover="#ffe566", accent_soft="#33300f", selection="#003a70",
    good="#6bff9e", good_soft="#00240d", bad="#ff9e96", bad_soft="#330500", warn="#ffd27a", warn_soft="#2e1f00",
    neutral_soft="#262626", mark="#4fc3ff", action="#ffa033",
    bubble="#ffffff", on_bubble="#000000", bubble_muted="#262626",
)  # fmt: skip

_TOKENS = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK, Scheme.HIGH_CONTRAST: HIGH_CONTRAST}


class Theme(QObject):
    """The theme in force; `changed` is told after palette and style sheet have been switched."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.chosen = Scheme.LIGHT
        self.shown = Scheme.LIGHT
        self.tokens = LIGHT
        self._follows_system = False

    def follow_system(self) -> None:
        """Switch with the desktop from now on while the choice is SYSTEM; asked twice, it connects once."""
        if not self._follows_system:
            self._follows_system = True
            QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def _system_changed(self) -> None:
        app = QApplication.instance()
        if self.chosen is Scheme.SYSTEM and isinstance(app, QApplication):
            apply(app, Scheme.SYSTEM)


@cache
def current() -> Theme:
    """The one theme of this process."""
    return Theme()


@cache
def _text(name: str) -> str:
    return resource(name).read_text("utf-8")


def tokens() -> Tokens:
    """The colours in force now."""
    return current().tokens


def colour(token: str) -> QColor:
    """The colour in force for a token's name, such as `muted`."""
    return QColor(getattr(tokens(), token))


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""

    def luminance(name: str) -> float:
        shade = QColor(name)
        parts = (shade.redF(), shade.greenF(), shade.blueF())
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def load_fonts() -> str:
    """Load the Inter family from its package and answer the family's name; loading twice is harmless."""
    if FAMILY not in QFontDatabase.families():
        with resources.as_file(bundled.font()) as file:
            QFontDatabase.addApplicationFont(str(file))
    return FAMILY


def font(size: int = BODY, weight: int = REGULAR, figures: bool = False) -> QFont:
    """Inter in `size` pixels and `weight` (400 to 700); `figures` gives all digits one width, for columns of them."""
    made = QFont(FAMILY)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight(min(weight, SEMIBOLD)))  # for SVG files; beyond it Qt thickens what is bold already
    made.setVariableAxis(QFont.Tag("wght"), weight)
    if figures:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def style_sheet(colours: Tokens) -> str:
    """The style sheet with the colours of one theme; raises KeyError where it names a token that does not exist."""
    signs = {f"sign_{sign}": _sign_file(name, getattr(colours, ink)) for sign, (name, ink) in _SIGNS.items()}
    return Template(_text("stylesheet.qss")).substitute(asdict(colours), **signs)


# The style sheet can only show files: these icons are drawn into some, in the colours of the theme.
_SIGNS = {
    "down": ("chevron-down", "muted"),
    "up": ("chevron-up", "muted"),
    "left": ("chevron-left", "muted"),
    "right": ("chevron-right", "muted"),
    "check": ("check", "on_accent"),
    "dot": ("dot", "on_accent"),
}


@cache
def _sign_folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="calm-desktop-")


@cache
def _sign_file(name: str, colour_name: str) -> str:
    path = Path(_sign_folder().name) / f"{name}-{colour_name.removeprefix('#')}.png"
    for ratio in (1, 2):
        file = path if ratio == 1 else path.with_stem(f"{path.stem}@2x")
        _picture(name, colour_name, 16, ratio).save(str(file))
    return path.as_posix()


def palette(colours: Tokens) -> QPalette:
    """A whole palette of our own: not every platform follows a colour scheme that is asked for."""
    made = QPalette()
    role = QPalette.ColorRole
    for target, name in {
        role.Window: colours.page,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.hover,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.on_accent,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.bubble,
        role.ToolTipText: colours.on_bubble,
        role.PlaceholderText: colours.muted,
        role.Accent: colours.accent,
        role.Light: colours.hover,
        role.Midlight: colours.border,
        role.Mid: colours.border,
        role.Dark: colours.field_border,
        role.Shadow: colours.border,
    }.items():
        made.setColor(target, QColor(name))
    for target in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.disabled))
    return made


def system_scheme() -> Scheme:
    """What the desktop asks for: high contrast before dark before light."""
    hints = QGuiApplication.styleHints()
    accessibility: Any = getattr(hints, "accessibility", None)
    if accessibility is not None and accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return Scheme.HIGH_CONTRAST
    return Scheme.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else Scheme.LIGHT


def apply(app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
    """Switch the whole application to a scheme, now; every open window follows."""
    load_fonts()
    theme = current()
    theme.follow_system()
    theme.chosen = scheme
    theme.shown = system_scheme() if scheme is Scheme.SYSTEM else scheme
    theme.tokens = _TOKENS[theme.shown]
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setFont(font())
    app.setPalette(palette(theme.tokens))
    app.setStyleSheet(style_sheet(theme.tokens))
    theme.changed.emit()


def choose(app: QApplication, scheme: Scheme, settings: QSettings) -> None:
    """Switch to a scheme now, and remember the choice."""
    apply(app, scheme)
    settings.setValue("shell/theme", scheme.value)


def draw_icon(painter: QPainter, area: QRectF, name: str, ink: str = "muted") -> None:
    """Draw the icon `name` in the colour of the token `ink`, as shapes: crisp at any size."""
    _draw(painter, area, name, getattr(tokens(), ink))


def _draw(painter: QPainter, area: QRectF, name: str, colour_name: str) -> None:
    source = _text(f"icon-{name}.svg").replace("currentColor", colour_name)
    QSvgRenderer(QByteArray(source.encode())).render(painter, area)


def pixmap(name: str, ink: str = "muted", size: int = 16, ratio: float = 2.0) -> QPixmap:
    """The icon `name` in the colour of the token `ink`, `size` logical pixels wide, crisp at `ratio`."""
    picture = _picture(name, getattr(tokens(), ink), size, ratio)
    picture.setDevicePixelRatio(ratio)
    return picture


def _picture(name: str, colour_name: str, size: int, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    _draw(painter, QRectF(0, 0, size * ratio, size * ratio), name, colour_name)
    painter.end()
    return picture


def icon(name: str, ink: str = "muted", size: int = 16) -> QIcon:
    """The icon `name` in the colours of the theme in force, with a paler picture for what is disabled."""
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, ink, size, ratio))
        made.addPixmap(pixmap(name, "disabled", size, ratio), QIcon.Mode.Disabled)
    return made


class _ButtonIcon(QObject):
    """Keeps one button's icon in the theme's colour; lives and dies with its button."""

    def __init__(self, button: QAbstractButton, name: str, ink: str, size: int) -> None:
        super().__init__(button)
        self.button, self.name, self.ink, self.size = button, name, ink, size
        button.setIconSize(QSize(size, size))
        current().changed.connect(self.draw)
        self.draw()

    def draw(self) -> None:
        self.button.setIcon(icon(self.name, self.ink, self.size))


def set_icon(button: QAbstractButton, name: str, ink: str = "muted", size: int = 16) -> None:
    """Give a button an icon that changes its colour with the theme; a second call replaces the first."""
    for old in button.findChildren(_ButtonIcon, options=Qt.FindChildOption.FindDirectChildrenOnly):
        old.setParent(None)
        old.deleteLater()
    _ButtonIcon(button, name, ink, size)
