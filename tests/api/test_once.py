"""Each POST with an idempotency key happens once, also where its repeats come from eight threads at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from calm_desktop.api.calls import BASE, CALLS, call_for
from calm_desktop.store import tables
from tests.api.rest import Rest, V, told_by

ASSETS = "/asset-management/assets"
STATES = [
    {"startDate": "2020-01-01T00:00:00Z", "endDate": "2020-12-31T23:59:59Z", "quantity": 10, "mrr": 100, "amount": 1200}
]
ACTION = {"category": "Initial Sale", "actionDate": "2020-01-01T00:00:00Z", "quantityChange": 10, "mrrChange": 100}
SOLD: dict[str, Any] = {"assetStatePeriods": STATES, "assetAction": ACTION | {"amount": 1200}}
HALF = STATES[0] | {"endDate": "2020-06-30T23:59:59Z", "amount": 600}
END = {"category": "Cancellations", "actionDate": "2020-07-01T00:00:00Z", "quantityChange": -10, "mrrChange": -100}
MORE = STATES[0] | {"startDate": "2020-07-01T00:00:00Z", "quantity": 15, "mrr": 150, "amount": 900}
UPSELL = {"category": "Upsells", "actionDate": "2020-07-01T00:00:00Z", "quantityChange": 5, "mrrChange": 50}


def of_elsewhere(rest: Rest) -> str:
    """The id of an asset that was sold elsewhere."""
    product = rest.make("Product2", Name="Elsewhere", ProductCode="ELSE")
    account = rest.make("Account", Name="Elsewhere")
    made = rest.post(
        f"{ASSETS}/actions/generate", {"accountId": account, "productId": product, "assetName": "E"} | SOLD
    )
    return str(made["asset"]["Id"])


def with_credit(rest: Rest, sold: dict[str, str]) -> str:
    """The id of an invoice that has a negative line."""
    path = "/commerce/invoicing/invoices/collection/actions/generate"
    rest.post(path, {"accountId": sold["account"], "targetDate": "2022-01-01"})
    rest.post(f"{ASSETS}/{sold['asset']}/actions/initiate-cancellation", {"cancellationDate": "2022-01-16"})
    rest.post(path, {"accountId": sold["account"], "targetDate": "2022-02-01"})
    (line,) = rest.ask("SELECT InvoiceId FROM InvoiceLine WHERE LineAmount < 0")
    return str(line["InvoiceId"])


def plan(rest: Rest, template: str) -> tuple[str, Any, Any]:
    """For a path of the table: one that can be called, its body, and the table that it adds a row to."""
    if template == "/sobjects/{object}":
        return "/sobjects/Account", {"Name": "Acme"}, tables.account
    if template == "/composite/sobjects":
        return template, {"records": [{"attributes": {"type": "Account"}, "Name": "Acme"}]}, tables.account
    if template == "/composite":
        part = {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "a", "body": {"Name": "Acme"}}
        return template, {"compositeRequest": [part]}, tables.account
    if template == "/jobs/ingest":
        return template, {"object": "Account", "operation": "insert"}, tables.ingest
    body: Any
    if template == f"{ASSETS}/{{asset}}/actions/change":
        body = {"assetStatePeriods": [MORE], "assetAction": UPSELL | {"amount": 300}}
        return f"{ASSETS}/{of_elsewhere(rest)}/actions/change", body, tables.action
    if template == f"{ASSETS}/{{asset}}/actions/cancel":
        body = {"assetStatePeriod": HALF, "assetAction": END | {"amount": -600}}
        return f"{ASSETS}/{of_elsewhere(rest)}/actions/cancel", body, tables.action
    sold = rest.sold()
    if template == f"{ASSETS}/actions/generate":
        product = rest.ask("SELECT Id FROM Product2")[0]["Id"]
        made: dict[str, Any] = {"accountId": sold["account"], "productId": product, "assetName": "E"}
        return template, made | SOLD, tables.asset
    if template == "/actions/standard/{action}":
        body = {"inputs": [{"orderId": sold["order"], "invoiceDate": "2022-01-01", "targetDate": "2022-01-01"}]}
        return "/actions/standard/createInvoiceFromOrder", body, tables.invoice
    if template == f"{ASSETS}/{{asset}}/actions/{{act}}":
        body = {"startDate": "2022-06-01", "quantityChange": 5}
        return f"{ASSETS}/{sold['asset']}/actions/initiate-amend-quantity", body, tables.sales_order
    if template == "/connect/revenue-management/assets/actions/{act}":
        return template.replace("{act}", "renew"), {"assetIds": [sold["asset"]]}, tables.sales_order
    if template.endswith("/convert-to-credit"):
        invoice = with_credit(rest, sold)
        return template.replace("{invoice}", invoice), {}, tables.credit_memo
    return template, {"accountId": sold["account"], "targetDate": "2022-01-01"}, tables.invoice


POSTS = sorted({call.path.removeprefix(BASE) for call in CALLS if call.method == "POST"})


@pytest.mark.parametrize("template", POSTS)
def test_a_post_from_eight_threads_happens_once(rest: Rest, template: str) -> None:
    path, body, table = plan(rest, template)
    found = call_for("POST", V + path)
    assert found is not None
    assert found[0].path == BASE + template

    def count() -> int:
        rest.get("/limits")
        with rest.desk.database.read() as db:
            return db.scalar(select(func.count()).select_from(table)) or 0

    before = count()
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(rest.say, "POST", path, body, Idempotency_Key="key") for _ in range(8)]
        answers = [each.result() for each in sent]
    answers.append(rest.say("POST", path, body, Idempotency_Key="key"))
    assert {(each.status_code, each.text) for each in answers} == {(found[0].status, answers[0].text)}
    if "requestIdentifier" in answers[0].text and found[0].later:
        told_by(rest, answers[0].json()["requestIdentifier"])
    assert count() == before + 1
    with rest.desk.database.read() as db:
        kept = select(func.count()).select_from(tables.answer).where(tables.answer.c.key == "key")
        assert db.scalar(kept) == 1
