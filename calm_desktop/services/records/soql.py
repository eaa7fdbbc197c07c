"""The language of queries: a text becomes a tree of values, or is refused with the place where it is not understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from calm_desktop.engine.problems import Problem, Refused

LONGEST = 100_000
"""Characters of a query."""

MOST_CONDITIONS, DEEPEST, MOST_VALUES, MOST_FIELDS = 250, 50, 5_000, 500

_GRAMMAR = r"""
start: "SELECT"i selected "FROM"i name [alias] [where] [group] [order] [limit] [offset] [purpose]

selected: item ("," item)*
item: path [alias]                                -> plain
    | AGGREGATE "(" path ")" [alias]              -> aggregate
    | COUNT_ALL                                   -> count_all

where: "WHERE"i condition
?condition: together
    | together ("OR"i together)+                  -> either
?together: unit
    | unit ("AND"i unit)+                         -> every
?unit: "NOT"i unit                                -> negated
    | "(" condition ")"
    | comparison
comparison: path RELATION value                   -> compared
    | path "LIKE"i STRING                         -> like
    | path "IN"i "(" values ")"                   -> among
    | path NOT_IN "(" values ")"                  -> not_among
values: value ("," value)*

value: STRING                                     -> text
    | SIGNED_NUMBER                               -> number
    | MOMENT                                      -> moment
    | DAY                                         -> day
    | "TRUE"i                                     -> yes
    | "FALSE"i                                    -> no
    | "NULL"i                                     -> nothing
    | NAME [":" SIGNED_NUMBER]                    -> span

group: GROUP_BY path ("," path)*
order: ORDER_BY sort ("," sort)*
sort: sorted_by [DIRECTION] [NULLS]
?sorted_by: path
    | AGGREGATE "(" path ")"                      -> sorted_aggregate
limit: "LIMIT"i INT
offset: "OFFSET"i INT
purpose: FOR

path: NAME ("." NAME)*
name: NAME
alias: NAME

COUNT_ALL.4: /COUNT\s*\(\s*\)/i
AGGREGATE.3: /(SUM|MIN|MAX|AVG|COUNT_DISTINCT|COUNT)(?=\s*\()/i
NOT_IN.3: /NOT\s+IN\b/i
GROUP_BY.3: /GROUP\s+BY\b/i
ORDER_BY.3: /ORDER\s+BY\b/i
NULLS.3: /NULLS\s+(FIRST|LAST)\b/i
DIRECTION.2: /(ASC|DESC)\b/i
FOR.3: /FOR\s+(VIEW|REFERENCE|UPDATE)\b/i
RELATION: /<=|>=|!=|<>|=|<|>/
MOMENT.2: /\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:?\d\d)?/i
DAY.1: /\d{4}-\d\d-\d\d(?![\dT])/
STRING: /'(\\.|[^'\\])*'/s
SIGNED_NUMBER: /[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?/i
INT.1: /\d+/
NAME: /[A-Za-z][A-Za-z0-9_]*/
%ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or one of a record that references lead to; `place` is where it stands in the text."""

    parts: tuple[str, ...]
    place: str

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Selected:
    """What is asked for: a field, or an aggregate of one under a name."""

    path: Path
    function: str = ""
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Days that a word names, such as LAST_N_DAYS:7."""

    word: str
    count: int | None
    place: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as it is written."""

    text: str


Value = str | Decimal | bool | None | Span | Day | Moment


@dataclass(frozen=True, slots=True)
class Compared:
    """A field stands in a relation to values; there is more than one for IN and NOT IN alone."""

    path: Path
    relation: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    of: Where


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions of which all (`AND`) or one (`OR`) must hold."""

    word: str
    of: tuple[Where, ...]


Where = Compared | Not | Joined


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of the rows; `nulls_last` None where nothing is said of empty values."""

    by: Selected
    descending: bool
    nulls_last: bool | None


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it is written; `selected` is empty for a plain COUNT()."""

    selected: tuple[Selected, ...]
    source: str
    source_place: str
    alias: str
    where: Where | None
    group: tuple[Path, ...]
    order: tuple[Sort, ...]
    limit: int | None
    offset: int


def malformed(words: str, place: str) -> Refused:
    """The refusal of a query."""
    return Refused(Problem("MALFORMED_QUERY", "q", f"{words} ({place})" if place else words, place))


def _place(token: Token) -> str:
    return f"line {token.line}, column {token.column}"


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _unquoted(token: Token, keep: str = "") -> str:
    """The text of a string; escapes of the letters in `keep` stay escaped."""
    found, letters = [], iter(token[1:-1])
    for letter in letters:
        if letter == "\\":
            after = next(letters)
            found.append(f"\\{after}" if after in keep else _ESCAPES.get(after.lower(), after))
        else:
            found.append(letter)
    return "".join(found)


_BIGGEST = 10**12


def _whole(token: Token, what: str) -> int:
    found = int(token[:13])
    if len(token) > 13 or found > _BIGGEST:
        raise malformed(f"{what} {token[:20]} is too large", _place(token))
    return found


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """Puts the values together as the parser goes, so that no text can make it recurse."""

    def path(self, *names: Token) -> Path:
        return Path(tuple(str(name) for name in names), _place(names[0]))

    def name(self, name: Token) -> Token:
        return name

    def alias(self, name: Token) -> str:
        return str(name)

    def plain(self, path: Path, alias: str | None) -> Selected:
        return Selected(path, "", alias or "")

    def aggregate(self, function: Token, path: Path, alias: str | None) -> Selected:
        return Selected(path, function.upper(), alias or "")

    def count_all(self, _: Token) -> None:
        return None

    def selected(self, *items: Selected | None) -> tuple[Selected | None, ...]:
        return items

    def text(self, token: Token) -> str:
        return _unquoted(token)

    def number(self, token: Token) -> Decimal:
        return Decimal(token)

    def day(self, token: Token) -> Day:
        return Day(str(token))

    def moment(self, token: Token) -> Moment:
        return Moment(str(token))

    def yes(self) -> bool:
        return True

    def no(self) -> bool:
        return False

    def nothing(self) -> None:
        return None

    def span(self, word: Token, count: Token | None) -> Span:
        return Span(word.upper(), None if count is None else _count(count), _place(word))

    def values(self, *values: Value) -> tuple[Value, ...]:
        return values

    def compared(self, path: Path, relation: Token, value: Value) -> Compared:
        return Compared(path, "!=" if relation == "<>" else str(relation), (value,))

    def like(self, path: Path, pattern: Token) -> Compared:
        return Compared(path, "LIKE", (_unquoted(pattern, keep="%_\\"),))

    def among(self, path: Path, values: tuple[Value, ...]) -> Compared:
        return Compared(path, "IN", values)

    def not_among(self, path: Path, _: Token, values: tuple[Value, ...]) -> Compared:
        return Compared(path, "NOT IN", values)

    def negated(self, of: Where) -> Not:
        return Not(of)

    def every(self, *of: Where) -> Joined:
        return Joined("AND", of)

    def either(self, *of: Where) -> Joined:
        return Joined("OR", of)

    def where(self, condition: Where) -> Where:
        return condition

    def group(self, _: Token, *paths: Path) -> tuple[Path, ...]:
        return paths

    def sorted_aggregate(self, function: Token, path: Path) -> Selected:
        return Selected(path, function.upper())

    def sort(self, by: Path | Selected, direction: Token | None, nulls: Token | None) -> Sort:
        chosen = by if isinstance(by, Selected) else Selected(by)
        last = None if nulls is None else nulls.upper().endswith("LAST")
        return Sort(chosen, direction is not None and direction.upper() == "DESC", last)

    def order(self, _: Token, *sorts: Sort) -> tuple[Sort, ...]:
        return sorts

    def limit(self, count: Token) -> int:
        return _whole(count, "LIMIT")

    def offset(self, count: Token) -> int:
        return _whole(count, "OFFSET")

    def purpose(self, words: Token) -> str:
        if words.upper().endswith("UPDATE"):
            raise malformed("FOR UPDATE is not understood: records are not locked", _place(words))
        return str(words)

    def start(
        self,
        selected: tuple[Selected | None, ...],
        source: Token,
        alias: str | None,
        where: Where | None,
        group: tuple[Path, ...] | None,
        order: tuple[Sort, ...] | None,
        limit: int | None,
        offset: int | None,
        _: str | None,
    ) -> Query:
        items = tuple(item for item in selected if item is not None)
        if len(items) != len(selected) and len(selected) > 1:
            raise malformed("COUNT() stands alone; COUNT(Id) may stand beside others", _place(source))
        if not items and group:
            raise malformed("COUNT() cannot be grouped; take COUNT(Id)", _place(source))
        return Query(
            items, str(source), _place(source), alias or "", where, group or (), order or (), limit, offset or 0
        )


def _count(token: Token) -> int:
    if not token.isdigit() or len(token) > 6:
        raise malformed(f"{token[:20]} is no count of days, weeks, months, quarters or years", _place(token))
    return int(token)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Build(), maybe_placeholders=True, propagate_positions=False)


def parse(text: str) -> Query:
    """The query that a text says. Refuses what is not understood with `MALFORMED_QUERY` and its place."""
    if len(text) > LONGEST:
        raise malformed(f"The query has {len(text):,} characters; at most {LONGEST:,} are read", "")
    try:
        query: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise error.orig_exc from None
        raise
    assert isinstance(query, Query)
    _within_bounds(query)
    return query


def _unexpected(text: str, error: UnexpectedInput) -> Refused:
    line, column = max(error.line, 1), max(error.column, 1)
    at = error.pos_in_stream
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at is None or at_end or not 0 <= at < len(text.rstrip()):
        lines = text.rstrip().split("\n")
        return malformed("The query ends too early", f"line {len(lines)}, column {len(lines[-1]) + 1}")
    near = text[at : at + 20].split("\n", maxsplit=1)[0]
    return malformed(f"{near!r} is not understood here", f"line {line}, column {column}")


def _within_bounds(query: Query) -> None:
    """Refuse queries that no database would take."""
    conditions = values = 0
    for depth, each in _walk(query.where):
        conditions += isinstance(each, Compared)
        values += len(each.values) if isinstance(each, Compared) else 0
        if depth > DEEPEST:
            raise malformed(f"Conditions stand more than {DEEPEST} deep in each other", query.source_place)
    if conditions > MOST_CONDITIONS or values > MOST_VALUES:
        words = f"There are {conditions:,} conditions with {values:,} values; at most {MOST_CONDITIONS} and "
        raise malformed(f"{words}{MOST_VALUES:,} can be asked", query.source_place)
    if len(query.selected) + len(query.group) + len(query.order) > MOST_FIELDS:
        raise malformed(f"More than {MOST_FIELDS} fields are named", query.source_place)


def _walk(where: Where | None) -> Iterator[tuple[int, Where]]:
    waiting = [] if where is None else [(1, where)]
    while waiting:
        depth, each = waiting.pop()
        yield depth, each
        match each:
            case Not():
                waiting.append((depth + 1, each.of))
            case Joined():
                waiting.extend((depth + 1, part) for part in each.of)
