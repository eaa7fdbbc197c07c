"""Rows of an import that cannot go in, written to a file that imports again when it is mended."""

from __future__ import annotations

from pathlib import Path

from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.bad_rows import Written
from calm_desktop.formats.bad_rows import write_bad_rows as write
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.reading import read_items
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import is_currency
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.import_tally import problems_in
from calm_desktop.services.mappings import mapping_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import ImportFiles, WriteBadRows
from calm_desktop.services.tx import Tx
from calm_desktop.store.spool import Spool


@view(Permission.IMPORT)
def write_bad_rows(tx: Tx, request: WriteBadRows) -> Written:
    """Write the rows that cannot go in, with the header of their file and the reason. Nothing is stored.

    The files are read once more, so that memory holds none of their rows. Raises `Refused` for a target that cannot be
    written or is one of the files.
    """
    target = Path(request.target)
    asked = request.files
    if any(Path(file).resolve() == target.resolve() for file in asked.files):
        words = "The rows would be written over the file that they come from. Choose another file."
        raise Refused(Problem("bad-rows-target", "bad-rows", words, target.name))
    with Spool() as spool:
        refused = _Refused(spool)
        for each in request.problems if not request.problems_file else problems_in(Path(request.problems_file)):
            refused.add(each)
        return _write(tx, asked, refused, target)


def _write(tx: Tx, asked: ImportFiles, refused: _Refused, target: Path) -> Written:
    items = read_items(
        [Path(file) for file in asked.files],
        today=tx.today,
        format_name=asked.format or None,
        mapping=mapping_of(asked),
        parameters=dict(asked.parameters),
        known_currency=is_currency,
        customs=fields_of(tx, *FieldObject),
        progress=lambda done, total: tx.progress(done, total, "reading"),
        repairs=asked.repairs,
        refused=refused,
    )
    try:
        return write(items, target)
    except OSError as error:
        words = f"The rows cannot be written: {error.strerror or error}. Choose another file."
        raise Refused(Problem("bad-rows-target", "bad-rows", words, target.name)) from error


class _Refused:
    """The problems of rows by file and line, kept on disk: memory does not grow with them."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def add(self, problem: RowProblem) -> None:
        """Keep what is wrong with a row; what is wrong with a file is not about any."""
        if problem.row:
            self._spool.add(f"{problem.file}\x1f{problem.row}", problem)

    def __contains__(self, place: tuple[str, int]) -> bool:
        return self._spool.count("\x1f".join(map(str, place))) > 0

    def __getitem__(self, place: tuple[str, int]) -> tuple[RowProblem, ...]:
        return tuple(self._spool.of("\x1f".join(map(str, place))))
