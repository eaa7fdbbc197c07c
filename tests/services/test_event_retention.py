"""Events are kept as many days as the setting says, but none is dropped that a webhook is still to be told."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from calm_desktop.engine.problems import Refused
from calm_desktop.services import outbox, webhooks
from calm_desktop.services.access import add_token
from calm_desktop.services.desk import Desk
from calm_desktop.services.outbox import After, events_after, newest, place_after
from calm_desktop.services.requests import AddToken, Rollup, SetSetting
from calm_desktop.services.rollup import roll_up
from calm_desktop.services.settings import set_setting
from calm_desktop.services.tx import Tx
from calm_desktop.services.webhooks import AddWebhook, Delivered


@pytest.fixture
def desk() -> Desk:
    """A store with five events, the first three of long ago."""
    desk = Desk.create("sqlite://", today=date(2022, 1, 1))

    def tell(tx: Tx, names: tuple[str, ...]) -> None:
        for name in names:
            tx.tell(name, {})

    desk.do(webhooks.add_webhook, AddWebhook("shop", "https://shop.example/", ("InvoiceProcessedEvent",)))
    desk.do(tell, ("CreateAssetOrderEvent", "InvoiceProcessedEvent", "CreateAssetOrderEvent"))
    with desk.database.write() as db:
        db.execute(text("UPDATE event SET created_at = '2020-01-01 00:00:00.000000'"))
    desk.do(tell, ("CreateAssetOrderEvent", "InvoiceProcessedEvent"))
    return desk


def kept(desk: Desk) -> list[int]:
    """The replay ids that are kept."""
    return [each.replay_id for each in desk.ask(events_after, After(0))]


def test_the_night_drops_old_events_but_not_those_that_are_still_to_be_sent(desk: Desk) -> None:
    desk.do(roll_up, Rollup())
    assert kept(desk) == [2, 4, 5]
    desk.do(webhooks.delivered, Delivered(1, 2))
    desk.on(date(2022, 1, 2)).do(roll_up, Rollup())
    assert kept(desk) == [4, 5]


def test_a_webhook_that_is_dead_or_removed_keeps_nothing(desk: Desk) -> None:
    desk.do(webhooks.delivered, Delivered(1, 0, "The target answered 410.", gone=True))
    desk.do(roll_up, Rollup())
    assert kept(desk) == [4, 5]


def test_none_is_dropped_where_they_are_kept_for_ever(desk: Desk) -> None:
    desk.do(set_setting, SetSetting("event-days", "0"))
    assert desk.do(lambda tx, _: outbox.prune(tx), None) == 0
    assert kept(desk) == [1, 2, 3, 4, 5]


def test_who_asks_for_what_is_gone_is_told_so(desk: Desk) -> None:
    desk.do(webhooks.remove_webhook, "shop")
    desk.do(roll_up, Rollup())
    assert [desk.ask(place_after, place) for place in (-1, -2, 0, 3, 4, 5)] == [5, 0, 0, 3, 4, 5]
    for gone in (1, 2, 6):
        with pytest.raises(Refused) as refused:
            desk.ask(place_after, gone)
        assert refused.value.problems[0].code == "INVALID_REPLAY_ID"
        assert f"The replayId {{{gone}}} you provided was invalid" in refused.value.problems[0].message


def test_replay_ids_go_on_where_all_events_were_dropped(desk: Desk) -> None:
    with desk.database.write() as db:
        db.execute(text("DELETE FROM event"))
    assert desk.ask(newest, None) == 5
    assert [desk.ask(place_after, place) for place in (-1, -2, 5)] == [5, 0, 5]
    with pytest.raises(Refused):
        desk.ask(place_after, 4)


@pytest.mark.parametrize("days", ["-1", "many", "4000"])
def test_days_are_a_number(desk: Desk, days: str) -> None:
    with pytest.raises(Refused):
        desk.do(set_setting, SetSetting("event-days", days))


def test_jobs_that_ended_and_answers_of_long_ago_go_with_the_events(desk: Desk) -> None:
    desk.do(add_token, AddToken("shop", "integrator"))
    rows = """
INSERT INTO job (id, request_id, token_id, status, queued_at, ended_at, path, body) VALUES
    (1, 'old', 1, 'done', '2020-01-01 00:00:00.000000', '2020-01-01 00:00:01.000000', '/', ''),
    (2, 'open', 1, 'queued', '2020-01-01 00:00:00.000000', NULL, '/', '');
INSERT INTO answer (token_id, key, fingerprint, status, body, answered_at) VALUES
    (1, 'old', '', 201, '', '2020-01-01 00:00:00.000000'), (1, 'new', '', 201, '', '2999-01-01 00:00:00.000000')"""
    with desk.database.write() as db:
        for statement in rows.split(";"):
            db.execute(text(statement))
    desk.do(roll_up, Rollup())
    with desk.database.read() as db:
        assert db.scalars(text("SELECT request_id FROM job")).all() == ["open"]
        assert db.scalars(text("SELECT key FROM answer")).all() == ["new"]
