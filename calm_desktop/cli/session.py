"""One call of the command line: the options that every verb takes, the store it works on, and the answer it gives."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from calm_desktop.cli import answers, failures, folders, passwords
from calm_desktop.cli.words import Given, flag, text
from calm_desktop.engine.problems import Bug, Problem, Refused
from calm_desktop.engine.reading import Reader

if TYPE_CHECKING:
    from calm_desktop.cli.tables import Sheet
    from calm_desktop.services.desk import Desk

Request = TypeVar("Request")
Result = TypeVar("Result")
Value = TypeVar("Value")


@dataclass
class Session:
    """The chosen options of one call. `stored` turns True once a change was committed."""

    store: str | None = None
    json: bool = False
    today_text: str | None = None
    yes: bool = False
    override: str = ""
    user: str = ""
    read: Reader = field(default_factory=Reader)
    stored: bool = False

    @property
    def where(self) -> str:
        """The store to work on, a path or a database URL."""
        return folders.store_for(self.store)

    @property
    def today(self) -> date | None:
        """The day that `--today` names, None where it was not given; refused when it is no day."""
        if self.today_text is None:
            return None
        reader = Reader()
        day = reader.day("today", self.today_text)
        reader.done()
        return day

    def days(self, first_text: str | None, last_text: str | None) -> tuple[date | None, date | None]:
        """The days that `--from` and `--to` name, None where one was not given; a span that ends too early is noted."""
        first, last = given(self.read.day, "from", first_text), given(self.read.day, "to", last_text)
        if first and last and last < first:
            self.read.wrong("end-before-start", "to", f"to: {last} is before {first}. Give a day on or after it.")
        return first, last

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk over the chosen store, as of the chosen day; first of all the texts read so far must be right."""
        if self.today_text is not None:
            self.read.day("today", self.today_text)
        self.read.done()
        from calm_desktop.services.desk import Desk
        from calm_desktop.services.tx import Door

        with Desk.open(self.where, self.today, Door.COMMAND_LINE) as desk:
            if self.user or desk.asks_who:
                self._sign_in(desk)
            yield desk

    def _sign_in(self, desk: Desk) -> None:
        """Say who is at the desk. Refuses to go on where a store has users and nobody is named."""
        if not self.user:
            words = "This store has users. Say who you are with --user NAME or in $CALM_USER."
            raise Refused(Problem("INSUFFICIENT_ACCESS", "user", words))
        from calm_desktop.cli import log

        log.listen()
        desk.sign_in(self.user, passwords.known(self.user))

    def change(
        self,
        use_case: Callable[[Any, Request], Result],
        request: Request,
        dry_run: bool,
        progress: str = "",
        things: str = "",
    ) -> Result:
        """The result of a use-case: stored, or with `dry_run` only shown.

        `progress` names long work, `things` what it counts where their speed is worth telling.
        """
        with self.desk() as desk, answers.progress(progress, things) as told:
            if dry_run:
                return desk.preview(use_case, request, override=self.override, progress=told)
            result = desk.do(use_case, request, override=self.override, progress=told)
            self.stored = True
            return result

    def ask(self, view: Callable[[Any, Request], Result], request: Request) -> Result:
        """What a view answers."""
        with self.desk() as desk:
            return desk.ask(view, request)

    def answer(self, value: object, sheets: Callable[[], list[Sheet]], dry_run: bool = False) -> None:
        """Write one answer: the JSON document of `value`, or `sheets` to read."""
        if self.json:
            answers.write_json(value)
            return
        if dry_run:
            answers.say("Dry run: this is what would be stored. Nothing was.")
        answers.write_sheets(sheets())


def given(read: Callable[[str, str], Value | None], name: str, text_given: str | None) -> Value | None:
    """What `read` (a method of `Reader`) makes of an option's text; None where the option was not given."""
    return None if text_given is None else read(name, text_given)


def needed(value: Value | None) -> Value:
    """A value that was read, after the reader said that there was no problem."""
    if value is None:
        raise Bug("a value that was read without a problem is missing")
    return value


EVERYWHERE: tuple[tuple[str, Any, Any], ...] = (
    (
        "store",
        Annotated[
            Given, text("--store", "PATH|URL", "The store: a file or a database URL; else $CALM_STORE, else your own.")
        ],
        None,
    ),
    ("json", Annotated[bool, flag("--json", "Answer with one JSON document.")], False),
    ("today", Annotated[Given, text("--today", "DATE", "Act as if today were this day.")], None),
    ("yes", Annotated[bool, flag("--yes", "Answer questions with yes.")], False),
    (
        "override",
        Annotated[
            Given, text("--override", "REASON", "Go on where a refusal can be overridden; the reason is recorded.")
        ],
        None,
    ),
    (
        "user",
        Annotated[
            Given,
            text("--user", "NAME", "Who you are, where the store has users; else $CALM_USER."),
        ],
        None,
    ),
)
"""The options that are taken before and after every verb: name, what Typer is told of it, default."""


def verb(app: typer.Typer, called: str) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Register a function as a verb: it gets the `Session` first, then its own options; its docstring is the help.

    The verb also takes the options of `EVERYWHERE`. Its return value is the exit code, None for 0; what it raises is
    told in words (see `failures`).
    """

    def register(function: Callable[..., int | None]) -> Callable[..., int | None]:
        def run(ctx: typer.Context, **values: Any) -> int:
            session = _chosen(ctx, values)
            return _done(session, ctx, lambda: function(session, **values))

        doc = inspect.getdoc(function) or ""
        _shape(run, function, doc)
        app.command(called, short_help=doc.partition("\n")[0])(run)
        return function

    return register


def family(app: typer.Typer, called: str, help: str) -> typer.Typer:  # noqa: A002 - the word that Typer uses
    """A word with verbs of its own below it, such as `product`."""
    child = typer.Typer(help=help, rich_markup_mode=None)
    child.callback()(choosing(help))
    app.add_typer(child, name=called)
    return child


def choosing(
    help: str,  # noqa: A002 - the word that Typer uses
    alone: Callable[[Session], int | None] | None = None,
) -> Callable[..., int | None]:
    """A callback that keeps the options of `EVERYWHERE` for the verb that follows; with none, it does `alone`."""

    def keep(ctx: typer.Context, **values: Any) -> int | None:
        ctx.obj = session = _chosen(ctx, values)
        if ctx.invoked_subcommand is None and alone is not None:
            return _done(session, ctx, lambda: alone(session))
        return None

    _shape(keep, None, help)
    return keep


def _done(session: Session, ctx: typer.Context, act: Callable[[], int | None]) -> int:
    """The exit code of a verb."""
    try:
        return failures.told(act, session.json, lambda: session.stored)
    except failures.WrongUsage as error:
        error.ctx = ctx
        raise


def _shape(run: Callable[..., Any], function: Callable[..., Any] | None, doc: str) -> None:
    """Give `run` the options of `function` and those of `EVERYWHERE`, as Typer reads them from a signature."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:] if function else []
    first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    keyword = inspect.Parameter.KEYWORD_ONLY
    everywhere = [
        inspect.Parameter(name, keyword, default=default, annotation=kind) for name, kind, default in EVERYWHERE
    ]
    shown = [first, *(parameter.replace(kind=keyword) for parameter in own), *everywhere]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    run.__doc__ = doc


def _chosen(ctx: typer.Context, values: dict[str, Any]) -> Session:
    """The options of `EVERYWHERE`, taken out of `values`; what stands nearer to the verb counts."""
    before = ctx.obj or Session()
    return Session(
        store=_nearer(values.pop("store"), before.store),
        json=values.pop("json") or before.json,
        today_text=_nearer(values.pop("today"), before.today_text),
        yes=values.pop("yes") or before.yes,
        override=_nearer(values.pop("override"), before.override) or "",
        user=_nearer(values.pop("user"), before.user) or os.environ.get("CALM_USER", ""),
    )


def _nearer(here: str | None, before: str | None) -> str | None:
    return before if here is None else here
