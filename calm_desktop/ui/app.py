"""The program with a window: the frame is shown first, then the desk is opened and the pages are loaded beside it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMessageLogContext, QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.door import Opener
from calm_desktop.ui.login import let_in
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.shell import PRODUCT

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk

log = logging.getLogger(__name__)


def _keep_message(_: QtMsgType, __: QMessageLogContext, words: str) -> None:
    """Qt's own messages go to the log; without a screen it says at each window that it cannot place one."""
    if "propagateSizeHints" not in words:
        log.warning("Qt: %s", words)


def application() -> QApplication:
    """The one application of this process, made where there is none yet."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        qInstallMessageHandler(_keep_message)
        app = QApplication([PRODUCT])
    app.setApplicationName("calm-desktop")
    app.setApplicationDisplayName(PRODUCT)
    return app


def window_settings() -> QSettings:
    """Where the window keeps its size, columns, filters and recents: an .ini file of the user's own."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "calm-desktop", "window")


def scheme_kept(settings: QSettings) -> theme.Scheme:
    """The theme chosen last time; the system's, where none was."""
    try:
        return theme.Scheme(str(settings.value("shell/theme") or theme.Scheme.SYSTEM))
    except ValueError:
        return theme.Scheme.SYSTEM


def run(desk: Desk | Callable[[], Desk], link: str = "", opener: Opener | None = None) -> int:
    """Open the window on a desk, at `link` or where it was left, until it is closed; answers the exit code.

    A function is called beside the shown window to open the desk; what it raises closes the window and is raised here.
    A desk that was opened here is closed here. `opener` opens the REST door, which the settings switch on.
    """
    app = application()
    settings = window_settings()
    theme.apply(app, scheme_kept(settings))
    background = Background()
    window = MainWindow(background, settings, link, opener)
    window.show()
    opened: list[Desk] = []
    broken: list[BaseException] = []

    def prepare() -> Desk | None:
        import calm_desktop.ui.pages
        import calm_desktop.ui.wizards  # noqa: F401

        if not callable(desk):
            return desk
        try:
            opened.append(desk())
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever called us, and is raised there
            broken.append(error)
            return None
        return opened[0]

    def leave() -> None:
        window.close()
        app.quit()

    def begin(ready: Desk | None) -> None:
        if ready is None:
            leave()
        else:
            let_in(window, background, ready, lambda: window.take_desk(ready), leave)

    # The first picture of the frame is painted before anything heavy takes the processor.
    QTimer.singleShot(0, lambda: background.run(prepare, begin, window.tell_problems, owner=window))
    hook, sys.excepthook = sys.excepthook, _log_uncaught
    try:
        code = app.exec()
    finally:
        sys.excepthook = hook
        # A second wish to quit, left behind, would end every event loop that this process runs later.
        app.removePostedEvents(app, QEvent.Type.Quit.value)
        window.close_desk()
        background.close()
        for each in opened:
            each.close()
    if broken:
        raise broken[0]
    return code


def _log_uncaught(_: type[BaseException], error: BaseException, __: object) -> None:
    """A mistake of ours in an event handler is written down; the window goes on."""
    log.error("uncaught in the window", exc_info=error)
