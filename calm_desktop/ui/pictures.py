"""Pictures of widgets and of whole pages, with or without a screen: PNG at any scale, SVG."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.problems import Fault, Problem, Refused
from calm_desktop.services.changes import amend_quantity
from calm_desktop.services.desk import Desk
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find, find_all
from calm_desktop.services.renewals import renewal_offers
from calm_desktop.services.reports import KINDS
from calm_desktop.services.requests import AmendQuantity, Find, Renew
from calm_desktop.services.shapes import AssetHead
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import list_accounts, list_assets, list_invoices
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.app import application
from calm_desktop.ui.background import Background
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.wizards.frame import Wizard
from calm_desktop.ui.wizards.importing import ImportWizard

SUFFIXES = (".png", ".svg")
DOTS_PER_INCH = 96
SIZE = QSize(1440, 960)
NESTED_LAYOUTS = 12
PATIENCE_SECONDS = 60.0


def grab(widget: QWidget, path: Path, scale: int = 2) -> None:
    """Write a picture of a widget as it looks at its size now; PNG is `scale` times as many pixels.

    Raises Fault where the file cannot be written or its name ends in neither .png nor .svg.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise Fault(f"{path.name} is neither a .png nor an .svg file. Choose one of these endings.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Choose another folder.") from None
    widget.ensurePolished()
    QApplication.processEvents()
    charts = widget.findChildren(LifecycleChart)
    if isinstance(widget, LifecycleChart):
        charts.append(widget)
    for chart in charts:
        chart.begin_picture(1 if path.suffix.lower() == ".svg" else scale)
    try:
        if path.suffix.lower() == ".svg":
            _svg(widget, path)
        else:
            _png(widget, path, scale)
    finally:
        for chart in charts:
            chart.end_picture()


def _svg(widget: QWidget, path: Path) -> None:
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the older version cannot clip
    generator.setFileName(str(path))
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    generator.setTitle(widget.windowTitle())
    painter = QPainter(generator)
    widget.render(painter, QPoint(0, 0))
    painter.end()


def _png(widget: QWidget, path: Path, scale: int) -> None:
    image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(0)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    if not image.save(str(path)):
        raise Fault(f"{path} cannot be written. Choose another folder.")


def picture(
    desk: Desk,
    what: str,
    name: str,
    out: Path,
    as_of: date | None = None,
    dark: bool = False,
    start: date | None = None,
    end: date | None = None,
) -> None:
    """Draw the window with an `account`, an `asset`, the `actions` of either, a `report` or a `paper` into a file.

    The file is a PNG or SVG file; a paper is that of an invoice or a credit memo.

    Raises Refused for a name that means nothing, Fault where the file cannot be written.
    """
    parameters = {}
    if as_of is not None:
        parameters["asof"] = as_of.isoformat()
    if what == "report":
        parameters |= {key: day.isoformat() for key, day in (("from", start), ("to", end or as_of)) if day is not None}
    elif start is not None or end is not None:
        parameters["from"] = (start or FIRST_DAY).isoformat()
        parameters["to"] = (end or LAST_DAY).isoformat()
    link = Link.parse(desk.ask(_place, (what, name))).with_parameters(**parameters)
    with window_on(desk, dark) as window:
        show(window, str(link))
        grab(window, out)


def main_pages(desk: Desk, folder: Path, scale: int = 2) -> list[Path]:
    """Draw the main pages of a store into `folder`; those of an account and an asset for the one with most to tell."""
    rows = desk.ask(list_accounts, Find())
    account = max(rows, key=lambda row: (row.mrr.minor > 0, row.assets, row.mrr.minor), default=None)
    shots = [
        ("home", "calm://home", False),
        ("accounts", places.accounts(), False),
        ("report-movements", places.report("mrr-movements"), False),
        ("report-categories", places.report("categories"), True),
    ]
    if account is not None:
        owned = desk.ask(list_assets, Find(account=account.id))
        asset = max(owned, key=lambda row: (row.status == "Active", row.mrr.minor), default=None)
        shots += [
            ("account-light", places.account(account.id), False),
            ("account-dark", places.account(account.id), True),
            ("actions", places.actions(account.id, tab="mrr"), False),
        ]
        if asset is not None:
            shots.append(("asset", places.asset(asset.id), False))
    shots.append(("products", places.products(), False))
    invoices = desk.ask(list_invoices, Find())
    shots.append(("invoices", places.invoices(), False))
    if invoices:
        shots.append(("invoice", places.invoice(invoices[-1].id), False))
        shots += [(f"paper-{look}", places.paper(invoices[-1].id), look == "dark") for look in ("light", "dark")]
    written = []
    for dark in (False, True):
        with window_on(desk, dark) as window:
            for name, link, is_dark in shots:
                if is_dark == dark:
                    show(window, link)
                    written.append(folder / f"{name}.png")
                    grab(window, written[-1], scale)
            look = "dark" if dark else "light"
            if not dark:
                written += _renewal(desk, window, folder, scale)
            written += _invoicing(desk, window, folder / f"wizard-invoicing-{look}.png", scale)
            written += _change(desk, window, folder / f"wizard-change-{look}.png", scale)
            if not dark:
                written += _mapping(window, folder / "wizard-mapping.png", scale)
    return written


def _renewal(desk: Desk, window: MainWindow, folder: Path, scale: int) -> list[Path]:
    """The review of a renewal, where there is something to renew."""
    asset = desk.ask(_renewable, None)
    if asset is None:
        return []
    preset = {"account": asset.account_id, "assets": (asset.id,)}
    return _review(window, "renewal", preset, folder / "wizard-renewal.png", scale)


def _mapping(window: MainWindow, path: Path, scale: int) -> list[Path]:
    """The page of an import that says which column is what, for a file of another program."""
    rows = [
        f"C-{number};{10_000 + number};PRO;{number % 7 + 1};{number},90;{number % 28 + 1:02}.03.2026"
        for number in range(9, 40)
    ]
    rows[1] = rows[1].replace(";PRO;", ";BASIC;").replace(f";{10 % 7 + 1};", ";ten;")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contracts-2026-03.csv"
        file.write_text("\n".join(["Contract;Customer;Plan;Seats;Monthly fee;Active since", *rows]), "utf-8")
        wizard = window.start_wizard("importing", files=(str(file),))
        if not isinstance(wizard, ImportWizard):
            return []
        _settle(window.background)
        wizard.edit_mapping()
        for _ in range(3):  # the guess, then the first rows
            _settle(window.background)
        grab(wizard, path, scale)
        wizard.done(0)
    return [path]


def _invoicing(desk: Desk, window: MainWindow, path: Path, scale: int) -> list[Path]:
    """The preview of an invoice run over all that is due in the next three months."""
    through = display.day(desk.today + timedelta(days=90))
    return _review(window, "invoicing", {"through": through}, path, scale)


def _review(window: MainWindow, name: str, preset: dict[str, Any], path: Path, scale: int) -> list[Path]:
    """The review of one wizard with what is preset."""
    wizard = window.start_wizard(name, **preset)
    if not isinstance(wizard, Wizard):
        return []
    at = -1
    while at != wizard.at and wizard.step is not wizard.review:
        at = wizard.at
        _settle(window.background)
        wizard.go_on()
        _settle(window.background)
    grab(wizard, path, scale)
    wizard.done(0)
    return [path]


def _change(desk: Desk, window: MainWindow, path: Path, scale: int) -> list[Path]:
    """The review of a change: a third more of an asset, from the first day of a month that is to come."""
    start = (desk.today + timedelta(days=120)).replace(day=1)
    for asset in sorted(desk.ask(list_assets, Find()), key=lambda asset: asset.mrr.minor, reverse=True):
        more = max(asset.quantity // 3, Decimal(1))
        wish = AmendQuantity(asset.id, more, start)
        try:
            if asset.lifecycle_end is None or desk.preview(amend_quantity, wish).overrides_needed:
                continue
        except Refused:
            continue
        preset = {"asset": asset.id, "change": str(more), "start": display.day(start)}
        return _review(window, "change", preset, path, scale)
    return []


def _renewable(tx: Tx, _: object) -> AssetHead | None:
    """The asset that ends first among those that can be renewed today."""
    running = [asset for asset in list_assets(tx, Find()) if asset.status == "Active" and asset.lifecycle_end]
    for asset in sorted(running, key=lambda asset: asset.lifecycle_end or LAST_DAY):
        if not any(offer.problems for offer in renewal_offers(tx, Renew((asset.id,)))):
            return asset
    return None


def _place(tx: Tx, wanted: tuple[str, str]) -> str:
    """The link to what is wanted; actions are those of an asset, or of an account where no asset has the name."""
    what, name = wanted
    if what == "report":
        if name not in KINDS:
            raise Refused(
                [Problem("unknown-report", "name", f"There is no report {name}. There are: {', '.join(KINDS)}.")]
            )
        return places.report(name)
    if what == "actions":
        kind = "asset" if find_all(tx, "asset", name) else "account"
        owner = public_id(kind, find(tx, kind, name))
        return places.actions(asset_id=owner) if kind == "asset" else places.actions(owner)
    if what == "paper":
        kind = "credit" if find_all(tx, "credit", name) else "invoice"
        return places.paper(public_id(kind, find(tx, kind, name)))
    owner = public_id(what, find(tx, what, name))
    return places.asset(owner) if what == "asset" else places.account(owner)


@contextmanager
def window_on(desk: Desk, dark: bool) -> Iterator[MainWindow]:
    """The window on a desk, with settings that are thrown away."""
    if QApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = application()
    before = theme.current().chosen
    theme.apply(app, theme.Scheme.DARK if dark else theme.Scheme.LIGHT)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        background = Background()
        window = MainWindow(background, QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat))
        try:
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.resize(SIZE)
            window.show()
            window.take_desk(desk)
            _settle(background)
            yield window
        finally:
            window.close()
            background.close()
            window.deleteLater()
            QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
            theme.apply(app, before)


def show(window: MainWindow, link: str) -> None:
    """Open a link and wait until it is there."""
    window.open_page(link)
    _settle(window.background)


def _settle(background: Background) -> None:
    until = monotonic() + PATIENCE_SECONDS
    QApplication.processEvents()
    while background.busy and monotonic() < until:
        sleep(0.005)  # the work that is waited for gets the processor
        QApplication.processEvents()
    # A layout asks the one around it on the next turn: a turn for each floor of nested widgets.
    for _ in range(NESTED_LAYOUTS):
        QApplication.processEvents()
