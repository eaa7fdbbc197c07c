"""The published lifecycle example (DOMAIN R6) as another system reports it, and what is refused with which code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rest import Rest

PATH = "/asset-management/assets"


def state(start: str, end: str, quantity: int, mrr: int, amount: int) -> dict[str, Any]:
    """A state period of whole days."""
    return {
        "startDate": f"{start}T00:00:00Z",
        "endDate": f"{end}T23:59:59Z",
        "quantity": quantity,
        "mrr": mrr,
        "amount": amount,
    }


def action(category: str, day: str, quantity: int, mrr: int, amount: int) -> dict[str, Any]:
    """An action."""
    return {
        "category": category,
        "actionDate": f"{day}T00:00:00Z",
        "quantityChange": quantity,
        "mrrChange": mrr,
        "amount": amount,
    }


def source(start: str, end: str, quantity: int, amount: int) -> dict[str, Any]:
    """A source in another system."""
    return {
        "transactionDate": f"{start}T00:00:00Z",
        "startDate": f"{start}T00:00:00Z",
        "endDate": f"{end}T23:59:59Z",
        "quantity": quantity,
        "productAmount": amount,
        "adjustmentAmount": 0,
        "actualTax": 1.5,
        "externalReference": "SO-1",
        "externalReferenceDataSource": "ERP",
    }


@pytest.fixture
def ramp(rest: Rest) -> dict[str, Any]:
    """10 for January to June 2020, 20 for July to December, at 10 a month."""
    _, product = rest.licence()
    return {
        "accountId": rest.make("Account", Name="Acme"),
        "productId": product,
        "assetName": "Seats",
        "currencyIsoCode": "USD",
        "assetStatePeriods": [
            state("2020-01-01", "2020-06-30", 10, 100, 600),
            state("2020-07-01", "2020-12-31", 20, 200, 1200),
        ],
        "assetAction": action("Initial Sale", "2019-12-15", 20, 200, 1800),
        "assetActionSources": [
            source("2020-01-01", "2020-06-30", 10, 600),
            source("2020-07-01", "2020-12-31", 20, 1200),
        ],
    }


def shown(states: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """State periods by their days and figures."""
    return [
        (each["StartDate"][:10], each["EndDate"][:10], each["Quantity"], each["Amount"], each["Mrr"]) for each in states
    ]


def test_the_published_lifecycle(rest: Rest, ramp: dict[str, Any]) -> None:
    made = rest.post(f"{PATH}/actions/generate", ramp)
    asset = made["asset"]["Id"]
    assert shown(made["assetStatePeriods"]) == [
        ("2020-01-01", "2020-06-30", 10, 600, 100),
        ("2020-07-01", "2020-12-31", 20, 1200, 200),
    ]
    done = made["assetAction"]
    assert (done["CategoryEnum"], done["ActionDate"][:10], done["TotalAmount"]) == ("Initial Sale", "2019-12-15", 1800)
    outside = [each for each in made["assetActionSources"] if each["ExternalReference"]]
    assert [(each["ProductAmount"], each["ActualTax"]) for each in outside] == [(600, 1.5), (1200, 1.5)]

    changed = rest.post(
        f"{PATH}/{asset}/actions/change",
        {
            "assetStatePeriods": [state("2020-10-01", "2020-12-31", 25, 250, 750)],
            "assetAction": action("Upsells", "2020-09-15", 5, 50, 150),
        },
    )
    assert shown(changed["assetStatePeriods"]) == [
        ("2020-01-01", "2020-06-30", 10, 600, 100),
        ("2020-07-01", "2020-09-30", 20, 600, 200),
        ("2020-10-01", "2020-12-31", 25, 750, 250),
    ]

    ended = rest.post(
        f"{PATH}/{asset}/actions/cancel",
        {
            "assetStatePeriod": state("2020-10-01", "2020-11-30", 25, 250, 500),
            "assetAction": action("Cancellations", "2020-11-20", -25, -250, -250),
        },
    )
    assert shown(ended["assetStatePeriods"])[-1] == ("2020-10-01", "2020-11-30", 25, 500, 250)
    last = ended["assetAction"]
    assert (last["TotalQuantity"], last["TotalAmount"], last["TotalMrr"]) == (0, 1700, 0)
    assert rest.ask("SELECT Id FROM BillingSchedule") == []


def test_days_are_those_of_any_offset(rest: Rest, ramp: dict[str, Any]) -> None:
    ramp["assetStatePeriods"] = [
        {**each, "startDate": each["startDate"][:-1] + "-08:00", "endDate": each["endDate"][:-1] + "-0800"}
        for each in ramp["assetStatePeriods"]
    ]
    assert shown(rest.post(f"{PATH}/actions/generate", ramp)["assetStatePeriods"])[1][:2] == (
        "2020-07-01",
        "2020-12-31",
    )


def changed(**values: Any) -> Any:
    """A change of the second state period."""

    def put(ramp: dict[str, Any]) -> None:
        ramp["assetStatePeriods"][1].update(values)

    return put


def many(name: str, count: int) -> Any:
    """Far too many entries of a list."""

    def put(ramp: dict[str, Any]) -> None:
        ramp[name] = [ramp[name][0]] * count

    return put


def without(name: str) -> Any:
    """A field of the action that is missing."""

    def put(ramp: dict[str, Any]) -> None:
        del ramp["assetAction"][name]

    return put


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (changed(startDate="2020-07-01T00:00:30Z"), "INVALID_START_DATE"),
        (changed(startDate="2020-07-02T00:00:00Z"), "INVALID_START_DATE"),
        (changed(endDate="2020-12-31T23:59:58Z"), "INVALID_END_DATE"),
        (changed(endDate="2020-12-31T12:59:59Z"), "INVALID_DATE_RANGE"),
        (changed(endDate="2020-06-30T23:59:59Z"), "INVALID_DATE_RANGE"),
        (changed(startDate="2020-07-01"), "INVALID_DATE_FORMAT"),
        (changed(amount=1100), "FIELD_INTEGRITY_EXCEPTION"),
        (changed(mrr="many"), "JSON_PARSER_ERROR"),
        (many("assetStatePeriods", 11), "LIMIT_EXCEEDED"),
        (many("assetActionSources", 11), "LIMIT_EXCEEDED"),
        *((without(name), "REQUIRED_FIELD_MISSING") for name in ("category", "actionDate", "amount", "mrrChange")),
        (lambda ramp: ramp.pop("accountId"), "REQUIRED_FIELD_MISSING"),
        (lambda ramp: ramp["assetAction"].update(category="Gifts"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (lambda ramp: ramp.update(assetAction=[ramp["assetAction"]] * 2), "LIMIT_EXCEEDED"),
    ],
    ids=range(17),
)
def test_what_breaks_the_rules_is_refused(rest: Rest, ramp: dict[str, Any], spoil: Any, code: str) -> None:
    spoil(ramp)
    assert rest.refused("POST", f"{PATH}/actions/generate", ramp) == (400, code)
    assert rest.ask("SELECT Id FROM Asset") == []
