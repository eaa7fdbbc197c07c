"""What integrations do: assets, schedules, renewals, changes, invoices, credits; each with its event."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from calm_desktop.services.outbox import After, Event, events_after
from tests.api.rest import Rest, V, told_by


def events(rest: Rest) -> list[Event]:
    """All events so far."""
    return list(rest.desk.ask(events_after, After(0, 10_000)))


def test_both_steps_answer_with_what_exists_and_tell_it_again(rest: Rest) -> None:
    sold = rest.sold()
    ((name, payload),) = told_by(rest, rest.act("createOrUpdateAssetFromOrder", orderId=sold["order"]))
    assert (name, payload["AssetDetails"]) == (
        "CreateAssetOrderEvent",
        [
            {
                "OrderItemId": sold["item"],
                "AssetId": sold["asset"],
                "IsSuccess": True,
                "ErrorCode": None,
                "ErrorMessage": None,
            }
        ],
    )
    ((name, payload),) = told_by(rest, rest.act("createBillingScheduleFromOrderItem", orderItemIds=[sold["item"]]))
    assert name == "BillingScheduleCreatedEvent"
    assert payload["BillingScheduleCreatedEventDetail"] == payload["BillSchdCreatedEventDetail"]
    assert payload["BillingScheduleCreatedEventDetail"][0]["BillingScheduleId"] == "44b000000000001AAA"
    assert len(rest.ask("SELECT Id FROM Asset")) == len(rest.ask("SELECT Id FROM BillingSchedule")) == 1


def test_a_refused_action_changes_nothing(rest: Rest) -> None:
    path = "/actions/standard/createOrUpdateAssetFromOrder"
    answer = rest.say("POST", path, {"inputs": [{"orderId": "801000000000009AAA"}]})
    assert (answer.status_code, answer.json()[0]["isSuccess"]) == (400, False)
    assert answer.json()[0]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert rest.refused("POST", "/actions/standard/flyToMoon", {"inputs": [{}]}) == (404, "NOT_FOUND")
    assert rest.say("POST", path, {"inputs": []}).status_code == 400
    assert events(rest) == []


def test_a_renewal_is_made_and_activated(rest: Rest) -> None:
    sold = rest.sold()
    path = f"/asset-management/assets/{sold['asset']}/actions/initiate-renewal"
    done = rest.post(path, {"assetIds": {"assetIdArray": [sold["asset"]]}})
    request = done["requestIdentifier"]
    assert (done["success"], done["errors"]) == (True, [])
    assert done["statusURL"] == f"{V}/asset-management/requests/{request}"
    told = dict(told_by(rest, request))
    assert list(told) == ["AssetRenewInitiatedEvent", "CreateAssetOrderEvent", "BillingScheduleCreatedEvent"]
    renewal = told["AssetRenewInitiatedEvent"]
    assert (renewal["RenewalRecordId"], renewal["HasErrors"], renewal["RequestIdentifier"]) == (
        "801000000000002AAA",
        False,
        request,
    )
    order = rest.get("/sobjects/Order/801000000000002AAA")
    assert (order["EffectiveDate"], order["Status"], order["TotalAmount"]) == ("2023-01-01", "Activated", 1200)
    assert rest.get(done["statusURL"])["status"] == "Completed"
    again = rest.post("/connect/revenue-management/assets/actions/renew", {"assetIds": [sold["asset"]]})
    assert dict(told_by(rest, again["requestIdentifier"]))["AssetRenewInitiatedEvent"]["HasErrors"] is True
    assert rest.get(again["statusURL"])["status"] == "Failed"


def test_a_change_of_quantity_and_a_cancellation(rest: Rest) -> None:
    sold = rest.sold()
    collection = "/asset-management/assets/collection/actions"
    more = {"assetIds": [sold["asset"]], "startDate": "2022-09-01T00:00:00Z", "quantityChange": 5}
    told = dict(told_by(rest, rest.post(f"{collection}/initiate-amend-quantity", more)["requestIdentifier"]))
    assert told["AssetAmendInitiatedEvent"]["AmendmentRecordId"] == "801000000000002AAA"
    end = {"assetIds": [sold["asset"]], "cancellationDate": "2022-12-01"}
    told = dict(told_by(rest, rest.post(f"{collection}/initiate-cancellation", end)["requestIdentifier"]))
    assert told["AssetCancelInitiatedEvent"]["HasErrors"] is False
    fields = "CategoryEnum, QuantityChange, Amount, MrrChange, TotalQuantity, TotalAmount"
    assert [tuple(each.values()) for each in rest.ask(f"SELECT {fields} FROM AssetAction ORDER BY CreatedDate")] == [
        ("Initial Sale", 10, 1200, 100, 10, 1200),
        ("Upsells", 5, 200, 50, 15, 1400),
        ("Cancellations", -15, -150, -150, 0, 1250),
    ]
    again = rest.post(f"{collection}/initiate-cancellation", end)
    assert dict(told_by(rest, again["requestIdentifier"]))["AssetCancelInitiatedEvent"]["HasErrors"] is True
    assert rest.refused("POST", f"{collection}/initiate-cancellation", {"assetIds": [sold["asset"]]}) == (
        400,
        "REQUIRED_FIELD_MISSING",
    )


def test_invoices_are_generated_by_schedule_account_and_order(rest: Rest) -> None:
    sold = rest.sold()
    path = "/commerce/invoicing/invoices/collection/actions/generate"
    schedule = {"billingScheduleIds": ["44b000000000001AAA"], "invoiceDate": "2022-01-01", "targetDate": "2022-01-01"}
    told = told_by(rest, rest.post(path, schedule | {"action": "Posted"})["requestIdentifier"])
    assert told[0][1]["InvoiceProcessedDetailEvents"] == [
        {
            "InvoiceId": "3tt000000000001AAA",
            "InvoiceStatus": "Posted",
            "IsSuccess": True,
            "InvoiceErrorDetailEvents": [],
        }
    ]
    rest.post(path, {"accountId": sold["account"], "targetDate": "2022-02-01"})
    rest.post(path, {"billingTransactionId": sold["order"], "targetDate": "2022-03-01", "action": "Draft"})
    assert rest.ask("SELECT InvoiceDate, Status, TotalAmount, Balance FROM Invoice ORDER BY InvoiceDate") == [
        {"InvoiceDate": "2022-01-01", "Status": "Posted", "TotalAmount": 100, "Balance": 100},
        {"InvoiceDate": "2022-02-01", "Status": "Posted", "TotalAmount": 100, "Balance": 100},
        {"InvoiceDate": "2022-03-01", "Status": "Draft", "TotalAmount": 100, "Balance": 100},
    ]
    plan = rest.get("/sobjects/BillingSchedule/44b000000000001AAA")
    shown = ("Status", "TotalAmount", "BilledAmount", "PendingAmount", "NextBillingDate", "NextChargeFromDate")
    assert [plan[name] for name in shown] == ["Processing", 1200, 200, 1000, "2022-03-01", "2022-03-01"]
    nothing = rest.post(path, {"accountId": sold["account"], "targetDate": "2022-02-01"})
    told = told_by(rest, nothing["requestIdentifier"])
    assert told[0][1]["IsSuccess"] is False
    assert rest.refused("POST", path, {"targetDate": "2022-02-01"}) == (400, "REQUIRED_FIELD_MISSING")


def test_negative_lines_become_a_credit_memo(rest: Rest) -> None:
    sold = rest.sold()
    path = "/commerce/invoicing/invoices/collection/actions/generate"
    rest.post(path, {"accountId": sold["account"], "targetDate": "2022-01-01"})
    end = {"assetIds": [sold["asset"]], "cancellationDate": "2022-01-16"}
    rest.post("/asset-management/assets/collection/actions/initiate-cancellation", end)
    rest.post(path, {"accountId": sold["account"], "targetDate": "2022-02-01"})
    ((invoice, amount),) = [
        tuple(each.values()) for each in rest.ask("SELECT InvoiceId, LineAmount FROM InvoiceLine WHERE LineAmount < 0")
    ]
    assert amount == -51.61
    done = rest.post(f"/commerce/invoicing/invoices/{invoice}/actions/convert-to-credit", {})
    memo = rest.get(f"/sobjects/CreditMemo/{done['creditMemoId']}")
    assert (memo["TotalAmount"], memo["Reason"], memo["ReferenceEntityId"]) == (51.61, "Converted", invoice)
    assert rest.get(f"/sobjects/Invoice/{invoice}")["TotalConvertedNegAmount"] == -51.61


def test_a_post_with_a_key_happens_once(rest: Rest) -> None:
    body = {"Name": "Acme"}
    first = rest.post("/sobjects/Account", body, Idempotency_Key="k1")
    assert rest.post("/sobjects/Account", body, Idempotency_Key="k1") == first
    assert rest.refused("POST", "/sobjects/Account", {"Name": "Other"}, Idempotency_Key="k1") == (409, "DUPLICATE_KEY")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(rest.post, "/sobjects/Account", {"Name": "Many"}, Idempotency_Key="k2") for _ in range(8)]
    assert len({each.result()["id"] for each in asked}) == 1
    assert rest.ask("SELECT Name FROM Account ORDER BY Name") == [{"Name": "Acme"}, {"Name": "Many"}]
    bad = {"Name": ""}
    assert rest.refused("POST", "/sobjects/Account", bad, Idempotency_Key="k3") == (400, "REQUIRED_FIELD_MISSING")
    assert rest.post("/sobjects/Account", {"Name": "Third"}, Idempotency_Key="k3")["success"] is True


def test_an_invoice_run_with_a_correlation_id_happens_once(rest: Rest) -> None:
    sold = rest.sold()
    run = {"accountId": sold["account"], "targetDate": "2022-01-01", "correlationId": "run-1"}
    path = "/commerce/invoicing/invoices/collection/actions/generate"
    assert rest.post(path, run) == rest.post(path, run)
    assert rest.refused("POST", path, run | {"targetDate": "2022-02-01"}) == (409, "DUPLICATE_KEY")
    assert len(rest.ask("SELECT Id FROM Invoice")) == 1


def test_parts_of_a_composite_request_name_each_other_and_stand_or_fall_together(rest: Rest) -> None:
    rest.licence()
    parts: list[dict[str, Any]] = [
        {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "acme", "body": {"Name": "Acme"}},
        {
            "method": "POST",
            "url": f"{V}/sobjects/Order",
            "referenceId": "order",
            "body": {"AccountId": "@{acme.id}", "EffectiveDate": "2022-01-01"},
        },
        {"method": "GET", "url": f"{V}/sobjects/Order/@{{order.id}}?fields=AccountId", "referenceId": "seen"},
    ]
    done = rest.post("/composite", {"compositeRequest": parts})["compositeResponse"]
    assert [each["httpStatusCode"] for each in done] == [201, 201, 200]
    assert done[2]["body"]["AccountId"] == done[0]["body"]["id"]
    failing = [parts[0] | {"body": {"Name": "Belmont"}}, parts[1] | {"body": {"AccountId": "@{acme.id}"}}]
    done = rest.post("/composite", {"compositeRequest": failing})["compositeResponse"]
    assert [each["body"][0]["errorCode"] for each in done] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    done = rest.post("/composite", {"compositeRequest": failing, "allOrNone": False})["compositeResponse"]
    assert [each["httpStatusCode"] for each in done] == [201, 400]
    assert rest.ask("SELECT Name FROM Account ORDER BY Name") == [{"Name": "Acme"}, {"Name": "Belmont"}]


def test_records_by_the_hundred(rest: Rest) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in ("Acme", "", "Carver")]
    done = rest.post("/composite/sobjects", {"records": records})
    assert [each["success"] for each in done] == [True, False, True]
    assert done[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    done = rest.post("/composite/sobjects", {"records": records, "allOrNone": True})
    assert [each["success"] for each in done] == [False, False, False]
    assert rest.ask("SELECT Name FROM Account ORDER BY Name") == [{"Name": "Acme"}, {"Name": "Carver"}]
