"""Usage prices, records, corrections and files: what is taken, what is refused, and in which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.catalog import UsageModel
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.usage import UsagePrice
from calm_desktop.services import settings, usage
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddUsage, CorrectUsage, Find, ImportUsage, Look, SetSetting, SetUsagePrice
from calm_desktop.services.shapes import TierShape
from calm_desktop.services.views import list_usage, usage_page, usage_prices
from tests.services.usage_desk import GRADUATED, codes, correct, day, run, sell, set_price, tiers, use


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as found:
        act()
    return found.value


# ----------------------------------------------------------------------------------------------------------- prices


def test_a_usage_price_holds_from_its_day_on_and_history_stays(desk: Desk) -> None:
    set_price(desk, GRADUATED)
    package = UsagePrice(
        UsageModel.PACKAGE, package_size=Decimal(1000), package_price=Decimal("4.50"), free_units=Decimal(100)
    )
    set_price(desk, package, "2022-07-01")
    prices = desk.ask(usage_prices, Look("CALLS")).prices
    assert [(each.start.isoformat(), each.model, each.currency) for each in prices] == [
        ("1900-01-01", "graduated", "USD"),
        ("2022-07-01", "package", "USD"),
    ]
    assert prices[0].tiers == (
        TierShape(Decimal(100), Decimal("0.1"), Decimal(0)),
        TierShape(None, Decimal("0.05"), Decimal(2)),
    )
    assert prices[0].included == Decimal(10)
    assert prices[1].package_size == Decimal(1000)
    assert (prices[1].package_price, prices[1].free_units) == (Decimal("4.5"), Decimal(100))


def test_a_percentage_is_kept_whole(desk: Desk) -> None:
    price = UsagePrice(UsageModel.PERCENTAGE, percent=Decimal(0), fixed_fee=Decimal("0.25"), free_events=3)
    set_price(desk, price)
    kept = desk.ask(usage_prices, Look("CALLS")).prices[0]
    assert (kept.percent, kept.fixed_fee, kept.free_events) == (Decimal(0), Decimal("0.25"), 3)


def test_asked_again_for_the_same_day_the_later_price_holds(desk: Desk) -> None:
    set_price(desk, GRADUATED, "2022-01-01")
    set_price(desk, UsagePrice(UsageModel.FLAT, included=Decimal(5)), "2022-01-01")
    prices = desk.ask(usage_prices, Look("CALLS")).prices
    assert [(each.model, each.included, each.tiers) for each in prices] == [("flat", Decimal(5), ())]


def test_a_later_price_without_a_day_holds_from_today_on(desk: Desk) -> None:
    set_price(desk, GRADUATED)
    set_price(desk, UsagePrice(UsageModel.FLAT))
    starts = [each.start for each in desk.ask(usage_prices, Look("CALLS")).prices]
    assert starts == [date(1900, 1, 1), desk.today]


def test_only_usage_products_have_a_usage_price(desk: Desk) -> None:
    found = refused(lambda: set_price(desk, GRADUATED, product="LIC"))
    assert codes(found) == ["not-usage"]
    assert found.problems[0].message == "LIC is a subscription product and has no usage price. Name a usage product."


def test_what_is_no_price_is_refused_with_every_reason(desk: Desk) -> None:
    wrong = UsagePrice(UsageModel.VOLUME, tiers("10:1:0", "5:1:0"), percent=Decimal(1))
    assert codes(refused(lambda: set_price(desk, wrong))) == ["unfit-percent", "last-tier-closed", "tiers-must-rise"]


def test_periods_that_are_rated_are_never_priced_anew(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "50", "a")
    run(desk, "2022-02-01")
    found = refused(lambda: set_price(desk, GRADUATED))
    assert codes(found) == ["usage-rated"]
    assert "Give a first day after 2022-01-01" in found.problems[0].message
    set_price(desk, GRADUATED, "2022-01-02")
    use(desk, asset, "2022-02-10", "110", "b")
    assert run(desk, "2022-03-01") == [("2022-03-01", "10.00")]
    # A price from before, up to the day of the one that is there already, is of the rated period again.
    assert codes(refused(lambda: set_price(desk, GRADUATED, "2022-01-01"))) == ["usage-rated"]
    set_price(desk, UsagePrice(UsageModel.FLAT), "2022-02-02")


# ---------------------------------------------------------------------------------------------------------- records


def test_the_same_use_twice_counts_once(desk: Desk) -> None:
    asset = sell(desk)
    assert use(desk, asset, "2022-01-10T08:00+00:00", "50", "a").new
    again = use(desk, asset, "2022-01-10T09:00+01:00", "50.0", " a ")
    assert not again.new
    assert (again.record.key, again.record.quantity, again.record.revision) == ("a", Decimal(50), 0)
    assert len(desk.ask(list_usage, Find())) == 1


@pytest.mark.parametrize(("at", "quantity"), [("2022-01-10", "51"), ("2022-01-11", "50")])
def test_the_same_key_with_another_quantity_or_time_is_refused(desk: Desk, at: str, quantity: str) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "50", "a")
    found = refused(lambda: use(desk, asset, at, quantity, "a"))
    assert codes(found) == ["usage-key-taken"]
    assert found.problems[0].message == (
        "The key 'a' is taken: it recorded 50 at 2022-01-10T00:00:00Z. "
        "To correct that, use `usage correct`; for other use, give another key."
    )


def test_a_key_is_one_of_its_asset(desk: Desk) -> None:
    first, second = sell(desk), sell(desk)
    assert use(desk, first, "2022-01-10", "50", "a").new
    assert use(desk, second, "2022-01-11", "60", "a").new


def test_a_time_without_offset_is_on_the_clock_of_the_organisation(desk: Desk) -> None:
    desk.do(settings.set_setting, SetSetting("time-zone", "America/New_York"))
    asset = sell(desk)
    record = use(desk, asset, "2022-01-31T23:30", "1", "a").record
    assert record.at.isoformat() == "2022-01-31T23:30:00-05:00"
    assert record.day == date(2022, 1, 31)
    assert use(desk, asset, "2022-02-01T04:59:59Z", "1", "b").record.day == date(2022, 1, 31)
    assert use(desk, asset, "2022-02-01", "1", "c").record.at.isoformat() == "2022-02-01T00:00:00-05:00"


def test_what_cannot_be_recorded_is_refused_with_every_reason(desk: Desk) -> None:
    licence, calls = sell(desk, "LIC", price=None), sell(desk)
    assert codes(refused(lambda: use(desk, licence, "2022-01-10", "1", "a"))) == ["not-usage"]
    found = refused(lambda: use(desk, calls, "2021-12-31", "0", " "))
    assert codes(found) == ["usage-outside-service", "missing-key", "quantity-out-of-range"]
    assert found.problems[0].message == (
        "Calls is not in service on 2021-12-31. It is in service 2022-01-01 to 2022-12-31. "
        "Check the asset and the time."
    )
    assert codes(refused(lambda: use(desk, calls, "2023-01-01", "1", "a"))) == ["usage-outside-service"]
    assert codes(refused(lambda: use(desk, calls, "2022-01-10", "0.0000001", "a"))) == ["too-many-decimals"]
    assert codes(refused(lambda: use(desk, calls, "2022-01-10", "1e12", "a"))) == ["quantity-out-of-range"]
    assert codes(refused(lambda: use(desk, calls, "2022-01-10", "NaN", "a"))) == ["quantity-out-of-range"]
    assert codes(refused(lambda: use(desk, calls, "2022-01-10", "1", "k" * 256))) == ["key-too-long"]
    assert codes(refused(lambda: use(desk, "Nothing", "2022-01-10", "1", "a"))) == ["unknown-asset"]
    assert desk.ask(list_usage, Find()) == ()


@pytest.mark.parametrize(
    "at",
    [
        date(1899, 12, 31),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_time_beyond_the_calendar_is_refused(desk: Desk, at: date) -> None:
    asset = sell(desk)
    found = refused(lambda: desk.do(usage.add_usage, AddUsage(asset, at, Decimal(1), "a")))
    assert codes(found) == ["bad-time"]


def test_an_evergreen_asset_takes_use_without_an_end(desk: Desk) -> None:
    from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
    from calm_desktop.services import catalogue
    from calm_desktop.services.requests import AddProduct

    product = AddProduct("Mail", "MAIL", Decimal("0.01"), Kind.USAGE, SellingModel.EVERGREEN, PriceUnit.MONTH)
    desk.do(catalogue.add_product, product)
    asset = sell(desk, "MAIL", price=None, term=None)
    assert use(desk, asset, "2199-01-01", "1", "a").new
    found = refused(lambda: use(desk, asset, "2021-01-01", "1", "b"))
    assert "It is in service from 2022-01-01 on." in found.problems[0].message


# ------------------------------------------------------------------------------------------------------ corrections


def test_a_correction_is_a_new_revision_and_the_old_one_stays(desk: Desk) -> None:
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "50", "a")
    result = correct(desk, "a", "40", "counted twice")
    assert (result.new, result.record.revision, result.record.quantity) == (True, 1, Decimal(40))
    rows = desk.ask(list_usage, Find())
    assert [(row.revision, row.quantity, row.counts, row.reason) for row in rows] == [
        (0, Decimal(50), False, ""),
        (1, Decimal(40), True, "counted twice"),
    ]
    # What was sent first, and what it was corrected to, are both known when they come again.
    assert not use(desk, asset, "2022-01-10", "50", "a").new
    assert not use(desk, asset, "2022-01-10", "40", "a").new
    assert codes(refused(lambda: use(desk, asset, "2022-01-10", "45", "a"))) == ["usage-key-taken"]


def test_correcting_to_what_stands_there_makes_nothing(desk: Desk) -> None:
    use(desk, sell(desk), "2022-01-10", "50", "a")
    assert not correct(desk, "a", "50").new
    assert len(desk.ask(list_usage, Find())) == 1


def test_a_correction_to_nothing_takes_the_use_back(desk: Desk) -> None:
    use(desk, sell(desk), "2022-01-10", "50", "a")
    assert correct(desk, "a", "0").record.quantity == 0


def test_a_correction_needs_a_known_key_and_a_reason(desk: Desk) -> None:
    asset = sell(desk)
    assert codes(refused(lambda: correct(desk, "a", "-1", " "))) == ["quantity-out-of-range", "missing-reason"]
    assert codes(refused(lambda: correct(desk, "a", "1"))) == ["unknown-usage"]
    found = refused(lambda: desk.do(usage.correct_usage, CorrectUsage("a", Decimal(1), "why", asset)))
    assert codes(found) == ["unknown-usage"]


def test_a_key_that_several_assets_know_needs_the_asset(desk: Desk) -> None:
    first, second = sell(desk), sell(desk)
    use(desk, first, "2022-01-10", "50", "a")
    use(desk, second, "2022-01-10", "60", "a")
    found = refused(lambda: correct(desk, "a", "1"))
    assert codes(found) == ["ambiguous-usage"]
    assert "AST-000001, AST-000002. Name the asset too." in found.problems[0].message
    assert correct(desk, "a", "1", asset=second).record.asset_id == second


def test_records_are_listed_by_asset_account_and_day(desk: Desk) -> None:
    first, second = sell(desk), sell(desk, account="Belmont")
    use(desk, first, "2022-01-10", "1", "a")
    use(desk, first, "2022-02-10", "2", "b")
    use(desk, second, "2022-01-20", "3", "c")

    def keys(**wanted: object) -> list[str]:
        return [row.key for row in desk.ask(list_usage, Find(**wanted))]  # type: ignore[arg-type]

    assert keys() == ["a", "c", "b"]
    assert keys(asset=first) == ["a", "b"]
    assert keys(account="Belmont") == ["c"]
    assert keys(start=day("2022-01-15"), end=day("2022-02-10")) == ["c", "b"]


# ------------------------------------------------------------------------------------------------------------ files


def written(folder: Path, text: str, name: str = "use.csv") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_of_use_goes_in_once(desk: Desk, tmp_path: Path) -> None:
    sell(desk)
    file = written(tmp_path, "asset,at,quantity,key\nAST-000001,2022-01-10,50,a\nCalls,2022-01-11T12:00Z,2.5,b\n")
    result = desk.do(usage.import_usage, ImportUsage(file))
    assert (result.read, result.new, result.same, result.rejected, result.stored) == (2, 2, 0, 0, True)
    again = desk.do(usage.import_usage, ImportUsage(file))
    assert (again.read, again.new, again.same, again.rejected, again.stored) == (2, 0, 2, 0, False)
    correct(desk, "a", "40")
    assert desk.do(usage.import_usage, ImportUsage(file)).same == 2
    assert len(desk.ask(list_usage, Find())) == 3


def test_json_lines_are_read_too(desk: Desk, tmp_path: Path) -> None:
    sell(desk)
    rows = [
        {"asset": "AST-000001", "at": "2022-01-10", "quantity": 50, "key": "a"},
        {"asset": "AST-000001", "at": "2022-01-10", "quantity": "2.50", "key": "b", "more": None},
    ]
    file = written(tmp_path, "\n\n".join(json.dumps(row) for row in rows), "use.jsonl")
    assert desk.do(usage.import_usage, ImportUsage(file)).new == 2
    assert [row.quantity for row in desk.ask(list_usage, Find())] == [Decimal(50), Decimal("2.5")]


def test_a_file_with_a_bad_row_is_told_whole_and_nothing_is_stored(desk: Desk, tmp_path: Path) -> None:
    asset = sell(desk)
    sell(desk, "LIC", price=None)
    use(desk, asset, "2022-01-10", "50", "taken")
    file = written(
        tmp_path,
        "asset,at,quantity,key\n"
        "AST-000001,2022-01-10,5,good\n"
        "AST-000001,2022-01-10,6,good\n"
        "AST-000001,2022-01-10,5,good\n"
        "AST-000002,2022-01-10,5,x\n"
        "AST-000009,2022-01-10,5,x\n"
        "AST-000001,2023-01-10,5,x\n"
        "AST-000001,2022-01-10,51,taken\n"
        "AST-000001,today,none,\n",
    )
    result = desk.do(usage.import_usage, ImportUsage(file))
    assert (result.read, result.new, result.same, result.rejected, result.stored) == (8, 1, 1, 6, False)
    assert [(each.row, each.column, each.found) for each in result.problems] == [
        (3, "key", "good"),
        (5, "asset", "AST-000002"),
        (6, "asset", "AST-000009"),
        (7, "at", "2023-01-10"),
        (8, "key", "taken"),
        (9, "at", "today"),
        (9, "quantity", "none"),
        (9, "key", ""),
    ]
    assert {each.fix for each in result.problems} == {"correct the row and import the file again"}
    assert [row.key for row in desk.ask(list_usage, Find())] == ["taken"]


def test_a_file_that_is_not_there_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    result = desk.do(usage.import_usage, ImportUsage(str(tmp_path / "none.csv")))
    assert [(each.row, each.found) for each in result.problems] == [(0, "No such file or directory")]


# ------------------------------------------------------------------------------------------------- an asset's page


def test_the_page_of_an_asset_shows_its_use_by_period(desk: Desk) -> None:
    set_price(desk, GRADUATED)
    asset = sell(desk)
    use(desk, asset, "2022-01-10", "60", "a")
    use(desk, asset, "2022-01-20", "60", "b")
    run(desk, "2022-02-01")
    correct(desk, "b", "40")
    use(desk, asset, "2022-03-20", "20", "c")
    page = desk.ask(usage_page, Look(asset))
    assert [
        (each.start.isoformat(), each.quantity, each.events, str(each.amount), str(each.billed), each.invoices)
        for each in page.periods
    ] == [
        ("2022-03-01", Decimal(20), 1, "1.00", "0.00", ()),
        ("2022-01-01", Decimal(100), 2, "9.00", "12.50", ("INV-000001",)),
    ]
    assert [(row.key, row.revision) for row in page.records] == [("c", 0), ("b", 1), ("b", 0), ("a", 0)]


def test_the_page_of_an_asset_without_use_is_empty(desk: Desk) -> None:
    page = desk.ask(usage_page, Look(sell(desk)))
    assert (page.periods, page.records) == ((), ())
    page = desk.ask(usage_page, Look(sell(desk, "LIC", price=None)))
    assert (page.periods, page.records) == ((), ())


def test_a_preview_of_a_price_stores_nothing(desk: Desk) -> None:
    shown = desk.preview(usage.set_usage_price, SetUsagePrice("CALLS", GRADUATED))
    assert len(shown.prices) == 1
    assert desk.ask(usage_prices, Look("CALLS")).prices == ()
    asset = sell(desk)
    request = AddUsage(asset, datetime(2022, 1, 1, tzinfo=UTC), Decimal(1), "a")
    assert desk.preview(usage.add_usage, request).new
    assert desk.ask(list_usage, Find()) == ()
