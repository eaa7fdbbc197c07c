"""The calls of the REST door: for each its method, its path, what it does, and an example of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from calm_desktop.api import actions, ingesting, reports_from_elsewhere
from calm_desktop.api.answers import Incoming, Json, Reply, refusal
from calm_desktop.api.logins import identity
from calm_desktop.engine.problems import Refused
from calm_desktop.services.access import user_id
from calm_desktop.services.jobs import Errors
from calm_desktop.services.records import writing
from calm_desktop.services.records.loads import Outcome
from calm_desktop.services.records.objects import object_named, object_names
from calm_desktop.services.records.writing import Change, Make, Show
from calm_desktop.services.tx import Tx

BASE = "/services/data/{version}"
_ASSETS = f"{BASE}/asset-management/assets"


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what is sent and answered in an example, whether it `changes` anything, and a key that it may bring."""

    method: str
    path: str
    does: Callable[[Tx, Incoming], Reply]
    summary: str
    changes: bool = True
    sent: Json = None
    answered: Json = None
    status: int = 200
    key: Callable[[Incoming], str] | None = None
    refused: Callable[[Incoming, Refused], Json] | None = None
    """The refusal of a call that has a shape of its own for it."""
    later: Callable[[Tx, Incoming], Reply] | None = None
    """Of a call that is answered before it is done: reads what is asked for, and answers."""
    failed: Callable[[Incoming, Errors], tuple[str, dict[str, Any]]] | None = None
    """The event that tells that it could not be done."""
    at_once: bool = False
    """Whether it is answered without waiting for what the caller asked for before."""
    wakes: bool = False
    """Whether it gives the door something to do beside answering."""
    takes: str = "application/json"
    gives: str = "application/json"

    @property
    def name(self) -> str:
        """A name that no other call has."""
        return re.sub(r"\W+", "_", f"{self.method.lower()}{self.path.removeprefix(BASE)}").strip("_")


# -- records


def _objects(tx: Tx, came: Incoming) -> Reply:
    found = [object_named(tx, name) for name in object_names()]
    shown = [writing.outline(each) for each in found if each is not None]
    urls = {"encoding": "UTF-8", "maxBatchSize": 200}
    return Reply(200, urls | {"sobjects": [each | {"urls": _urls(came, each["name"])} for each in shown]})


def _urls(came: Incoming, name: str) -> dict[str, str]:
    at = f"{came.prefix}/sobjects/{name}"
    return {"sobject": at, "describe": f"{at}/describe", "rowTemplate": at + "/{ID}"}


def _outline(tx: Tx, came: Incoming) -> Reply:
    found = writing.describe(tx, came.path["object"])
    del found["fields"]
    return Reply(200, {"objectDescribe": found | {"urls": _urls(came, found["name"])}, "recentItems": []})


def _describe(tx: Tx, came: Incoming) -> Reply:
    found = writing.describe(tx, came.path["object"])
    return Reply(200, found | {"urls": _urls(came, found["name"])})


def _create(tx: Tx, came: Incoming) -> Reply:
    made = writing.make(tx, Make(came.path["object"], came.object_body))
    return Reply(201, {"id": made, "success": True, "errors": []})


def _read(tx: Tx, came: Incoming) -> Reply:
    if came.path["object"].casefold() == "user":
        if came.path["record"][:15] != user_id(tx.caller)[:15]:
            raise refusal("NOT_FOUND", "There is no other user to be seen than the caller.")
        from calm_desktop.api.logins import user_record

        return Reply(200, user_record(tx.caller))
    fields = tuple(name.strip() for name in came.query.get("fields", "").split(",") if name.strip())
    return Reply(200, writing.show(tx, Show(came.path["object"], came.path["record"], fields)))


def _update(tx: Tx, came: Incoming) -> Reply:
    writing.change(tx, Change(came.path["object"], came.path["record"], came.object_body))
    return Reply(204)


# -- what there is


def _resources(tx: Tx, came: Incoming) -> Reply:
    names = (
        "sobjects",
        "query",
        "queryAll",
        "composite",
        "limits",
        "actions",
        "asset-management",
        "commerce",
        "connect",
        "jobs",
    )
    paths = {name: f"{came.prefix}/{name}" for name in names}
    return Reply(200, {"identity": identity(tx.caller, came.origin)} | paths)


def _limits(tx: Tx, came: Incoming) -> Reply:
    return Reply(200, {"DailyApiRequests": {"Max": 1_000_000, "Remaining": 1_000_000}})


def _standard_actions(tx: Tx, came: Incoming) -> Reply:
    names = actions.STANDARD
    at = f"{came.prefix}/actions/standard"
    return Reply(
        200, {"actions": [{"name": name, "label": name, "type": name.upper(), "url": f"{at}/{name}"} for name in names]}
    )


# -- composite requests


def _composite(tx: Tx, came: Incoming) -> Reply:
    """Several calls as one: all of them or none, unless `allOrNone` is false."""
    from calm_desktop.api.composite import composite

    return composite(tx, came, call_for)


def _collection_create(tx: Tx, came: Incoming) -> Reply:
    from calm_desktop.api.composite import create_records

    return create_records(tx, came)


def _collection_update(tx: Tx, came: Incoming) -> Reply:
    from calm_desktop.api.composite import update_records

    return update_records(tx, came)


# -- the table


def _correlation(came: Incoming) -> str:
    given = came.body.get("correlationId") if isinstance(came.body, dict) else None
    return f"correlation:{given}" if given else ""


_REQUEST = "0a3d6f0e-6a52-4d6e-9d0c-1f6f6f0e4b7b"
_ACCEPTED = {
    "success": True,
    "errors": [],
    "requestIdentifier": _REQUEST,
    "statusURL": f"/services/data/v55.0/asset-management/requests/{_REQUEST}",
}
_STATUS = {
    "requestIdentifier": _REQUEST,
    "status": "Completed",
    "errors": [],
    "events": ["AssetRenewInitiatedEvent", "CreateAssetOrderEvent", "BillingScheduleCreatedEvent"],
    "createdDate": "2022-01-01T00:00:00.000+0000",
    "startedDate": "2022-01-01T00:00:00.010+0000",
    "completedDate": "2022-01-01T00:00:00.050+0000",
}
_ACTED = [
    {
        "actionName": "createOrUpdateAssetFromOrder",
        "errors": None,
        "isSuccess": True,
        "outputValues": {"requestId": _REQUEST, "requestIdentifier": _REQUEST},
    }
]
_RENEWAL = {"assetIds": {"assetIdArray": ["02i000000000001AAA"]}, "renewalTerm": 12, "renewalTermUnit": "Months"}
_INVOICING = {
    "billingScheduleIds": ["44b000000000001AAA"],
    "action": "Posted",
    "invoiceDate": "2022-01-01",
    "targetDate": "2022-01-01",
    "correlationId": "run-1",
}
_MADE = {"id": "001000000000001AAA", "success": True, "errors": []}
_ACCOUNT = {
    "attributes": {"type": "Account", "url": "/services/data/v55.0/sobjects/Account/001000000000001AAA"},
    "Id": "001000000000001AAA",
    "Name": "Acme",
}
_BATCH = {
    "allOrNone": True,
    "compositeRequest": [
        {
            "method": "POST",
            "url": "/services/data/v55.0/sobjects/Account",
            "referenceId": "acme",
            "body": {"Name": "Acme"},
        },
        {"method": "GET", "url": "/services/data/v55.0/sobjects/Account/@{acme.id}", "referenceId": "seen"},
    ],
}
_BATCH_DONE = {"compositeResponse": [{"body": _MADE, "httpHeaders": {}, "httpStatusCode": 201, "referenceId": "acme"}]}
_RECORDS = {"allOrNone": True, "records": [{"attributes": {"type": "Account"}, "Name": "Acme"}]}

_GENERATED: dict[str, Any] = {
    "accountId": "001000000000001AAA",
    "productId": "01t000000000001AAA",
    "assetName": "Licence",
    "assetStatePeriods": [
        {
            "startDate": "2020-01-01T00:00:00Z",
            "endDate": "2020-12-31T23:59:59Z",
            "quantity": 10,
            "mrr": 100,
            "amount": 1200,
        }
    ],
    "assetAction": {
        "category": "Initial Sale",
        "actionDate": "2020-01-01T00:00:00Z",
        "quantityChange": 10,
        "mrrChange": 100,
        "amount": 1200,
    },
}
_REPORTED = {
    "asset": {"Id": "02i000000000001AAA"},
    "assetAction": {},
    "assetActionSources": [],
    "assetStatePeriods": [],
}

CALLS: tuple[Call, ...] = (
    Call("GET", BASE, _resources, "What there is", False, answered={"sobjects": "/services/data/v55.0/sobjects"}),
    Call("GET", f"{BASE}/limits", _limits, "How much a caller may ask", False, answered={}),
    Call("GET", f"{BASE}/sobjects", _objects, "Every object", False, answered={"sobjects": [{"name": "Account"}]}),
    Call(
        "GET",
        BASE + "/sobjects/{object}",
        _outline,
        "An object in short",
        False,
        answered={"objectDescribe": {"name": "Account"}},
    ),
    Call(
        "GET",
        BASE + "/sobjects/{object}/describe",
        _describe,
        "An object with every field",
        False,
        answered={"name": "Account", "fields": [{"name": "Name", "type": "string"}]},
    ),
    Call(
        "POST",
        BASE + "/sobjects/{object}",
        _create,
        "Make a record",
        sent={"Name": "Acme"},
        answered=_MADE,
        status=201,
    ),
    Call("GET", BASE + "/sobjects/{object}/{record}", _read, "Read a record", False, answered=_ACCOUNT),
    Call(
        "PATCH",
        BASE + "/sobjects/{object}/{record}",
        _update,
        "Change a record",
        sent={"BillingCountry": "Germany"},
        status=204,
    ),
    Call(
        "GET",
        BASE + "/actions/standard",
        _standard_actions,
        "Every standard action",
        False,
        answered={"actions": [{"name": "createInvoiceFromOrder"}]},
    ),
    Call(
        "POST",
        BASE + "/actions/standard/{action}",
        actions.standard,
        "Do a standard action for each of its inputs",
        sent={"inputs": [{"orderId": "801000000000001AAA"}]},
        answered=_ACTED,
        refused=actions.standard_refused,
    ),
    Call(
        "POST",
        f"{_ASSETS}/actions/generate",
        reports_from_elsewhere.generate,
        "Report an asset that was sold elsewhere",
        sent=_GENERATED,
        answered=_REPORTED,
        status=201,
    ),
    Call(
        "POST",
        _ASSETS + "/{asset}/actions/change",
        reports_from_elsewhere.change,
        "Report a change that was made elsewhere: the state periods from it on",
        sent={name: _GENERATED[name] for name in ("assetStatePeriods", "assetAction")},
        answered=_REPORTED,
        status=201,
    ),
    Call(
        "POST",
        _ASSETS + "/{asset}/actions/cancel",
        reports_from_elsewhere.cancel,
        "Report an end that was agreed elsewhere: the last state period",
        sent={"assetStatePeriod": _GENERATED["assetStatePeriods"][0], "assetAction": _GENERATED["assetAction"]},
        answered=_REPORTED,
        status=201,
    ),
    *(
        Call(
            "POST",
            path,
            actions.initiate,
            summary,
            sent=_RENEWAL,
            answered=_ACCEPTED,
            status=201,
            later=actions.initiate_later,
            failed=actions.initiate_failed,
        )
        for path, summary in (
            (_ASSETS + "/{asset}/actions/{act}", "Renew, amend or cancel an asset: initiate-renewal and its like"),
            (
                BASE + "/connect/revenue-management/assets/actions/{act}",
                "The same under its newer name: renew, amend or cancel",
            ),
        )
    ),
    Call(
        "GET",
        BASE + "/asset-management/requests/{request}",
        actions.request_status,
        "How far a request is: Queued, Running, Completed or Failed",
        False,
        answered=_STATUS,
        at_once=True,
    ),
    *(
        Call(
            "POST",
            path,
            actions.generate,
            summary,
            sent=_INVOICING,
            answered=_ACCEPTED,
            status=201,
            key=_correlation,
            later=actions.generate_later,
            failed=actions.generate_failed,
        )
        for path, summary in (
            (BASE + "/commerce/invoicing/invoices/collection/actions/generate", "Invoice what is due"),
            (BASE + "/commerce/billing/invoices/invoice-batch/actions/generate", "Invoice what is due, older name"),
        )
    ),
    Call(
        "POST",
        BASE + "/commerce/invoicing/invoices/{invoice}/actions/convert-to-credit",
        actions.convert,
        "Turn negative lines of an invoice into a credit memo",
        sent={"invoiceLineIds": ["5TV000000000001AAA"]},
        answered={"success": True, "errors": [], "creditMemoId": "50g000000000001AAA"},
        status=201,
    ),
    Call(
        "POST",
        f"{BASE}/composite",
        _composite,
        "Several calls as one",
        sent=_BATCH,
        answered=_BATCH_DONE,
    ),
    Call(
        "POST",
        f"{BASE}/composite/sobjects",
        _collection_create,
        "Make up to 200 records",
        sent=_RECORDS,
        answered=[_MADE],
    ),
    Call(
        "PATCH",
        f"{BASE}/composite/sobjects",
        _collection_update,
        "Change up to 200 records",
        sent={"records": [{"attributes": {"type": "Account"}, "id": "001000000000001AAA", "Name": "Acme Ltd"}]},
        answered=[_MADE],
    ),
    Call(
        "POST",
        f"{BASE}/jobs/ingest",
        ingesting.create,
        "Open a load of many records",
        sent={"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"},
        answered=ingesting.JOB,
    ),
    Call(
        "GET",
        f"{BASE}/jobs/ingest",
        ingesting.every,
        "The caller's loads",
        False,
        answered={"done": True, "records": [ingesting.JOB], "nextRecordsUrl": None},
        at_once=True,
    ),
    Call(
        "GET",
        BASE + "/jobs/ingest/{load}",
        ingesting.show,
        "How far a load is",
        False,
        answered=ingesting.JOB | {"state": "JobComplete", "numberRecordsProcessed": 2},
        at_once=True,
    ),
    Call(
        "PUT",
        BASE + "/jobs/ingest/{load}/batches",
        ingesting.upload,
        "Bring the data of a load",
        sent="Name,BillingCountry\nAcme,Germany\nBelmont,France\n",
        status=201,
        takes="text/csv",
    ),
    Call(
        "PATCH",
        BASE + "/jobs/ingest/{load}",
        ingesting.move,
        "Begin with a load that was brought (UploadComplete), or stop it (Aborted)",
        sent={"state": "UploadComplete"},
        answered=ingesting.JOB | {"state": "UploadComplete"},
        wakes=True,
    ),
    Call("DELETE", BASE + "/jobs/ingest/{load}", ingesting.forget, "Drop a load; its records stay", status=204),
    Call(
        "GET",
        BASE + "/jobs/ingest/{load}/{results}",
        ingesting.results,
        "Rows of a load: successfulResults, failedResults or unprocessedrecords",
        False,
        answered="sf__Id,sf__Created,Name\n001000000000001AAA,true,Acme\n",
        at_once=True,
        gives="text/csv",
    ),
)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], Call], ...]:
    return tuple((call.method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", call.path)), call) for call in CALLS)


def call_for(method: str, path: str) -> tuple[Call, dict[str, str]] | None:
    """The call of a method and a path, with the parts of the path; None where there is none."""
    for known, pattern, call in _patterns():
        match = pattern.fullmatch(path) if known == method else None
        if match is not None:
            return call, match.groupdict()
    return None


def example(call: Call) -> dict[str, Any]:
    """How a call stands in the OpenAPI document, beside its path."""
    answer: dict[str, Any] = {"description": call.summary}
    if call.answered is not None:
        answer["content"] = {call.gives: {"schema": _shape_of(call.answered), "example": call.answered}}
    described: dict[str, Any] = {"responses": {str(call.status): answer}}
    if call.sent is not None:
        described["requestBody"] = {
            "required": True,
            "content": {call.takes: {"schema": _sent_like(call.sent), "example": call.sent}},
        }
    return described


def _shape_of(example_: Json) -> dict[str, Any]:
    """What answers of a call have in common with its example: their type, and of an object what it always names."""
    if isinstance(example_, str):
        return {"type": "string"}
    if isinstance(example_, list):
        return {"type": "array", "items": {"type": "object"}}
    return {"type": "object"}


def _sent_like(example_: Json) -> dict[str, Any]:
    """What a body is made of, as its example shows; any of it may be left out where the call does not ask for it."""
    match example_:
        case dict():
            return {"type": "object", "properties": {name: _sent_like(each) for name, each in example_.items()}}
        case list():
            return {"type": "array", "items": _sent_like(example_[0])}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "number"}
    return {"type": "string"}


@cache
def path_examples() -> dict[str, tuple[str, ...]]:
    """What stands in the parts of a path: an example, or all that can."""
    return {
        "version": ("v55.0",),
        "object": object_names(),
        "record": ("001000000000001AAA",),
        "asset": ("02i000000000001AAA",),
        "invoice": ("3tt000000000001AAA",),
        "load": ("75B000000000001AAA",),
        "request": (_REQUEST,),
        "action": actions.STANDARD,
        "act": actions.INITIATED,
        "results": tuple(Outcome),
        "locator": ("01g0123456789abcdef01234567-2000",),
        "word": ("handshake", "connect"),
        "organization": ("00D000000000001EAA",),
        "user": ("005000000000001AAA",),
    }
