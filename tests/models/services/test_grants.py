"""Granting, renewing, taking back, revoking, expiring: one transaction each, on both engines, with and without the
planned tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from models.errors import DatabaseProblem, FrontdeskError, NotFound, Refused, Usage
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money
from models.services.desk import Desk
from models.services.grants import UNDO_WINDOW
from models.services.sign_in import find_or_create_user
from models.views.access import Drift, GrantOrder
from tests.conftest import FixedClock, copy_of, with_our_tables
from tests.seed import raw

PRICE = Money(Decimal("38000.00"))
YEAR = Term(months=12)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=["owned_file", "owned_url", "seed"])
def desk(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Any) -> Iterator[Desk]:
    """Planned tables in a file and on a server; none in the application's own database."""
    place = (
        with_our_tables(copy_of("S", tmp_path)) if request.param == "seed" else request.getfixturevalue(request.param)
    )
    opened = Desk.open(str(place), operator="tester", clock=clock, source="test")
    yield opened
    opened.close()


@pytest.fixture
def person(desk: Desk) -> int:
    made = find_or_create_user(desk.database, 77001, username="anna_k", first_name="Анна", last_name="К")
    with desk.database.write() as session:
        from models.services.sign_in import conversation_of

        conversation_of(session, desk.features, desk.clock, made)
    return made


def order(user_id: int, receipt: str = "R-1", tier: str = "vip", term: Term = YEAR, **more: Any) -> GrantOrder:
    return GrantOrder(user_id, tier, PRICE, receipt, term, **more)


def rows(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    with desk.database.read() as session:
        return [tuple(row) for row in session.execute(text(statement)).all()]


def refused(id: str) -> Any:
    return pytest.raises(FrontdeskError, match=f"^{id}")


def test_a_grant(desk: Desk, person: int) -> None:
    preview = desk.grants.preview(order(person, notice="Welcome"))
    assert (preview.renewal, preview.paid_before, preview.refused) == (False, False, None)
    assert preview.expires_at == datetime(2027, 11, 23, 12, tzinfo=UTC)
    granted = desk.grants.grant(preview.order, seen=preview.seen, hold=5)
    assert (granted.notified, granted.expires_at, granted.paid_before) == (True, preview.expires_at, False)
    assert desk.people.person(person).row.paid
    [entry] = desk.journal.page(user_id=person)
    assert (entry.action, entry.tier, entry.receipt, entry.amount) == ("grant", "vip", "R-1", PRICE)
    [reply] = desk.outbox.list()
    assert (reply.body, reply.state, reply.reason) == ("Welcome", "queued", "undo")
    access = desk.people_access.of(person)
    assert [(each.tier, each.current, each.price) for each in access.enrollments] == [("vip", True, PRICE)]
    assert [(each.receipt, each.status, each.price) for each in access.payments] == [("R-1", "completed", PRICE)]
    assert (access.sums, access.drift) == ((PRICE,), ())
    if desk.features.planned:
        assert granted.unrecorded == ()
        assert rows(desk, "SELECT tier, currency, payment_id FROM enrollments") == [("vip", "RUB", "R-1")]
        assert rows(desk, "SELECT transaction_id, status, currency FROM payments") == [("R-1", "completed", "RUB")]
    else:
        assert granted.unrecorded == ("enrollment", "payment")


def test_a_renewal_counts_from_the_later_end(desk: Desk, person: int, clock: FixedClock) -> None:
    desk.grants.grant(order(person))
    clock.advance(86_400)
    preview = desk.grants.preview(order(person, "R-2"))
    assert (preview.renewal, preview.expires_before) == (True, datetime(2027, 11, 23, 12, tzinfo=UTC))
    renewed = desk.grants.grant(preview.order, seen=preview.seen)
    assert renewed.expires_at == datetime(2028, 11, 23, 12, tzinfo=UTC)
    assert [entry.action for entry in desk.journal.page(user_id=person)] == ["renew", "grant"]
    assert len(desk.people_access.of(person).enrollments) == 1
    assert desk.people_access.of(person).sums == (Money(Decimal(76000)),)


def test_receipts_are_used_once(desk: Desk, person: int) -> None:
    other = find_or_create_user(desk.database, 77002)
    desk.grants.grant(order(person, "AB-12"))
    with refused("receipt-used") as caught:
        desk.grants.grant(order(other, " AB-12 ", override="really"))
    assert caught.value.values["operator"] == "tester"
    with refused("receipt-like"):
        desk.grants.grant(order(other, "аb 12"))
    preview = desk.grants.preview(order(other, "аb 12"))
    assert [(use.exact, use.user_id, use.operator_name) for use in preview.uses] == [(False, person, "tester")]
    assert not desk.people.person(other).row.paid
    desk.grants.grant(order(other, "аb 12", override="another bank"))
    assert desk.journal.page(user_id=other)[0].reason == "another bank"


def test_receipts_that_others_wrote(desk: Desk, person: int) -> None:
    if not desk.features.planned:
        return
    now = "'2026-11-01 10:00:00'"
    with desk.database.write() as session:
        session.execute(
            text(
                "INSERT INTO payments (user_id, transaction_id, amount, status, created_at, updated_at)"
                f" VALUES ({person}, 'yoo-99', 100, 'completed', {now}, {now})"
            )
        )
    for receipt, id in (("yoo-99", "receipt-used"), ("YOO 99", "receipt-like")):
        with refused(id):
            desk.grants.grant(order(person, receipt))
    assert desk.payments.page()[0].orphan
    assert Drift.PAID_FOR_NOT_ENROLLED in desk.drifts.kinds_of(person)


def test_two_operators(desk: Desk, person: int) -> None:
    """One wins, the other has to look again."""
    first, second = (desk.grants.preview(order(person, receipt)) for receipt in ("R-1", "R-2"))
    desk.grants.grant(first.order, seen=first.seen)
    with refused("changed-meanwhile"):
        desk.grants.grant(second.order, seen=second.seen)
    again = desk.grants.preview(second.order)
    assert again.renewal
    desk.grants.grant(again.order, seen=again.seen)
    # Also where no end moves: access for life, paid for once more.
    desk.grants.grant(order(person, "R-3", term=LIFETIME))
    third, fourth = (desk.grants.preview(order(person, receipt, term=LIFETIME)) for receipt in ("R-4", "R-5"))
    desk.grants.grant(third.order, seen=third.seen)
    with refused("changed-meanwhile"):
        desk.grants.grant(fourth.order, seen=fourth.seen)


def test_undo_of_a_first_grant(desk: Desk, person: int) -> None:
    granted = desk.grants.grant(order(person, notice="Welcome"))
    ended = desk.grants.undo(granted.entry_id)
    assert (ended.paid, desk.people.person(person).row.paid) == (False, False)
    assert desk.outbox.list() == ()
    assert [entry.action for entry in desk.journal.page(user_id=person)] == ["undo", "grant"]
    assert desk.people_access.of(person).sums == ()
    with refused("undo-changed"):
        desk.grants.undo(granted.entry_id)
    other = find_or_create_user(desk.database, 77002)
    desk.grants.grant(order(other))


def test_undo_of_a_renewal(desk: Desk, person: int) -> None:
    desk.grants.grant(order(person))
    before = desk.people_access.of(person)
    renewed = desk.grants.grant(order(person, "R-2", term=LIFETIME))
    assert renewed.expires_at is None
    desk.grants.undo(renewed.entry_id)
    after = desk.people_access.of(person)
    assert after.enrollments[0].expires_at == before.enrollments[0].expires_at
    assert after.sums == before.sums
    assert after.paid


def test_undo_has_its_time(desk: Desk, person: int, clock: FixedClock) -> None:
    granted = desk.grants.grant(order(person))
    clock.advance(UNDO_WINDOW + 1)
    with refused("undo-late"):
        desk.grants.undo(granted.entry_id)
    with refused("entry-not-found"):
        desk.grants.undo(4711)


def test_revoke(desk: Desk, person: int) -> None:
    desk.grants.grant(order(person))
    desk.grants.grant(order(person, "R-2", tier="basic", term=LIFETIME))
    with refused("reason-needed"):
        desk.endings.revoke(person, " ")
    ended = desk.endings.revoke(person, "asked for it")
    assert set(ended.tiers) == {"vip", "basic"}
    access = desk.people_access.of(person)
    assert (access.paid, [each.current for each in access.enrollments], access.drift) == (False, [False, False], ())
    assert access.sums == (Money(Decimal(76000)),)
    with refused("nothing-to-revoke"):
        desk.endings.revoke(person, "again")


def test_an_admin_keeps_access(desk: Desk, person: int) -> None:
    desk.access.set_admin(person, True)
    with refused("admin-stays-paid"):
        desk.endings.revoke(person, "why")
    granted = desk.grants.grant(order(person))
    assert desk.grants.undo(granted.entry_id).paid


def test_refund_is_another_act(desk: Desk, person: int) -> None:
    desk.grants.grant(order(person))
    paid = desk.payments.refund("R-1", "unhappy")
    assert (paid.status, paid.price) == ("refunded", PRICE)
    assert desk.people.person(person).row.paid
    assert desk.people_access.of(person).drift == (Drift.REFUNDED_WITH_ACCESS,)
    assert desk.payments.sums() == {"refunded": (PRICE,)}
    with refused("not-completed"):
        desk.payments.refund("R-1", "again")
    with refused("payment-not-found"):
        desk.payments.refund("R-9", "what")


def test_a_correction_is_a_new_payment(desk: Desk, person: int) -> None:
    desk.grants.grant(order(person))
    if not desk.features.planned:
        with refused("no-payments"):
            desk.payments.correct("R-1", "R-1b", PRICE, "typo")
        return
    made = desk.payments.correct("R-1", "R-1b", Money(Decimal("-1000")), "paid 37 000")
    assert (made.corrects, made.tier) == ("R-1", "vip")
    assert desk.payments.sums()["completed"] == (Money(Decimal(37000)),)
    assert rows(desk, "SELECT amount FROM payments ORDER BY id")[0][0] == 38000


def test_expiry(desk: Desk, person: int, clock: FixedClock) -> None:
    desk.grants.grant(order(person, term=Term(days=5)))
    assert desk.people_access.of(person).drift == (Drift.EXPIRING,)
    assert desk.endings.expire(person) is None
    clock.advance(6 * 86_400)
    counts = {each.kind: each.user_ids for each in desk.drifts.counts()}
    assert person in counts[Drift.EXPIRED_BUT_PAID]
    [row] = [row for row in desk.drifts.rows(Drift.EXPIRED_BUT_PAID) if row.user_id == person]
    assert row.expires_at == NOW + timedelta(days=5)
    assert [ended.user_id for ended in desk.endings.expire_all()] == [person]
    assert desk.endings.expire_all() == ()
    assert not desk.people.person(person).row.paid
    assert desk.drifts.kinds_of(person) == ()


def test_access_without_an_enrollment_tells_why(desk: Desk, person: int) -> None:
    desk.access.set_paid(person, True, reason="a friend of the house")
    assert Drift.PAID_WITHOUT_ENROLLMENT in desk.drifts.kinds_of(person)
    [row] = [row for row in desk.drifts.rows(Drift.PAID_WITHOUT_ENROLLMENT) if row.user_id == person]
    assert (row.reason, row.operator_name) == ("a friend of the house", "tester")


def test_a_foreign_write_shows_as_drift(desk: Desk, person: int) -> None:
    desk.grants.grant(order(person))
    with desk.database.write() as session:
        session.execute(text(f"UPDATE users SET paid = {'false' if desk.database.engine == 'postgresql' else 0}"))
    assert desk.drifts.kinds_of(person) == (Drift.ENROLLED_BUT_NOT_PAID,)


@pytest.mark.parametrize("desk", ["owned_file"], indirect=True)
def test_what_is_not_granted(desk: Desk, person: int) -> None:
    changes: list[tuple[dict[str, Any], str]] = [
        ({"receipt": "--"}, "bad-receipt"),
        ({"tier": "gold"}, "bad-tier"),
        ({"price": Money(Decimal(-1))}, "bad-amount"),
        ({"price": Money(Decimal(10) ** 8)}, "bad-amount"),
        ({"processor": "paypal"}, "bad-value"),
        ({"term": Term(until=NOW)}, "bad-term"),
        ({"user_id": 4711}, "user-not-found"),
    ]
    for change, id in changes:
        with refused(id):
            desk.grants.grant(replace(order(person), **change))
    assert desk.journal.count() == 0


def test_all_or_nothing(desk: Desk, person: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails at the very end leaves no trace."""
    import models.services.grants as module

    def fails(*_: Any, **__: Any) -> None:
        raise DatabaseProblem("disk-full")

    monkeypatch.setattr(module.Grants, "notify", fails)
    with pytest.raises(DatabaseProblem):
        desk.grants.grant(order(person, notice="x"))
    monkeypatch.undo()
    assert desk.journal.count() == 0
    assert not desk.people.person(person).row.paid
    assert desk.people_access.of(person).payments == ()


def test_who_can_not_be_told(desk: Desk) -> None:
    stranger = find_or_create_user(desk.database, 77003)
    granted = desk.grants.grant(order(stranger, notice="hello"))
    assert granted.notified is False
    assert granted.why_not_notified is not None
    assert granted.why_not_notified.id == "no-conversation"


def test_lessons(desk: Desk, person: int, clock: FixedClock) -> None:
    if not desk.features.lessons:
        with refused("no-lessons"):
            desk.lessons.record(person, "01-intro")
        return
    desk.lessons.record(person, "01-intro", completed=True, seconds=120)
    clock.advance(60)
    studies = desk.lessons.record(person, "02-start", seconds=30)
    assert (studies.completed, studies.seconds, studies.stuck_since) == (1, 150, clock())
    assert desk.lessons.record(person, "01-intro").lessons[0].completed
    assert desk.journal.count() == 2
    for slug, id in (("", "bad-slug"), ("a b", "bad-slug")):
        with pytest.raises(Usage, match=id):
            desk.lessons.record(person, slug)
    with pytest.raises(NotFound):
        desk.lessons.record(4711, "01-intro")


def test_a_web_session_ends(desk: Desk, person: int) -> None:
    from models.services.sign_in import complete_authentication

    assert desk.person_acts.end_session(person) is False
    complete_authentication(desk.database, person, "secret-token")
    assert desk.person_acts.end_session(person) is True
    found = desk.people.person(person)
    assert (found.has_session_token, found.row.authenticated) == (False, False)
    assert [entry.action for entry in found.journal] == ["session.end"]


def test_deletion(desk: Desk, person: int) -> None:
    conversation = desk.people.person(person).row.conversation_id
    assert conversation is not None
    desk.grants.grant(order(person, notice="Welcome", reason="her brother paid"))
    desk.drafts.save(conversation, "draft", "key")
    taken = desk.person_acts.export(person)
    assert taken["users"][0]["telegram_id"] == 77001
    assert "session_token" not in taken["users"][0]
    assert taken["console_journal"][0]["receipt"] == "R-1"
    assert taken["console_outbox"][0]["body"] == "Welcome"
    assert taken["console_drafts"][0]["body"] == "draft"
    assert taken["console_journal_texts"][0]["reason"] == "her brother paid"
    with refused("name-differs"):
        desk.person_acts.delete(person, confirm="Boris")
    gone = desk.person_acts.delete(person, confirm="Анна К")
    assert (gone["users"], gone["conversations"]) == (1, 1)
    if desk.features.planned:
        assert (gone["payments"], gone["enrollments"]) == (1, 1)
    with pytest.raises(NotFound):
        desk.people.person(person)
    assert desk.outbox.list() == ()
    entries = desk.journal.page(user_id=person)
    assert [(entry.action, entry.reason, entry.person_name) for entry in entries] == [
        ("delete", None, None),
        ("grant", None, None),
    ]
    with refused("receipt-used"):
        desk.grants.grant(order(find_or_create_user(desk.database, 77009)))


def test_the_last_admin_and_yourself(owned_file: Any, clock: FixedClock) -> None:
    raw.write(
        owned_file,
        "INSERT INTO users (id, telegram_id, username, first_name, admin, paid, created_at, updated_at) VALUES"
        " (1, 11, 'boss', 'Boss', 1, 1, '2026-11-01', '2026-11-01'), (2, 12, 'two', 'Two', 1, 1, '2026-11-01',"
        " '2026-11-01')",
    )
    desk = Desk.open(str(owned_file), operator="@boss", clock=clock)
    for act in (lambda: desk.access.set_admin(1, False), lambda: desk.person_acts.delete(1, confirm="Boss")):
        with pytest.raises(Refused, match="not-yourself"):
            act()
    desk.access.set_admin(2, False)
    desk.close()
    other = Desk.open(str(owned_file), operator="somebody", clock=clock)
    with pytest.raises(Refused, match="last-admin"):
        other.person_acts.delete(1, confirm="Boss")
    other.close()


def test_access_given_by_hand_after_a_tier_ended_is_not_taken_for_expired(
    desk: Desk, person: int, clock: FixedClock
) -> None:
    desk.grants.grant(order(person, term=Term(days=1)))
    clock.advance(2 * 86_400)
    assert desk.drifts.kinds_of(person) == (Drift.EXPIRED_BUT_PAID,)
    assert desk.endings.expire(person) is not None
    clock.advance(60)
    desk.access.set_paid(person, True, reason="jury")
    assert desk.drifts.kinds_of(person) == (Drift.PAID_WITHOUT_ENROLLMENT,)
    assert [each.reason for each in desk.drifts.rows(Drift.PAID_WITHOUT_ENROLLMENT) if each.user_id == person] == [
        "jury"
    ]
    assert desk.endings.expire(person) is None
    assert desk.endings.expire_all() == ()
    # A tier again, and that runs out: then it has expired.
    desk.grants.grant(order(person, "R-2", term=Term(days=1)))
    clock.advance(2 * 86_400)
    assert [each.user_id for each in desk.endings.expire_all()] == [person]
