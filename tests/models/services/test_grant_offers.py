"""What the grant sheet begins with, and what `z` takes back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from models.errors import FrontdeskError
from models.rules.money import Money
from models.services.desk import Desk
from models.services.grants import UNDO_WINDOW
from models.services.recording import record_incoming
from models.services.sign_in import conversation_of, find_or_create_user
from models.views.access import GrantOrder
from tests.conftest import FixedClock

PRICE = Money(Decimal(38000))
pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(owned_file: str, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk.open(str(owned_file), operator="tester", clock=clock, source="test")
    yield opened
    opened.close()


def test_what_a_grant_begins_with(desk: Desk, clock: FixedClock) -> None:
    anna, silent = (find_or_create_user(desk.database, id, first_name=f"P{id}") for id in (1, 2))
    with desk.database.write() as session:
        conversation = conversation_of(session, desk.features, clock, anna)
        for body in ("чек 0815-1", "оплата, квитанция AB-77", "спасибо!"):
            clock.advance(60)
            record_incoming(
                session, desk.features, clock, conversation_id=conversation, user_id=anna, body=body,
                telegram_message_id=None,
            )  # fmt: skip
    offer = desk.offers.of(anna)
    assert [each.receipt for each in offer.receipts] == ["AB-77", "0815-1"]
    assert (offer.paid, offer.enrollments, offer.why_not_notify, offer.newest) == (False, (), None, None)
    pointed = desk.offers.of(anna, body="вот: № 555-666")
    assert [each.receipt for each in pointed.receipts] == ["555-666", "AB-77", "0815-1"]
    desk.grants.grant(GrantOrder(silent, "basic", PRICE, "ab 77"))
    offer = desk.offers.of(anna)
    assert [(each.receipt, each.use is None) for each in offer.receipts] == [("0815-1", True), ("AB-77", False)]
    none = desk.offers.of(silent)
    assert none.why_not_notify is not None
    assert none.why_not_notify.id == "no-conversation"
    assert none.newest is not None
    assert (none.newest.action, none.seen == desk.grants.preview(GrantOrder(silent, "vip", PRICE, "x1")).seen) == (
        "grant", True,
    )  # fmt: skip
    with pytest.raises(FrontdeskError, match="user-not-found"):
        desk.offers.of(4711)


def test_the_newest_grant_of_ones_own(owned_file: str, desk: Desk, clock: FixedClock) -> None:
    colleague = Desk.open(str(owned_file), operator="colleague", clock=clock)
    anna, ben = (find_or_create_user(desk.database, id) for id in (1, 2))
    assert desk.offers.newest_own() is None
    first = desk.grants.grant(GrantOrder(anna, "vip", PRICE, "R-1"))
    second = desk.grants.grant(GrantOrder(ben, "vip", PRICE, "R-2"))
    colleague.grants.grant(GrantOrder(ben, "basic", PRICE, "R-3"))
    newest = desk.offers.newest_own()
    assert newest is not None
    assert (newest.id, newest.receipt) == (first.entry_id, "R-1"), "a colleague was at the second's person since"
    assert second.entry_id > first.entry_id
    desk.grants.undo(newest.id)
    assert desk.offers.newest_own() is None
    desk.grants.grant(GrantOrder(anna, "vip", PRICE, "R-4"))
    clock.advance(UNDO_WINDOW + 1)
    assert desk.offers.newest_own() is None
    colleague.close()
