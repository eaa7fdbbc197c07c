"""Paper as files: a PDF, and a mail that has it attached; a file is whole or not there at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from calm_desktop.engine.problems import Fault
from calm_desktop.services.shapes import PaperShape
from calm_desktop.ui.paper import pdf
from calm_desktop.ui.paper_text import content

UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
"""What no file's name can hold somewhere."""


def file_name(paper: PaperShape, suffix: str = ".pdf") -> str:
    """What the file of a document is called."""
    return UNFIT.sub("-", content(paper).name).strip(". ") + suffix


def write_pdf(paper: PaperShape, path: Path) -> None:
    """Write a document as a PDF file. Raises `Fault` where it cannot be written; then no half of it is there."""
    write_whole(path, [pdf(paper)])


def folder_for_papers(path: Path) -> Path:
    """The folder, made where there is none. Raises `Fault` where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Fault(f"{path} cannot be a folder: {error.strerror or error}. Choose another.") from error
    except ValueError:
        raise Fault(f"{str(path)!r} cannot be the name of a folder. Choose another.") from None
    return path


def write_mail(paper: PaperShape, path: Path) -> None:
    """Write a mail to be addressed and sent, with the document attached. Raises `Fault` as `write_pdf` does."""
    told = content(paper)
    subject = " ".join(filter(None, (told.title, told.number)))
    seller = f" from {told.seller.name}" if told.seller.name else ""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject + seller
    mail["X-Unsent"] = "1"  # mail programs open it to be sent
    mail.set_content(f"{paper.account.name}: {subject}{seller} is attached.\n")
    mail.add_attachment(pdf(paper), maintype="application", subtype="pdf", filename=file_name(paper))
    mail.set_boundary("=_calm-desktop-paper")
    write_whole(path, [mail.as_bytes()])


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside its place and put it there once it is whole; what was there stays until then.

    Raises `Fault` where that cannot be, and what `parts` raises.
    """
    if path.is_dir():
        raise Fault(f"{path} is a folder. Give the name of a file.")
    beside = None
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        beside = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        beside.replace(path)
    except Fault:
        _remove(beside)
        raise
    except OSError as error:
        _remove(beside)
        words = error.strerror or str(error)
        raise Fault(f"{path} cannot be written: {words}. Choose another place, or make room.") from error
    except ValueError:
        raise Fault(f"{str(path)!r} cannot be the name of a file. Choose another.") from None


def _remove(half: Path | None) -> None:
    if half is not None:
        half.unlink(missing_ok=True)
