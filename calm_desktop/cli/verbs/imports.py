"""Order files in, and the nightly roll-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import answers, list_files
from calm_desktop.cli.session import Session, verb
from calm_desktop.cli.tables import facts, import_sheets, import_undone_sheets
from calm_desktop.cli.words import DryRun, Given, flag, name, text

if TYPE_CHECKING:
    from calm_desktop.formats.repairs import Repair


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "import")(import_files)
    verb(app, "import-undo")(import_undo)
    verb(app, "export")(export)
    verb(app, "rollup")(rollup)


def import_files(
    session: Session,
    files: Annotated[list[str], name("FILE...", "Order files, or a folder of them.")],
    format_name: Annotated[
        Given, text("--format", "NAME", "The format; found out unless given. See `list formats`.")
    ] = None,
    mapping: Annotated[
        Given, text("--map", "FILE", "A mapping file, which says what the columns of a CSV mean.")
    ] = None,
    day: Annotated[
        Given, text("--day", "DATE", "The day that a mapping counts from; short for --param day=DATE.")
    ] = None,
    param: Annotated[
        list[str] | None, text("--param", "NAME=VALUE", "What a mapping leaves open; more than once.")
    ] = None,
    repair: Annotated[
        list[str] | None,
        text("--repair", "COLUMN:FOUND=NEW", "Read NEW where COLUMN holds FOUND (nothing: blank); more than once."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        text(
            "--leave-out", "COLUMN:FOUND", "Leave out rows whose COLUMN holds FOUND; without it, those it is wrong in."
        ),
    ] = None,
    bad_rows: Annotated[
        Given, text("--bad-rows", "FILE", "Write the rows that cannot go in to a CSV, which imports when mended.")
    ] = None,
    keep_good: Annotated[bool, flag("--keep-good", "Store the good rows although others are bad.")] = False,
    changed: Annotated[
        Given,
        text(
            "--changed",
            "keep|take",
            "Rows imported before that say other than then: keep what is stored, or take them.",
        ),
    ] = None,
    problems: Annotated[
        Given, text("--problems", "FILE", "Write every problem into a CSV file; the answer lists the first 5,000.")
    ] = None,
    dry_run: DryRun = False,
) -> int:
    """Import order files: judged whole, all stored or nothing; the same file twice adds nothing.

    A row that was imported before and now says other than then is shown with what differs, and nothing is stored,
    unless --changed tells what to do: keep what is stored, or take the row, so that what it made before is undone and
    the row is sold anew.

    \b
    Examples:
      calm-desktop import orders.csv --dry-run
      calm-desktop import telco.csv --map map_telco.json --day 2026-11-01 --keep-good
      calm-desktop import orders.csv --repair quantity:ten=10 --leave-out product --bad-rows bad.csv

    `import undo BATCH` is `import-undo BATCH`, unless there is a file called undo.
    """
    if len(files) == len(("undo", "BATCH")) and files[0] == "undo" and not Path("undo").exists():
        import_undo(session, files[1], dry_run)
        return 0
    parameters: list[tuple[str, str]] = []
    if day is not None and session.read.day("day", day):
        parameters.append(("day", day.strip()))
    for each in param or []:
        key, equals, value = (part.strip() for part in each.partition("="))
        if key and equals:
            parameters.append((key, value))
        else:
            session.read.wrong("bad-param", "param", f"param: {each!r} names no value. Write it like day=2026-11-01.")
    repairs = _repairs(session, repair or (), leave_out or ())
    if changed not in (None, "keep", "take"):
        session.read.wrong("bad-changed", "changed", f"changed: {changed!r} is neither keep nor take.")
    session.read.done()
    from calm_desktop.services import bad_rows as rows_out
    from calm_desktop.services import imports
    from calm_desktop.services.requests import ImportFiles, WriteBadRows

    request = ImportFiles(
        tuple(files),
        format_name or "",
        mapping or "",
        tuple(parameters),
        keep_good,
        changed or "",
        repairs=tuple(repairs),
    )
    with TemporaryDirectory() as folder:
        told = problems or (str(Path(folder) / "problems.csv") if bad_rows is not None else "")
        request = replace(request, problems_file=told)
        result = session.change(imports.import_files, request, dry_run, "Importing", "rows")
        if bad_rows is not None:
            wish = WriteBadRows(request, bad_rows, problems_file=told)
            written = session.ask(rows_out.write_bad_rows, wish)
            for file in written.files or ("nothing",):
                answers.say(f"Rows that cannot go in: {written.rows:,}, written to {file}.")
    session.answer(result, lambda: import_sheets(result), dry_run)
    return 1 if result.problems and not keep_good else 0


def _repairs(session: Session, replaced: Sequence[str], left_out: Sequence[str]) -> list[Repair]:
    """The repairs in the texts of the two options; one that is none is noted as wrong."""
    from calm_desktop.formats.repairs import repair_in

    found = []
    for option, texts, example in (("repair", replaced, "quantity:ten=10"), ("leave-out", left_out, "state:void")):
        for each in texts:
            repair = repair_in(each, leave_out=option == "leave-out")
            if repair is None:
                session.read.wrong(f"bad-{option}", option, f"{option}: {each!r} is none. Write it like {example}.")
            else:
                found.append(repair)
    return found


def import_undo(
    session: Session,
    batch: Annotated[str, name("BATCH", "The batch id of an import. See `list imports`.")],
    dry_run: DryRun = False,
) -> None:
    """Take an import back: what it made is undone, and what it alone brought along withdrawn.

    Refused, with what does, while anything else depends on it: later changes of its assets, invoices, payments,
    orders of its customers and for its products. Nothing recorded is deleted; the same file can be imported again.

    \b
    Example:
      calm-desktop import-undo 750000000000001AAA --dry-run
    """
    from calm_desktop.services import import_undo as undoing
    from calm_desktop.services.requests import UndoImport

    result = session.change(undoing.undo_import, UndoImport(batch), dry_run, "Taking back")
    session.answer(result, lambda: import_undone_sheets(result), dry_run)


def export(
    session: Session,
    file: Annotated[str, name("FILE", "The file to write; it ends in .json, .csv, .tsv or .xlsx.")],
    separator: Annotated[Given, text("--separator", "S", "What stands between cells: , ; | or tab.")] = None,
    encoding: Annotated[Given, text("--encoding", "E", "utf-8-sig, utf-8, utf-16 or cp1252.")] = None,
    decimals: Annotated[
        Given, text("--decimals", "STYLE", "How numbers are written: 1,234.56 or 1.234,56, ungrouped.")
    ] = None,
    dates: Annotated[Given, text("--dates", "STYLE", "How days are written: iso, day first or month first.")] = None,
) -> None:
    """Write the store into a file that `import` takes into another store.

    FILE.json holds its history: customers, products with their prices, taxes, exchange rates, every order with what it
    changed (sales and ramps, amendments, renewals, transfers, swaps, pauses, cancellations, undone ones), records of
    use and fields of your own. Invoices, payments and the rules of the business are no part of it: `backup` copies
    those too.

    FILE.csv, .tsv and .xlsx hold the sales as order lines: what was sold, not what became of it. Lines in steps do not
    fit into a table; they are named. Where days or numbers are written in another way than ours, `import` is told the
    same: --param dates="day first" --param decimals=1.234,56.

    \b
    Examples:
      calm-desktop export history.json
      calm-desktop export sales.csv --separator ";" --decimals 1.234,56 --dates "day first"
    """
    from calm_desktop.services import exports
    from calm_desktop.services.requests import ExportStore

    list_files.keep_off_store(Path(file), "file", session.where)
    styles = (separator or "", encoding or "", decimals or "", dates or "")
    result = session.ask(exports.export_store, ExportStore(file, *styles))
    names = (
        ("accounts", "products", "orders", "lines")
        if result.lines
        else ("accounts", "products", "orders", "assets", "usage")
    )
    counts = {each.capitalize(): getattr(result, each) for each in names}
    if result.ramps:
        few = ", ".join(result.ramps[:5]) + (" ..." if len(result.ramps) > 5 else "")
        answers.say(f"Left out are lines in steps, which a table cannot hold: {few}. A .json file holds them.")
    session.answer(result, lambda: [facts("Exported", {"File": result.file, **counts})])


def rollup(session: Session, dry_run: DryRun = False) -> None:
    """Do what the passing of a day asks for, once for each business day; the window does it by itself after 01:00.

    \b
    Example:
      calm-desktop rollup
    """
    from calm_desktop.services import rollup as nightly
    from calm_desktop.services.requests import Rollup

    result = session.change(nightly.roll_up, Rollup(), dry_run, "Rolling up")
    words = "Rolled up" if result.ran else "Rolled up already"
    session.answer(
        result, lambda: [facts(words, {"Business day": result.business_date, "Assets": result.assets})], dry_run
    )
