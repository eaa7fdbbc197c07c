"""The command line puts documents on paper, and says plainly where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.command_line import CommandLine


def test_an_invoice_and_a_mail(april: CommandLine, tmp_path: Path) -> None:
    out, mail = tmp_path / "a.pdf", tmp_path / "a.eml"
    april("settings", "set", "company-name", "Northwind")
    done = april("pdf", "INV-000001", "--out", str(out), "--eml", str(mail))
    assert done == {"pdf": str(out), "eml": str(mail), "pages": 1, "missing_characters": ""}
    text = PdfReader(out).pages[0].extract_text()
    assert "Northwind" in text
    assert "$100.00" in text
    assert b"application/pdf" in mail.read_bytes()


def test_a_statement(april: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "acme.pdf"
    assert april("statement", "Acme", "--pdf", str(out))["pages"] == 1
    assert "INV-000001" in PdfReader(out).pages[0].extract_text()


@pytest.mark.parametrize(
    ("name", "out", "words"),
    [
        ("INV-000009", "a.pdf", "There is no invoice 'INV-000009'."),
        ("INV-000001", "", "is a folder. Give the name of a file."),
        ("INV-000001", "nowhere/a.pdf", "cannot be written: No such file or directory."),
        ("INV-000001", "a.pdf\0", "cannot be the name of a file."),
    ],
)
def test_what_cannot_be_done(april: CommandLine, tmp_path: Path, name: str, out: str, words: str) -> None:
    before = sorted(tmp_path.iterdir())
    done = april.say("pdf", name, "--out", f"{tmp_path}/{out}")
    assert done.code == 1
    assert words in done.err
    assert sorted(tmp_path.iterdir()) == before


def test_the_store_and_one_file_for_both_are_refused(april: CommandLine, tmp_path: Path) -> None:
    assert "is the store itself" in april.say("pdf", "INV-000001", "--out", str(april.store)).err
    both = str(tmp_path / "both")
    assert "Give each a file of its own." in april.say("pdf", "INV-000001", "--out", both, "--eml", both).err
