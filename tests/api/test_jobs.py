"""Calls that are answered before they are done: their status is true, their failures are told, a restart goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Gate
from typing import Any

import pytest

from calm_desktop.services import access, invoices, jobs
from calm_desktop.services.requests import RevokeToken
from calm_desktop.services.tx import Tx
from tests.api.rest import Rest, V, told_by

GENERATE = "/commerce/invoicing/invoices/collection/actions/generate"
CANCEL = "/asset-management/assets/collection/actions/initiate-cancellation"


def status(rest: Rest, answer: dict[str, Any]) -> dict[str, Any]:
    """What the status of an accepted request says."""
    found: dict[str, Any] = rest.get(answer["statusURL"])
    return found


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Gate, Gate]]:
    """Invoice runs begin, and go on only when they are let."""
    begun, let = Gate(), Gate()
    run = invoices.run

    def slow(tx: Tx, request: Any) -> Any:
        begun.set()
        assert let.wait(60)
        return run(tx, request)

    monkeypatch.setattr(invoices, "run", slow)
    yield begun, let
    let.set()


def test_a_run_is_answered_before_it_is_done_and_its_status_is_true(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = rest.sold()
    with held_up(monkeypatch) as (begun, let):
        answer = rest.post(GENERATE, {"accountId": sold["account"], "targetDate": "2022-01-01"})
        assert begun.wait(60)
        shown = status(rest, answer)
        assert (shown["status"], shown["events"], shown["completedDate"]) == ("Running", [], None)
        let.set()
        assert len(rest.ask("SELECT Id FROM Invoice")) == 1
    shown = status(rest, answer)
    assert (shown["status"], shown["errors"], shown["events"]) == ("Completed", [], ["InvoiceProcessedEvent"])
    assert shown["createdDate"] <= shown["startedDate"] <= shown["completedDate"]


def test_jobs_wait_in_a_queue_and_are_done_in_its_order(rest: Rest) -> None:
    sold = rest.sold()
    caller = rest.desk.ask(jobs.caller_of, 1)
    with rest.door_closed():
        desk = rest.desk.acting_for(caller)
        for request_id, day in (("first", "2022-01-01"), ("second", "2022-03-01"), ("third", "2022-02-01")):
            body = f'{{"accountId": "{sold["account"]}", "targetDate": "{day}"}}'
            desk.do(jobs.queue, jobs.Queue(V + GENERATE, body), request_id=request_id)
        waiting = desk.ask(jobs.job_of, "second")
        assert waiting is not None
        assert (waiting.status, waiting.started_at) == ("queued", None)
    done = [told_by(rest, each)[0][1]["IsSuccess"] for each in ("first", "second", "third")]
    assert done == [True, True, False]
    assert rest.ask("SELECT TotalAmount FROM Invoice") == [{"TotalAmount": 100}] * 3


@pytest.mark.parametrize(
    ("act", "given", "name", "record"),
    [
        ("initiate-renewal", {"renewalTerm": 6}, "AssetRenewInitiatedEvent", "RenewalRecordId"),
        (
            "initiate-amend-quantity",
            {"startDate": "2022-02-01", "quantityChange": -11},
            "AssetAmendInitiatedEvent",
            "AmendmentRecordId",
        ),
        (
            "initiate-cancellation",
            {"cancellationDate": "2023-06-01"},
            "AssetCancelInitiatedEvent",
            "CancellationRecordId",
        ),
    ],
)
def test_what_cannot_be_done_is_told_with_its_errors(
    rest: Rest, act: str, given: dict[str, Any], name: str, record: str
) -> None:
    sold = rest.sold()
    path = f"/asset-management/assets/{sold['asset']}/actions"
    if act == "initiate-renewal":
        rest.post(f"{path}/initiate-renewal", {})
    answer = rest.post(f"{path}/{act}", given)
    assert answer["success"] is True
    ((told, payload),) = told_by(rest, answer["requestIdentifier"])
    assert (told, payload[record], payload["HasErrors"]) == (name, None, True)
    assert payload["Errors"][0]["ErrorMessage"]
    shown = status(rest, answer)
    assert (shown["status"], shown["events"]) == ("Failed", [name])
    assert shown["errors"][0]["errorCode"] == payload["Errors"][0]["ErrorCode"]
    orders = 2 if act == "initiate-renewal" else 1
    assert len(rest.ask("SELECT Id FROM Order")) == orders


def test_a_mistake_of_the_program_fails_the_job_alone(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    sold = rest.sold()

    def broken(tx: Tx, request: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(invoices, "run", broken)
        answer = rest.post(GENERATE, {"accountId": sold["account"], "targetDate": "2022-01-01"})
        ((name, payload),) = told_by(rest, answer["requestIdentifier"])
    assert (name, payload["IsSuccess"]) == ("InvoiceProcessedEvent", False)
    assert payload["InvoiceErrorDetailEvent"][0]["ErrorCode"] == "UNKNOWN_EXCEPTION"
    assert status(rest, answer)["status"] == "Failed"
    rest.post(GENERATE, {"accountId": sold["account"], "targetDate": "2022-01-01"})
    assert len(rest.ask("SELECT Id FROM Invoice")) == 1


def test_what_was_queued_when_the_door_was_closed_is_done_when_it_is_opened(rest: Rest) -> None:
    sold = rest.sold()
    caller = rest.desk.ask(jobs.caller_of, 1)
    with rest.door_closed():
        desk = rest.desk.acting_for(caller)
        body = f'{{"accountId": "{sold["account"]}", "targetDate": "2022-01-01"}}'
        desk.do(jobs.queue, jobs.Queue(V + GENERATE, body), request_id="left-over")
        job = rest.desk.ask(jobs.next_open, None)
        assert job is not None
        rest.desk.do(jobs.begin, job.number)
    assert told_by(rest, "left-over")[0][1]["IsSuccess"] is True
    assert rest.get("/asset-management/requests/left-over")["status"] == "Completed"
    assert len(rest.ask("SELECT Id FROM Invoice")) == 1


def test_a_job_of_a_token_that_was_revoked_meanwhile_is_not_done(rest: Rest) -> None:
    sold = rest.sold()
    caller = rest.desk.ask(jobs.caller_of, 1)
    with rest.door_closed():
        rest.desk.do(access.revoke_token, RevokeToken("shop"))
        body = f'{{"accountId": "{sold["account"]}", "targetDate": "2022-01-01"}}'
        queue = jobs.Queue(V + GENERATE, body)
        rest.desk.acting_for(caller).do(jobs.queue, queue, request_id="too-late")
    assert told_by(rest, "too-late")[0][1]["InvoiceErrorDetailEvent"][0]["ErrorCode"] == "INVALID_SESSION_ID"
    job = rest.desk.ask(jobs.job_of, "too-late")
    assert job is not None
    assert job.status == "failed"


def test_a_job_is_done_once_by_two_doors(rest: Rest) -> None:
    sold = rest.sold()
    rest.post(GENERATE, {"accountId": sold["account"], "targetDate": "2022-01-01"})
    assert len(rest.ask("SELECT Id FROM Invoice")) == 1
    rest.desk.do(jobs.perform, jobs.Perform(1, lambda tx: pytest.fail("it was done already")))
    assert rest.desk.do(jobs.begin, 1) is False


def test_another_token_does_not_see_a_job(rest: Rest) -> None:
    sold = rest.sold()
    answer = rest.post(GENERATE, {"accountId": sold["account"], "targetDate": "2022-03-01"})
    assert status(rest, answer)["status"] in ("Queued", "Running", "Completed")
    assert rest.refused("GET", "/asset-management/requests/nothing") == (404, "NOT_FOUND")


def test_shapes_that_cannot_be_read_are_refused_at_once(rest: Rest) -> None:
    sold = rest.sold()
    assert rest.refused("POST", CANCEL, {"assetIds": [sold["asset"]]}) == (400, "REQUIRED_FIELD_MISSING")
    assert rest.refused("POST", CANCEL, {"assetIds": ["02i000000000009AAA"], "cancellationDate": "2022-02-01"}) == (
        400,
        "INVALID_CROSS_REFERENCE_KEY",
    )
    assert rest.refused("POST", GENERATE, {"billingScheduleIds": ["44b000000000009AAA"]}) == (
        400,
        "INVALID_CROSS_REFERENCE_KEY",
    )
    assert rest.desk.ask(jobs.next_open, None) is None
