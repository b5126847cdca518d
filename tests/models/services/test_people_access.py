"""Users by access: filters, orders in pages of any size, names in either alphabet, words they wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from models.errors import Refused
from models.rules.expiry import LIFETIME, Term
from models.rules.money import parse_money
from models.services.desk import Desk
from models.services.recording import record_incoming
from models.services.sign_in import conversation_of, find_or_create_user
from models.views import AccessGlance, Cursor, PeopleFilter, PeopleSort
from models.views.access import DRIFT_OF, MENDS, Drift, GrantOrder, Mend
from tests.conftest import FixedClock
from tests.models.services.statements import count

NAMES = ("Иван", "Natalia", "Фёдор", "Ольга", "Ivan", "Zed")


@pytest.fixture(params=["owned_file", "owned_url"])
def desk(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Desk]:
    """Six people, 1 to 6: all but the last have a conversation, 1 and 3 wrote, 1 the later."""
    opened = Desk.open(str(request.getfixturevalue(request.param)), operator="tester", clock=clock)
    for number, name in enumerate(NAMES, start=1):
        user = find_or_create_user(opened.database, 700 + number, first_name=name)
        with opened.database.write() as session:
            if number < 6:
                conversation = conversation_of(session, opened.features, clock, user)
            if number in (1, 3):
                clock.advance(100 if number == 3 else 200)
                record_incoming(
                    session, opened.features, clock,
                    conversation_id=conversation, user_id=user, body=f"Где Чек {number}?", telegram_message_id=number,
                )  # fmt: skip
    yield opened
    opened.close()


def found(desk: Desk, limit: int = 500, **wanted: object) -> list[int]:
    ids: list[int] = []
    after: Cursor | None = None
    while True:
        page = desk.people.ids(after=after, limit=limit, **wanted)  # type: ignore[arg-type]
        ids += page.ids
        after = page.next
        if after is None:
            return ids
        assert len(ids) < 100


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("Ivan", [5, 1]),
        ("иван", [5, 1]),
        ("Наталия", [2]),
        ("fedor", [3]),
        ("ФЕДОР", [3]),
        ("чек", [3, 1]),
        ("где чек 3", [3]),
        ("че", []),
        ("@чек", []),
    ],
)
def test_search(desk: Desk, search: str, expected: list[int]) -> None:
    for limit in (1, 500):
        assert found(desk, limit, search=search) == expected


def test_orders(desk: Desk, clock: FixedClock) -> None:
    grant(desk, 2, Term(days=9))
    grant(desk, 4, LIFETIME)
    grant(desk, 5, Term(days=3))
    for limit in (1, 2, 500):
        assert found(desk, limit, sort=PeopleSort.LAST_MESSAGE) == [3, 1, 6, 5, 4, 2]
        assert found(desk, limit, sort=PeopleSort.EXPIRY) == [5, 2, 6, 4, 3, 1]
        assert sorted(found(desk, limit, sort=PeopleSort.SCORE)) == [1, 2, 3, 4, 5, 6]


def grant(desk: Desk, user_id: int, term: Term) -> None:
    desk.grants.grant(GrantOrder(user_id, "vip", parse_money("1"), f"R-{user_id}", term))


def page_of(desk: Desk, user_id: int) -> None:
    """What the page of a person reads."""
    desk.people.person(user_id)
    desk.people_access.of(user_id)


def test_filters_and_mending(desk: Desk, clock: FixedClock) -> None:
    desk.access.set_admin(6, True)
    grant(desk, 1, Term(days=3))
    grant(desk, 2, Term(days=30))
    grant(desk, 3, LIFETIME)
    desk.access.set_paid(4, True, reason="a friend")
    desk.access.set_paid(3, False)
    desk.payments.refund("R-2", "unhappy")
    assert found(desk, filter=PeopleFilter.EXPIRING) == [1]
    assert found(desk, filter=PeopleFilter.EXPIRING_WITHOUT_RENEWAL) == [1]
    with_much, with_nothing = (count(desk.database, partial(page_of, desk, id)) for id in (1, 6))
    assert with_much == with_nothing <= 8
    glances = {row.id: row.access for row in desk.people.rows(range(1, 7), access=True)}
    assert count(desk.database, lambda: desk.people.rows(range(1, 7), access=True)) == 1
    assert glances[1] == AccessGlance(True, clock.now + timedelta(days=3))
    assert glances[3] == AccessGlance(True, None)
    assert glances[4] == AccessGlance(False, None, "a friend", "tester")
    assert [row.access for row in desk.people.rows([4])] == [None]
    clock.now += timedelta(days=4)
    expected = {
        PeopleFilter.EXPIRED: [1],
        PeopleFilter.EXPIRED_BUT_PAID: [1],
        PeopleFilter.REFUNDED_WITH_ACCESS: [2],
        PeopleFilter.ENROLLED_BUT_NOT_PAID: [3],
        PeopleFilter.PAID_WITHOUT_ENROLLMENT: [4],
        PeopleFilter.PAID_FOR_NOT_ENROLLED: [],
        PeopleFilter.EXPIRING: [],
        PeopleFilter.EXPIRING_WITHOUT_RENEWAL: [],
        PeopleFilter.BLOCKED: [],
        PeopleFilter.ADMIN: [6],
    }
    counts = desk.people.counts()
    for filter, ids in expected.items():
        assert (found(desk, filter=filter), counts[filter]) == (ids, len(ids))
    with pytest.raises(Refused, match="needs-grant"):
        desk.endings.mend(Drift.PAID_WITHOUT_ENROLLMENT, 4)
    for drift in desk.drifts.counts():
        for user_id in drift.user_ids:
            if MENDS[drift.kind] not in (Mend.GRANT, Mend.RENEW):
                assert desk.endings.mend(drift.kind, user_id, reason="mended")
    assert set(DRIFT_OF.values()) == set(Drift)
    assert {each.kind for each in desk.drifts.counts() if each.count} == {Drift.PAID_WITHOUT_ENROLLMENT}
