"""The command line puts documents on paper, and says plainly where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.command_line import CommandLine
from tests.services.test_logo import SVG


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


@pytest.fixture
def may(april: CommandLine) -> CommandLine:
    """April is INV-000001; May is a draft of a run, as is Beta's."""
    sale = ("sell", "--create", "--account", "Beta", "--product", "LIC", "--quantity", "1", "--start", "2022-05-01")
    april("--today", "2022-04-20", *sale, "--term", "1")
    return april


def test_a_run_is_put_on_paper_a_file_each_or_in_one(may: CommandLine, tmp_path: Path) -> None:
    run = may("invoice", "--through", "2022-05-01", "--draft", "--brief")["request_id"]
    done = may("pdf", "--run", run, "--into", str(tmp_path / "may" / "papers"))
    assert (done["count"], done["pages"], done["missing_characters"]) == (2, 2, "")
    files = [Path(each["pdf"]) for each in done["files"]]
    assert sorted(file.name for file in (tmp_path / "may" / "papers").iterdir()) == sorted(file.name for file in files)
    assert ["DRAFT" in PdfReader(file).pages[0].extract_text() for file in files] == [True, True]
    assert may("post", "--run", run, "--brief")["count"] == 2
    done = may("pdf", "--run", run, "--out", str(tmp_path / "may.pdf"))
    assert [each["document"] for each in done["files"]] == ["INV-000002", "INV-000003"]
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(tmp_path / "may.pdf").pages]
    assert [text.split("Customer ")[0].split("Number ")[1][:10] for text in pages] == ["INV-000002", "INV-000003"]


def test_invoices_of_days_and_of_a_customer(may: CommandLine, tmp_path: Path) -> None:
    may("invoice", "--through", "2022-05-01")

    def wanted(*words: str) -> list[str]:
        return [each["document"] for each in may("pdf", *words, "--out", str(tmp_path / "a.pdf"))["files"]]

    assert wanted("--from", "2022-05-01", "--to", "2022-05-31") == ["INV-000002", "INV-000003"]
    assert wanted("--account", "Beta") == ["INV-000003"]
    assert wanted("INV-000003", "INV-000001") == ["INV-000003", "INV-000001"]
    assert wanted("INV-000001", "--account", "Beta") == ["INV-000001", "INV-000003"]
    answer = may.say("pdf", "--from", "2023-01-01", "--out", str(tmp_path / "none.pdf"))
    assert (answer.code, answer.out.strip()) == (0, "There is nothing to put on paper.")
    assert not (tmp_path / "none.pdf").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("INV-000001",), "--out FILE for one file, or --into FOLDER"),
        (("INV-000001", "--out", "a.pdf", "--into", "a"), "--out FILE for one file, or --into FOLDER"),
        (("--out", "a.pdf"), "Say what goes on paper"),
        (("INV-000001", "INV-000002", "--out", "a.pdf", "--eml", "a.eml"), "--eml is for one document with --out."),
    ],
)
def test_wrong_usage_is_told(april: CommandLine, words: tuple[str, ...], told: str) -> None:
    answer = april.say("pdf", *words)
    assert answer.code == 2
    assert told in " ".join(answer.err.replace("│", " ").split())


def test_many_papers_spare_the_store(may: CommandLine, tmp_path: Path) -> None:
    assert "is the store itself" in may.say("pdf", "--account", "Acme", "--out", str(may.store)).err
    (tmp_path / "file").write_bytes(b"")
    answer = may.say("pdf", "--account", "Acme", "--into", str(tmp_path / "file"))
    assert (answer.code, "cannot be a folder: File exists. Choose another." in answer.err) == (1, True)


def test_the_logo_is_a_setting_that_stands_on_paper(april: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    done = april("settings", "set", "company-logo", str(tmp_path / "logo.svg"))
    assert done["settings"]["company-logo"] == "logo.svg"
    april("pdf", "INV-000001", "--out", str(tmp_path / "a.pdf"))
    assert b"/Image" in (tmp_path / "a.pdf").read_bytes()
    (tmp_path / "logo.gif").write_bytes(b"GIF89a")
    [problem] = april.refused("settings", "set", "company-logo", str(tmp_path / "logo.gif"))
    assert problem["message"] == "logo.gif cannot be the logo: it is neither a PNG nor an SVG file."
    assert "cannot be read" in april.say("settings", "set", "company-logo", str(tmp_path / "none.png")).err
    assert april("settings", "set", "company-logo", "")["settings"]["company-logo"] == ""


def test_characters_that_paper_lacks_are_told_by_a_dry_run(may: CommandLine) -> None:
    may("account", "set", "Beta", "--name", "日本 Ltd")
    answer = may.say("invoice", "--through", "2022-05-01", "--account", "日本 Ltd", "--account", "Acme", "--dry-run")
    assert "The paper's font lacks characters" in answer.out
    [warning] = may("invoice", "--through", "2022-05-01")["warnings"]
    assert (warning["number"], warning["text"], warning["characters"]) == ("INV-000003", "日本 Ltd", "日本")


def test_drafts_need_a_name_or_a_run(april: CommandLine) -> None:
    for verb in ("post", "drop"):
        assert april.say(verb).code == 2
        [problem] = april.refused(verb, "--run", "none")
        assert problem["message"] == "There is no draft of a run 'none' any more, or never was."
