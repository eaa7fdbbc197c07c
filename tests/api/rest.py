"""A program that talks to the REST door, as tests play it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from calm_desktop.api.app import application
from calm_desktop.services.desk import Desk
from calm_desktop.services.jobs import job_of
from calm_desktop.services.outbox import After, events_after

V = "/services/data/v55.0"


@dataclass
class Rest:
    """A client with a token."""

    client: httpx.Client
    desk: Desk
    token: str

    def say(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response to a call of version 55.0, or of a whole path where it begins with one."""
        url = path if path.startswith(("/services", "/cometd", "/events", "/id")) else V + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, url, json=body, headers={"Authorization": f"Bearer {self.token}"} | named)

    def get(self, path: str) -> Any:
        """What a look that must succeed answers."""
        answer = self.say("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """What an act that must succeed answers."""
        answer = self.say("POST", path, body, **headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def make(self, kind: str, **values: Any) -> str:
        """The id of a record that is made."""
        made: str = self.post(f"/sobjects/{kind}", values)["id"]
        return made

    def patch(self, kind: str, record: str, **values: Any) -> None:
        """Change a record."""
        answer = self.say("PATCH", f"/sobjects/{kind}/{record}", values)
        assert answer.status_code == 204, answer.text

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """The status of a call that must be refused, and the code of its first error."""
        answer = self.say(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()[0]["errorCode"]

    def ask(self, soql: str) -> list[dict[str, Any]]:
        """The records of a query, without their attributes."""
        answer = self.client.get(f"{V}/query", params={"q": soql}, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, answer.text
        return [plain(record) for record in answer.json()["records"]]

    def malformed(self, soql: str) -> tuple[str, str]:
        """The code and the words of a query that must be refused."""
        answer = self.client.get(f"{V}/query", params={"q": soql}, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]["errorCode"], answer.json()[0]["message"]

    def act(self, name: str, **given: Any) -> str:
        """The request id of a standard action with one input."""
        done = self.post(f"/actions/standard/{name}", {"inputs": [given]})
        assert done[0]["isSuccess"] is True
        return str(done[0]["outputValues"]["requestId"])

    @contextmanager
    def door_closed(self) -> Iterator[None]:
        """The door is closed meanwhile, so that nothing is done beside it; then another is opened on the same store."""
        self.client.__exit__()
        yield
        self.client = TestClient(application(self.desk))
        self.client.__enter__()

    def licence(self) -> tuple[str, str]:
        """A price book entry of a licence at 10 a month, and the id of its product."""
        product = self.make("Product2", Name="Licence", ProductCode="LIC")
        term = {"SellingModelType": "TermDefined", "PricingTerm": 1, "PricingTermUnit": "Months"}
        model = self.make("ProductSellingModel", Name="Term Monthly", Status="Active", **term)
        entry = self.make("PricebookEntry", Product2Id=product, ProductSellingModelId=model, UnitPrice=10)
        return entry, product

    def sold(self, account: str = "Acme", quantity: int = 10) -> dict[str, str]:
        """The renewal story's sale: ids of account, order, item and asset."""
        entry, _ = self.licence()
        buyer = self.make("Account", Name=account)
        order = self.make("Order", AccountId=buyer, EffectiveDate="2022-01-01", Status="Draft")
        line = {"PricebookEntryId": entry, "Quantity": quantity, "UnitPrice": 10, "EndDate": "2022-12-31"}
        item = self.make("OrderItem", OrderId=order, **line)
        self.patch("Order", order, Status="Activated")
        asset = self.ask(f"SELECT Id FROM Asset WHERE AccountId = '{buyer}'")[0]["Id"]
        return {"account": buyer, "order": order, "item": item, "asset": asset}


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """A record without attributes, parents too."""
    return {
        key: plain(value) if isinstance(value, dict) else value for key, value in record.items() if key != "attributes"
    }


def told_by(rest: Rest, request_id: str) -> list[tuple[str, Any]]:
    """The events of a request, once it has ended."""
    end = monotonic() + 60
    while (job := rest.desk.ask(job_of, request_id)) is not None and job.ended_at is None:
        assert monotonic() < end, "the request does not end"
        sleep(0.01)
    found = rest.desk.ask(events_after, After(0, 10_000))
    return [(each.name, each.payload) for each in found if each.request_id == request_id]
