"""Several calls as one: composite requests whose parts may name each other's answers, and records by the hundred."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from calm_desktop.api.answers import Incoming, Json, Reply, errors_of, refusal, refused
from calm_desktop.engine.problems import Refused
from calm_desktop.services.records import writing
from calm_desktop.services.records.writing import Change, Make
from calm_desktop.services.tx import Tx

MOST_PARTS, MOST_RECORDS = 25, 200

_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")

Finder = Callable[[str, str], Any]


def composite(tx: Tx, came: Incoming, call_for: Finder) -> Reply:
    """Do the parts in order; where one fails all are taken back, unless `allOrNone` is false."""
    given = came.object_body
    parts = given.get("compositeRequest")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        raise refusal("JSON_PARSER_ERROR", f"Give 1 to {MOST_PARTS} parts as compositeRequest.", "compositeRequest")
    whole = given.get("allOrNone") is not False
    known: dict[str, Json] = {}
    answers: list[dict[str, Any]] = []
    with tx.db.begin_nested() as everything:
        for part in parts:
            reply, reference = _part(tx, came, part, known, call_for)
            known[reference] = reply.body
            shown = {"body": reply.body, "httpHeaders": {}, "httpStatusCode": reply.status, "referenceId": reference}
            answers.append(shown)
            if reply.status >= 400 and whole:
                everything.rollback()
                break
    if whole and answers[-1]["httpStatusCode"] >= 400:
        halted = [
            {
                "errorCode": "PROCESSING_HALTED",
                "message": "The transaction was rolled back since another operation failed.",
            }
        ]
        names = [str(part.get("referenceId", "")) if isinstance(part, dict) else "" for part in parts]
        failed = len(answers) - 1
        answers = [
            answers[failed]
            if place == failed
            else {"body": halted, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}
            for place, name in enumerate(names)
        ]
    return Reply(200, {"compositeResponse": answers})


def _part(tx: Tx, came: Incoming, part: Any, known: Mapping[str, Json], call_for: Finder) -> tuple[Reply, str]:
    reference = str(part.get("referenceId", "")) if isinstance(part, dict) else ""
    try:
        with tx.db.begin_nested():
            if not isinstance(part, dict) or not reference or reference in known:
                raise refusal("JSON_PARSER_ERROR", "Each part needs a referenceId of its own.", "referenceId")
            url = urlsplit(str(_filled(str(part.get("url", "")), known)))
            method = str(part.get("method", "")).upper()
            found = call_for(method, url.path.rstrip("/"))
            if found is None or url.path.rstrip("/").endswith("/composite"):
                raise refusal("NOT_FOUND", f"There is no call {method} {url.path[:200]}.", "url")
            call, path = found
            body = _filled(part.get("body"), known)
            reply: Reply = call.does(tx, Incoming(path, dict(parse_qsl(url.query)), body, path["version"], came.origin))
            return reply, reference
    except Refused as error:
        return refused(error), reference


def _filled(value: Json, known: Mapping[str, Json]) -> Json:
    """A part with the answers of earlier ones in the place of `@{name.field}`."""
    if isinstance(value, dict):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    if not isinstance(value, str):
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone:
        return _answer(alone, known)
    return _REFERENCE.sub(lambda match: str(_answer(match, known)), value)


def _answer(match: re.Match[str], known: Mapping[str, Json]) -> Json:
    try:
        found = known[match[1]]
        for key, place in re.findall(r"\.(\w+)|\[(\d+)\]", match[2]):
            found = found[key] if key else found[int(place)]
    except (KeyError, IndexError, TypeError):
        raise refusal("INVALID_REFERENCE", f"{match[0][:200]} names no answer of an earlier part.") from None
    return found


def create_records(tx: Tx, came: Incoming) -> Reply:
    """Make records, of one object or several."""

    def made(record: dict[str, Any]) -> str:
        return writing.make(tx, Make(_object_of(record), record))

    return _each(tx, came, made)


def update_records(tx: Tx, came: Incoming) -> Reply:
    """Change records, each named by its `id`."""

    def changed(record: dict[str, Any]) -> str:
        values = {key: value for key, value in record.items() if key.casefold() != "id"}
        named = next((str(value) for key, value in record.items() if key.casefold() == "id"), "")
        writing.change(tx, Change(_object_of(record), named, values))
        return named

    return _each(tx, came, changed)


def _object_of(record: Mapping[str, Any]) -> str:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or not isinstance(attributes.get("type"), str):
        raise refusal("REQUIRED_FIELD_MISSING", 'Each record says what it is: {"attributes": {"type": "Account"}}.')
    return str(attributes["type"])


def _each(tx: Tx, came: Incoming, work: Callable[[dict[str, Any]], str]) -> Reply:
    given = came.object_body
    records = given.get("records")
    if not isinstance(records, list) or not 0 < len(records) <= MOST_RECORDS:
        raise refusal("JSON_PARSER_ERROR", f"Give 1 to {MOST_RECORDS} records.", "records")
    whole = given.get("allOrNone") is True
    results: list[dict[str, Any]] = []
    with tx.db.begin_nested() as everything:
        for record in records:
            try:
                with tx.db.begin_nested():
                    if not isinstance(record, dict):
                        raise refusal("JSON_PARSER_ERROR", "Each record is a JSON object.", "records")
                    results.append({"id": work(record), "success": True, "errors": []})
            except Refused as error:
                errors = [
                    {"statusCode": each["errorCode"], "message": each["message"], "fields": each["fields"]}
                    for each in errors_of(error.problems)
                ]
                results.append({"success": False, "errors": errors})
        if whole and not all(each["success"] for each in results):
            everything.rollback()
            words = "Record rolled back because not all records were valid and the request was using AllOrNone header"
            undone = [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": words, "fields": []}]
            results = [each if not each["success"] else {"success": False, "errors": undone} for each in results]
    return Reply(200, results)
