"""`make pictures`: draws the README's pictures into `resources`, from the sample data, with the program itself."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

DAY = date(2026, 11, 22)
FOLDER = Path(__file__).resolve().parent.parent / "resources"
NAMES = {
    "home": "picture_home",
    "report-movements": "picture_report_light",
    "report-categories": "picture_report_dark",
    "account-light": "picture_account_light",
    "account-dark": "picture_account_dark",
    "actions": "picture_actions",
    "wizard-renewal": "picture_renewal_wizard",
    "wizard-invoicing-light": "picture_invoicing_light",
    "wizard-invoicing-dark": "picture_invoicing_dark",
    "wizard-change-light": "picture_change_light",
    "wizard-change-dark": "picture_change_dark",
    "wizard-mapping": "picture_mapping_light",
}
SMALLEST = 0  # Qt's word for a PNG that is packed as small as it can be


def draw() -> None:
    """Draw each picture at one pixel a point, in the 256 colours that it has most of."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from calm_desktop.services.desk import Desk
    from calm_desktop.services.sample import fill
    from calm_desktop.ui.pictures import main_pages

    with tempfile.TemporaryDirectory() as folder:
        with Desk.create(Path(folder) / "sample.db", {"currency": "USD"}, today=DAY) as desk:
            fill(desk)
            drawn = main_pages(desk, Path(folder), scale=1)
        for file in drawn:
            if file.stem in NAMES:
                target = FOLDER / f"{NAMES[file.stem]}.png"
                _with_few_colours(QImage(str(file))).save(str(target), "PNG", SMALLEST)  # type: ignore[call-overload]
                print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB")


def _with_few_colours(image: QImage) -> QImage:
    points = image.convertToFormat(QImage.Format.Format_RGB32)
    colours, counts = np.unique(np.frombuffer(points.constBits(), np.uint32), return_counts=True)
    most = [int(colour) for colour in colours[np.argsort(-counts)][:256]]
    return points.convertToFormat(QImage.Format.Format_Indexed8, most, Qt.ImageConversionFlag.AvoidDither)


if __name__ == "__main__":
    draw()
