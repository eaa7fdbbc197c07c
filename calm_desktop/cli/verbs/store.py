"""Making a store, its rules of the business, and its care."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import answers
from calm_desktop.cli.session import Session, family, verb
from calm_desktop.cli.tables import Sheet, facts, rows_of, settings_sheets
from calm_desktop.cli.words import DryRun, Given, name, text
from calm_desktop.engine.problems import Problem, Refused, StoreFault

if TYPE_CHECKING:
    from calm_desktop.services.care import UpgradeResult


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "init")(init)
    settings = family(app, "settings", "Rules of the business.")
    verb(settings, "show")(show_settings)
    verb(settings, "set")(set_setting)
    verb(app, "check")(check)
    verb(app, "backup")(backup)
    verb(app, "restore")(restore)
    verb(app, "upgrade")(upgrade)


def init(
    session: Session,
    currency: Annotated[Given, text("--currency", "CODE", "The organisation's currency; USD unless given.")] = None,
    time_zone: Annotated[Given, text("--time-zone", "ZONE", "Its time zone, such as Europe/Berlin.")] = None,
    tax_mode: Annotated[Given, text("--tax-mode", "MODE", "separate-invoice or invoice-line.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a new store.

    \b
    Example:
      calm-desktop --store s.db init --currency USD --time-zone Europe/Berlin
    """
    today = session.today
    from calm_desktop.services import care, settings
    from calm_desktop.services.desk import Desk

    given = {"currency": currency, "time-zone": time_zone, "tax-mode": tax_mode}
    rules = {key: value for key, value in given.items() if value is not None}
    _refuse_bad_rules(rules)
    where = session.where
    if dry_run:
        if Path(care.name_of(where)).exists():
            raise StoreFault(f"There is something at {care.name_of(where)} already. Choose another place with --store.")
        made = Desk.create("sqlite://", rules, today)
    else:
        made = Desk.create(where, rules, today)
        session.stored = True
    with made as desk:
        shown = desk.ask(settings.show_settings, None).settings
        place = care.name_of(where) if dry_run else desk.database.where
    session.answer(
        {"store": place, "settings": shown},
        lambda: [facts(f"Store {place}", {}), *settings_sheets(shown)],
        dry_run,
    )


def _refuse_bad_rules(rules: dict[str, str]) -> None:
    """All that is wrong with the rules of a new store, at once."""
    from calm_desktop.services import settings

    problems: list[Problem] = []
    for key, value in rules.items():
        try:
            settings.normal(key, value)
        except Refused as refused:
            problems.extend(refused.problems)
    if problems:
        raise Refused(problems)


def show_settings(session: Session) -> None:
    """Show the rules of the business.

    \b
    Example:
      calm-desktop settings show
    """
    from calm_desktop.services import settings

    shown = session.ask(settings.show_settings, None)
    session.answer(shown, lambda: settings_sheets(shown.settings))


def set_setting(
    session: Session,
    key: Annotated[str, name("KEY", "Which rule, such as tax-mode; `settings show` lists them.")],
    value: Annotated[str, name("VALUE", "What it says from now on; of company-logo, a file.")],
    dry_run: DryRun = False,
) -> None:
    """Change one rule of the business; what is recorded already stays as it is.

    The logo is a PNG or SVG file, which is kept in the store; an empty name takes it off the papers.

    \b
    Examples:
      calm-desktop settings set auto-flow off
      calm-desktop settings set company-logo logo.svg
    """
    from calm_desktop.services import logo, settings
    from calm_desktop.services.requests import SetLogo, SetSetting

    if key == settings.LOGO:
        request = SetLogo(value, logo.read(value)) if value.strip() else SetLogo()
        shown = session.change(logo.set_logo, request, dry_run)
        session.answer(shown, lambda: settings_sheets(shown.settings), dry_run)
        return
    shown = session.change(settings.set_setting, SetSetting(key, value), dry_run)
    session.answer(shown, lambda: settings_sheets(shown.settings), dry_run)


def check(session: Session) -> int:
    """Verify every invariant of the store; the exit code is 1 where one is broken.

    \b
    Example:
      calm-desktop --store s.db check
    """
    from calm_desktop.services.check import check as verify

    with session.desk() as desk, answers.progress("Checking"):
        report = desk.ask(verify, None)

    def sheets() -> list[Sheet]:
        columns = {"Rule": "rule", "Where": "place", "What is wrong": "words"}
        found = rows_of("Broken", report.broken, columns, "Nothing is broken.")
        return [facts("Checked", report.checked), found]

    session.answer(report, sheets)
    return 0 if report.ok else 1


def backup(session: Session, file: Annotated[str, name("FILE", "The new file that the copy is written to.")]) -> None:
    """Write a verified copy of the store.

    \b
    Example:
      calm-desktop --store s.db backup friday.db
    """
    from calm_desktop.services import care

    with session.desk() as desk, answers.progress("Copying"):
        done = care.backup(desk, file)
        session.stored = True
    session.answer(done, lambda: [facts("Backup", {"File": done.file, "Bytes": done.size, "Rows": done.rows})])


def restore(
    session: Session,
    file: Annotated[str, name("FILE", "A backup.")],
    dry_run: DryRun = False,
) -> None:
    """Put a backup in the place of the store; what stood there is kept beside it.

    Where there is a store already, this asks first; --yes answers that question.

    \b
    Example:
      calm-desktop --store s.db --yes restore friday.db
    """
    from calm_desktop.services import care

    where = session.where
    called = care.name_of(where)
    if dry_run:
        with tempfile.TemporaryDirectory() as folder:
            done = care.restore(file, Path(folder) / "tried.db")
        place = called
    else:
        if Path(called).exists() and not answers.confirmed(f"Replace the store {called} by {file}?", session.yes):
            words = f"There is a store at {called} already. Say --yes to replace it; it is kept beside the new one."
            raise Refused(Problem("needs-yes", "yes", words))
        done = care.restore(file, where)
        session.stored = True
        place = done.file
    answer = {"file": place, "size": done.size, "rows": done.rows, "kept": done.kept}
    figures = {"Store": place, "Bytes": done.size, "Rows": done.rows, "What it held before": done.kept}
    session.answer(answer, lambda: [facts("Restored", figures)], dry_run)


def upgrade(session: Session, dry_run: DryRun = False) -> None:
    """Bring a store of an older version up to date, after a backup.

    \b
    Example:
      calm-desktop --store s.db upgrade
    """
    from calm_desktop.services import care

    where = session.where
    if dry_run:
        done = _upgraded_copy(where)
    else:
        done = care.upgrade(where)
        session.stored = True
    place = care.name_of(where)
    answer = {"store": place, "upgraded": done.upgraded, "backup": None if dry_run else done.backup}
    words = "The store was brought up to date." if done.upgraded else "The store is up to date already."
    session.answer(answer, lambda: [facts(words, {"Store": place, "Backup": answer["backup"]})], dry_run)


def _upgraded_copy(where: str) -> UpgradeResult:
    """Upgrade a copy of the store, which is thrown away."""
    from calm_desktop.services import care

    path = Path(where)
    if "://" in where:
        words = f"An upgrade of {care.name_of(where)} can only be tried where the store is a file. Leave out --dry-run."
        raise Refused(Problem("not-a-file", "store", words))
    if not path.is_file():
        return care.upgrade(where)
    with tempfile.TemporaryDirectory() as folder:
        for beside in ("", "-wal"):
            if Path(where + beside).is_file():
                shutil.copy(where + beside, Path(folder) / ("tried.db" + beside))
        return care.upgrade(Path(folder) / "tried.db")
