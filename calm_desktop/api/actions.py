"""What integrations do beyond records: make assets and schedules, renew, amend, cancel, invoice, credit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from calm_desktop.api.answers import Incoming, Reply, errors_of, refusal
from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.problems import Refused
from calm_desktop.services import changes, invoices, jobs, outbox, papers, renewals, sales, settings
from calm_desktop.services.boundary import require
from calm_desktop.services.jobs import Status
from calm_desktop.services.lookup import find
from calm_desktop.services.permissions import Permission
from calm_desktop.services.records.fields import Unreadable, Words, moment_text, read_day, read_number
from calm_desktop.services.records.objects import RENEWAL_PRICINGS, TERM_UNITS
from calm_desktop.services.requests import (
    AmendQuantity,
    CancelAsset,
    ConvertLines,
    CreateAssets,
    InvoiceOrder,
    Renew,
    RunInvoices,
    ScheduleItems,
)
from calm_desktop.services.tx import Tx

# -- reading what came in


def _text(given: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = given.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise refusal("REQUIRED_FIELD_MISSING" if not value else "JSON_PARSER_ERROR", f"Give {name} as a text.", name)
    return value.strip()


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name) or ()
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise refusal("JSON_PARSER_ERROR", f"Give {name} as a list of ids.", name)
    return tuple(value)


def _day(given: Mapping[str, Any], *names: str) -> date | None:
    for name in names:
        if given.get(name) is not None:
            try:
                return read_day(str(given[name]))
            except Unreadable as error:
                raise refusal("JSON_PARSER_ERROR", f"{name}: {given[name]!r} is not {error}.", name) from None
    return None


def _needed_day(given: Mapping[str, Any], *names: str) -> date:
    found = _day(given, *names)
    if found is None:
        raise refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{names[0]}]", names[0])
    return found


def _number(given: Mapping[str, Any], name: str) -> Decimal | None:
    if given.get(name) is None:
        return None
    try:
        return read_number(given[name])
    except Unreadable as error:
        raise refusal("JSON_PARSER_ERROR", f"{name}: {given[name]!r} is not {error}.", name) from None


def _word(given: Mapping[str, Any], name: str, words: Words) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    found = words.stored(str(value))
    if found is None:
        message = f"{name}: {value!r} is not one of: {', '.join(words.choices)}."
        raise refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, name)
    return found


# -- standard actions: {"inputs": [...]} in, a result for each out


def standard(tx: Tx, came: Incoming) -> Reply:
    """Do a standard action for each of its inputs: all of them or none."""
    name = came.path["action"]
    act = _ACTIONS.get(name)
    if act is None:
        raise refusal("NOT_FOUND", f"There is no action {name!r}. There are: {', '.join(_ACTIONS)}.")
    inputs = came.object_body.get("inputs")
    if not isinstance(inputs, list) or not inputs or not all(isinstance(each, dict) for each in inputs):
        raise refusal("JSON_PARSER_ERROR", 'Give the inputs as {"inputs": [{...}]}.', "inputs")
    for each in inputs:
        act(tx, each)
    output = {"requestId": tx.request_id, "requestIdentifier": tx.request_id}
    result = {"actionName": name, "errors": None, "isSuccess": True, "outputValues": output}
    return Reply(200, [{**result} for _ in inputs])


def standard_refused(came: Incoming, error: Refused) -> list[dict[str, Any]]:
    """The refusal of a standard action, in its own shape."""
    errors = [
        {"statusCode": each["errorCode"], "message": each["message"], "fields": each["fields"]}
        for each in errors_of(error.problems)
    ]
    return [{"actionName": came.path["action"], "errors": errors, "isSuccess": False, "outputValues": None}]


def _assets_of_order(tx: Tx, given: Mapping[str, Any]) -> None:
    sales.create_assets(tx, CreateAssets(_text(given, "orderId", needed=True)))


def _schedules_of_items(tx: Tx, given: Mapping[str, Any]) -> None:
    sales.schedule_items(tx, ScheduleItems(_texts(given, "orderItemIds") or _texts(given, "orderItemId")))


def _invoices_of_order(tx: Tx, given: Mapping[str, Any]) -> None:
    request = InvoiceOrder(
        _text(given, "orderId", needed=True),
        _day(given, "invoiceDate"),
        _day(given, "targetDate"),
        draft=_is_draft(given, "invoiceStatus"),
    )
    _told(tx, invoices.invoice_order(tx, request))


def _is_draft(given: Mapping[str, Any], name: str) -> bool:
    word = str(given.get(name) or "Posted").casefold()
    if word not in ("draft", "posted"):
        message = f"{name}: {given[name]!r} is neither Draft nor Posted."
        raise refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, name)
    return word == "draft"


def _told(tx: Tx, made: Any) -> None:
    """Tell the end of an invoice run that made none: whoever waits for it must not wait for ever."""
    if made.invoices:
        return
    errors = [{"ErrorCode": "SKIPPED", "ErrorMessage": f"{each.account}: {each.reason}"} for each in made.skipped]
    payload = {"IsSuccess": not errors, "InvoiceProcessedDetailEvents": [], "InvoiceErrorDetailEvent": errors}
    tx.tell("InvoiceProcessedEvent", payload)


def _initiated(reading: str, tx: Tx, given: Mapping[str, Any]) -> None:
    for use_case, request in _INITIATED[reading][0](given, ()):
        use_case(tx, request)


_ACTIONS: Mapping[str, Callable[[Tx, Mapping[str, Any]], object]] = {
    "createOrUpdateAssetFromOrder": _assets_of_order,
    "createBillingScheduleFromOrderItem": _schedules_of_items,
    "createInvoiceFromOrder": _invoices_of_order,
    "initiateRenewal": partial(_initiated, "renew"),
    "initiateAmendment": partial(_initiated, "amend"),
    "initiateAmendQuantity": partial(_initiated, "amend"),
    "initiateCancellation": partial(_initiated, "cancel"),
}

STANDARD = tuple(_ACTIONS)
"""The names of the standard actions."""


# -- asset management

Steps = list[tuple[Callable[[Tx, Any], Any], Any]]
"""Use-cases, each with its request, as a call asks for them."""


def initiate(tx: Tx, came: Incoming) -> Reply:
    """Renew, amend or cancel assets: the order is made and activated."""
    require(tx, Permission.APIS, came.path["act"])
    for use_case, request in _steps(came):
        use_case(tx, request)
    return Reply(201, _accepted(tx, came))


def initiate_later(tx: Tx, came: Incoming) -> Reply:
    """Read what is to be renewed, amended or cancelled later. Refuses what cannot be read, and unknown assets."""
    require(tx, Permission.APIS, came.path["act"])
    _steps(came)
    for asset in _assets(came.object_body, _at_path(came)):
        find(tx, "asset", asset, "assetIds")
    return Reply(201, _accepted(tx, came))


def initiate_failed(came: Incoming, errors: jobs.Errors) -> tuple[str, dict[str, Any]]:
    """The event that tells that assets could not be renewed, amended or cancelled."""
    name, record = _INITIATED[came.path["act"]][1:]
    return name, {record: None, "HasErrors": True, "Errors": _as_told(errors)}


def _as_told(errors: jobs.Errors) -> list[dict[str, Any]]:
    return [{"ErrorCode": each["errorCode"], "ErrorMessage": each["message"]} for each in errors]


def _steps(came: Incoming) -> Steps:
    name = came.path["act"]
    if name not in _INITIATED:
        raise refusal("NOT_FOUND", f"There is no {name!r} of assets. There are: {', '.join(_INITIATED)}.")
    return _INITIATED[name][0](came.object_body, _at_path(came))


def _at_path(came: Incoming) -> tuple[str, ...]:
    named = came.path.get("asset", "")
    return () if named in ("", "collection") else (named,)


def _accepted(tx: Tx, came: Incoming) -> dict[str, Any]:
    return {
        "success": True,
        "errors": [],
        "requestIdentifier": tx.request_id,
        "statusURL": f"{came.prefix}/asset-management/requests/{tx.request_id}",
    }


def _assets(given: Mapping[str, Any], at_path: tuple[str, ...]) -> tuple[str, ...]:
    found = _texts(given, "assetIds") or _texts(given, "assetId") or at_path
    if not found:
        raise refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [assetIds]", "assetIds")
    return found


def _renew(given: Mapping[str, Any], at_path: tuple[str, ...]) -> Steps:
    term, unit = _number(given, "renewalTerm"), _word(given, "renewalTermUnit", TERM_UNITS)
    pricing = _word(given, "renewalPricingType", RENEWAL_PRICINGS)
    if term is not None and term != term.to_integral_value():
        raise refusal("JSON_PARSER_ERROR", "renewalTerm is a whole number of months or years.", "renewalTerm")
    request = Renew(
        _assets(given, at_path),
        None if term is None else int(term),
        None if unit is None else TermUnit(unit),
        None if pricing is None else RenewalPricing(pricing),
        _day(given, "renewalStartDate", "startDate"),
        _day(given, "renewalEndDate", "coTerminateDate"),
    )
    return [(renewals.renew, request)]


def _amend(given: Mapping[str, Any], at_path: tuple[str, ...]) -> Steps:
    change = _number(given, "quantityChange")
    if change is None:
        raise refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [quantityChange]", "quantityChange")
    start = _needed_day(given, "startDate", "amendmentStartDate")
    return [(changes.amend_quantity, AmendQuantity(asset, change, start)) for asset in _assets(given, at_path)]


def _cancel(given: Mapping[str, Any], at_path: tuple[str, ...]) -> Steps:
    start = _needed_day(given, "cancellationDate", "cancelDate", "startDate")
    return [(changes.cancel, CancelAsset(asset, start)) for asset in _assets(given, at_path)]


_RENEWAL = (_renew, "AssetRenewInitiatedEvent", "RenewalRecordId")
_AMENDMENT = (_amend, "AssetAmendInitiatedEvent", "AmendmentRecordId")
_CANCELLATION = (_cancel, "AssetCancelInitiatedEvent", "CancellationRecordId")
_INITIATED: Mapping[str, tuple[Callable[[Mapping[str, Any], tuple[str, ...]], Steps], str, str]] = {
    "initiate-renewal": _RENEWAL,
    "initiate-amend-quantity": _AMENDMENT,
    "initiate-amendment": _AMENDMENT,
    "initiate-cancellation": _CANCELLATION,
    "renew": _RENEWAL,
    "amend": _AMENDMENT,
    "cancel": _CANCELLATION,
}

INITIATED = tuple(_INITIATED)
"""What can be initiated of assets."""

_SHOWN = {Status.QUEUED: "Queued", Status.RUNNING: "Running", Status.DONE: "Completed", Status.FAILED: "Failed"}


def request_status(tx: Tx, came: Incoming) -> Reply:
    """How far a request is, why it failed, what it would have been answered, and the events that it told.

    What was done before its answer, such as a standard action, is completed where it told anything.
    """
    identifier = came.path["request"]
    told = list(outbox.events_of(tx, identifier))
    job = jobs.job_of(tx, identifier)
    if job is None:
        if not told:
            raise refusal("NOT_FOUND", "There is no request of this identifier that told of anything.")
        return Reply(200, {"requestIdentifier": identifier, "status": "Completed", "errors": [], "events": told})
    zone = settings.zone(tx.settings)

    def moment(value: datetime | None) -> str | None:
        return None if value is None else moment_text(value.astimezone(zone))

    return Reply(
        200,
        {
            "requestIdentifier": identifier,
            "status": _SHOWN[job.status],
            "errors": [dict(each) for each in job.errors],
            "events": told,
            "createdDate": moment(job.queued_at),
            "startedDate": moment(job.started_at),
            "completedDate": moment(job.ended_at),
        },
    )


# -- invoicing


def generate(tx: Tx, came: Incoming) -> Reply:
    """Invoice what is due of billing schedules, an account or an order."""
    _told(tx, invoices.run(tx, _run(tx, came)))
    return Reply(201, _accepted(tx, came))


def generate_later(tx: Tx, came: Incoming) -> Reply:
    """Read what is to be invoiced later. Refuses what cannot be read, and unknown records."""
    require(tx, Permission.INVOICE, "generate")
    request = _run(tx, came)
    for kind, named in (("account", request.account), ("order", request.order)):
        if isinstance(named, str) and named:
            find(tx, kind, named)
    if request.schedules:
        invoices.schedules_named(tx, request.schedules)
    return Reply(201, _accepted(tx, came))


def generate_failed(came: Incoming, errors: jobs.Errors) -> tuple[str, dict[str, Any]]:
    """The event that tells that nothing could be invoiced."""
    told = {"IsSuccess": False, "InvoiceProcessedDetailEvents": [], "InvoiceErrorDetailEvent": _as_told(errors)}
    return "InvoiceProcessedEvent", told


def _run(tx: Tx, came: Incoming) -> RunInvoices:
    given = came.object_body
    schedules = _texts(given, "billingScheduleIds")
    account, order = _text(given, "accountId"), _text(given, "billingTransactionId")
    if sum(map(bool, (schedules, account, order))) != 1:
        words = "Give one of billingScheduleIds, accountId and billingTransactionId."
        raise refusal("REQUIRED_FIELD_MISSING", words, "billingScheduleIds")
    day = _day(given, "invoiceDate")
    return RunInvoices(
        _day(given, "targetDate") or day or tx.today,
        day,
        draft=_is_draft(given, "action"),
        account=account,
        order=order,
        schedules=schedules,
    )


def convert(tx: Tx, came: Incoming) -> Reply:
    """Turn negative lines of a posted invoice into a credit memo: those that are named, by id or number, or all."""
    given = came.body if isinstance(came.body, dict) else {}
    invoice = came.path["invoice"]
    named = given.get("invoiceLineIds") or given.get("lines") or ()
    if isinstance(named, dict) and len(named) == 1:
        named = next(iter(named.values()))
    if not isinstance(named, list | tuple):
        raise refusal("JSON_PARSER_ERROR", "Give invoiceLineIds as a list.", "invoiceLineIds")
    numbers = papers.line_numbers(tx, invoice, [str(each) for each in named])
    made = papers.convert(tx, ConvertLines(invoice, numbers, _day(given, "effectiveDate", "creditDate")))
    memo = made.credit
    answer = {"success": True, "errors": [], "requestIdentifier": tx.request_id, "creditMemoId": memo.id}
    return Reply(201, {**answer, "creditMemoNumber": memo.number})
