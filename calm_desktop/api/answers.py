"""Answers of the REST door: JSON, and refusals with the codes that its clients know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.access import Unknown

Json = Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call answers: an HTTP status, and a JSON body; None where there is no body.

    Of another `media` type the body is a text.
    """

    status: int
    body: Json = None
    media: str = "application/json"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came in: the parts of the path, the query's words, the body, the version that is spoken, and where.

    The body is a JSON document, or the bytes of a call that takes something else. `origin` is the door's address, as
    the caller reached it, without a slash at its end.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    version: str
    origin: str

    @property
    def prefix(self) -> str:
        """Where the calls of this version begin."""
        return f"/services/data/{self.version}"

    @property
    def object_body(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise refusal("JSON_PARSER_ERROR", 'The body must be a JSON object, such as {"Name": "Acme"}.')
        return self.body


def refusal(code: str, message: str, field: str = "") -> Refused:
    """The refusal of a call."""
    return Refused(Problem(code, field, message))


_STATUS = {
    "INVALID_SESSION_ID": 401,
    "INSUFFICIENT_ACCESS": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "DUPLICATE_KEY": 409,
    "REQUEST_TOO_LARGE": 413,
    "REQUEST_LIMIT_EXCEEDED": 429,
}
_KNOWN_AS = {
    "missing-name": "REQUIRED_FIELD_MISSING",
    "missing-code": "REQUIRED_FIELD_MISSING",
    "missing-field": "REQUIRED_FIELD_MISSING",
    "too-long": "STRING_TOO_LONG",
    "account-exists": "DUPLICATE_VALUE",
    "product-exists": "DUPLICATE_VALUE",
    "price-exists": "DUPLICATE_VALUE",
    "bad-price": "NUMBER_OUTSIDE_VALID_RANGE",
    "bad-number": "NUMBER_OUTSIDE_VALID_RANGE",
    "bad-field": "FIELD_INTEGRITY_EXCEPTION",
    "no-lines": "FAILED_ACTIVATION",
}


def error_code(problem: Problem) -> str:
    """The code of a problem as clients know it; ours, in capitals, where they know none."""
    if problem.code.isupper():
        return problem.code
    if problem.code.startswith(("unknown-", "ambiguous-")):
        return "INVALID_CROSS_REFERENCE_KEY"
    return _KNOWN_AS.get(problem.code, problem.code.upper().replace("-", "_"))


def errors_of(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems as a list of errors."""
    return [
        {
            "errorCode": error_code(problem),
            "message": f"{problem.place}: {problem.message}"
            if problem.place and problem.code.islower()
            else problem.message,
            "fields": [name.strip() for name in problem.field.split(",") if name.strip()],
        }
        for problem in problems
    ]


def refused(error: Refused) -> Reply:
    """A refusal as the answer of a call."""
    body = errors_of(error.problems)
    if isinstance(error, Unknown):
        return Reply(401, body)
    return Reply(max((_STATUS.get(each["errorCode"], 400) for each in body), default=400), body)


def as_text(body: Json, prefix: str = "") -> str:
    """A body as it goes out; addresses of records are put behind `prefix`."""
    if body is None:
        return ""
    return json.dumps(_addressed(body, prefix) if prefix else body, ensure_ascii=False, separators=(",", ":"))


def _addressed(value: Json, prefix: str) -> Json:
    """The records in a body, each under the address by which it was reached."""
    if isinstance(value, list):
        return [_addressed(each, prefix) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _addressed(each, prefix) if isinstance(each, dict | list) else each for key, each in value.items()}
    attributes = found.get("attributes")
    if isinstance(attributes, dict) and str(attributes.get("url", "")).startswith("/sobjects/"):
        attributes["url"] = prefix + attributes["url"]
    return found


def read_json(text: bytes) -> Json:
    """A JSON document with exact numbers; nothing is an empty one. Refuses what is none."""
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_float=_exact, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        raise refusal("JSON_PARSER_ERROR", "The body is no JSON document in UTF-8.") from None


def _exact(text: str) -> Decimal:
    if len(text) > 400:
        raise ValueError("a number of that length")
    return Decimal(text)


def _not_a_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")
