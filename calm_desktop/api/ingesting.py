"""Loads of many records over REST: the paths and words of bulk clients, thin over `services.records.loads`."""

from __future__ import annotations

from typing import Any

from calm_desktop.api.answers import Incoming, Reply, errors_of, refusal
from calm_desktop.engine.problems import Refused
from calm_desktop.services import settings
from calm_desktop.services.access import user_id
from calm_desktop.services.records import loads
from calm_desktop.services.records.fields import moment_text
from calm_desktop.services.records.loads import Load, Move, OpenLoad, Outcome, Results, Upload
from calm_desktop.services.tx import Tx

JOB: dict[str, Any] = {
    "id": "75B000000000001AAA",
    "operation": "insert",
    "object": "Account",
    "createdById": "005000000000001AAA",
    "createdDate": "2022-01-01T00:00:00.000+0000",
    "systemModstamp": "2022-01-01T00:00:00.000+0000",
    "state": "Open",
    "externalIdFieldName": None,
    "concurrencyMode": "Parallel",
    "contentType": "CSV",
    "apiVersion": 55.0,
    "contentUrl": "services/data/v55.0/jobs/ingest/75B000000000001AAA/batches",
    "lineEnding": "LF",
    "columnDelimiter": "COMMA",
    "jobType": "V2Ingest",
    "numberRecordsProcessed": 0,
    "numberRecordsFailed": 0,
    "retries": 0,
    "totalProcessingTime": 0,
    "apiActiveProcessingTime": 0,
    "apexProcessingTime": 0,
    "errorMessage": None,
}
"""A load as it is answered."""


def create(tx: Tx, came: Incoming) -> Reply:
    """Open a load: the answer says where its data is put."""
    given = came.object_body
    for name in ("object", "operation"):
        if not isinstance(given.get(name), str):
            raise refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{name}]", name)
    if str(given.get("contentType") or "CSV") != "CSV":
        raise refusal("INVALIDJOB", "contentType is CSV.", "contentType")
    opened = OpenLoad(
        given["object"],
        given["operation"],
        str(given.get("externalIdFieldName") or ""),
        str(given.get("columnDelimiter") or "COMMA"),
        str(given.get("lineEnding") or "LF"),
    )
    return Reply(200, _shown(tx, came, loads.open_load(tx, opened)))


def upload(tx: Tx, came: Incoming) -> Reply:
    """Take the data of a load."""
    loads.upload(tx, Upload(came.path["load"], came.body))
    return Reply(201)


def move(tx: Tx, came: Incoming) -> Reply:
    """Begin with a load, or stop it."""
    state = came.object_body.get("state")
    if not isinstance(state, str):
        raise refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [state]", "state")
    return Reply(200, _shown(tx, came, loads.move(tx, Move(came.path["load"], state))))


def show(tx: Tx, came: Incoming) -> Reply:
    """How far a load is."""
    return Reply(200, _shown(tx, came, loads.show_load(tx, came.path["load"])))


def every(tx: Tx, came: Incoming) -> Reply:
    """The caller's loads, the newest first."""
    found = [_shown(tx, came, each) for each in loads.list_loads(tx)]
    return Reply(200, {"done": True, "records": found, "nextRecordsUrl": None})


def forget(tx: Tx, came: Incoming) -> Reply:
    """Drop a load; the records that it made stay."""
    loads.forget(tx, came.path["load"])
    return Reply(204)


def results(tx: Tx, came: Incoming) -> Reply:
    """Rows of a load as CSV, by what became of them."""
    asked = came.path["results"].casefold()
    outcome = next((each for each in Outcome if each.casefold() == asked), None)
    if outcome is None:
        raise refusal("NOT_FOUND", f"There are: {', '.join(Outcome)}.")
    return Reply(200, loads.results(tx, Results(came.path["load"], outcome)), "text/csv")


def told(refusal_: Refused) -> str:
    """Why a row was refused, as the column `sf__Error` has it."""
    return "; ".join(
        f"{each['errorCode']}:{each['message']}:{','.join(each['fields'])} --" for each in errors_of(refusal_.problems)
    )


def _shown(tx: Tx, came: Incoming, load: Load) -> dict[str, Any]:
    zone = settings.zone(tx.settings)
    spent = int((load.changed_at - load.made_at).total_seconds() * 1000) if load.done else 0
    return JOB | {
        "id": load.id,
        "operation": load.operation.value,
        "object": load.object,
        "createdById": user_id(tx.caller),
        "createdDate": moment_text(load.made_at.astimezone(zone)),
        "systemModstamp": moment_text(load.changed_at.astimezone(zone)),
        "state": load.state.value,
        "externalIdFieldName": load.key_field or None,
        "apiVersion": float(came.version.removeprefix("v")),
        "contentUrl": f"{came.prefix.removeprefix('/')}/jobs/ingest/{load.id}/batches",
        "lineEnding": load.line_end,
        "columnDelimiter": load.delimiter,
        "numberRecordsProcessed": load.done,
        "numberRecordsFailed": load.failed,
        "totalProcessingTime": spent,
        "apiActiveProcessingTime": spent,
        "errorMessage": load.message or None,
    }
