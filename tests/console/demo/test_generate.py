from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from console.demo.generate import generate
from models.rules.bands import Band, band
from models.services.desk import Desk
from models.store.database import Database
from models.tables import Enrollment
from models.tables.extended import conversations, messages, users

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def filled(owned_file: Path) -> Path:
    generate(owned_file, now=NOW)
    return owned_file


def rows(path: Path, query: object) -> list[tuple[object, ...]]:
    database = Database.open(str(path), read_only=True)
    try:
        with database.read() as session:
            return [tuple(row) for row in session.execute(query)]  # type: ignore[call-overload]
    finally:
        database.close()


def test_it_is_a_believable_inbox(filled: Path) -> None:
    (people, threads), = rows(filled, select(
        select(func.count()).select_from(users).scalar_subquery(),
        select(func.count()).select_from(conversations).scalar_subquery(),
    ))  # fmt: skip
    assert isinstance(threads, int)
    assert isinstance(people, int)
    assert 60 <= threads <= 120 < people + threads
    scores = [score for (score,) in rows(filled, select(conversations.c.ai_ready_score))]
    assert {band(score) for score in scores} == {None, *Band}  # type: ignore[arg-type]
    assert {None, 0} <= set(scores)
    each = select(func.count().label("size")).select_from(messages).group_by(messages.c.conversation_id).subquery()
    longest = select(func.max(each.c.size))
    assert rows(filled, longest) == [(400,)]
    flags = rows(filled, select(users.c.admin, users.c.paid).distinct())
    assert (True, True) in flags
    assert (False, True) in flags
    assert (True, False) not in flags


def test_dates_spread_and_none_is_later_than_now(filled: Path) -> None:
    dates = [at for (at,) in rows(filled, select(conversations.c.last_message_at))]
    ages = sorted(NOW - at for at in dates)  # type: ignore[operator]
    assert timedelta() <= ages[0] < timedelta(seconds=30)
    assert ages[-1] > timedelta(days=60)
    assert rows(filled, select(func.count()).where(messages.c.created_at > NOW)) == [(0,)]


def test_counters_agree_with_rows(filled: Path) -> None:
    unread = select(func.count()).where(
        messages.c.conversation_id == conversations.c.id, messages.c.direction == 0, messages.c.read.is_(False)
    )
    differs = conversations.c.unread_count != unread.scalar_subquery()
    assert rows(filled, select(conversations.c.id).where(differs)) == []
    assert rows(filled, select(func.count()).where(messages.c.direction == 1, messages.c.user_id.is_not(None))) == [
        (0,)
    ]
    assert rows(filled, select(func.count()).where(messages.c.direction == 1, messages.c.read.is_(False))) == [(0,)]
    last = select(func.max(messages.c.created_at)).where(messages.c.conversation_id == conversations.c.id)
    wrong = conversations.c.last_message_at < last.scalar_subquery()
    assert rows(filled, select(conversations.c.id).where(wrong)) == []


def test_ids_follow_time(filled: Path) -> None:
    numbered = rows(filled, select(messages.c.id, messages.c.telegram_message_id).order_by(messages.c.created_at))
    assert numbered == sorted(numbered)  # type: ignore[type-var]


def test_same_seed_same_demo(owned_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    other.write_bytes(owned_file.read_bytes())
    assert generate(owned_file, now=NOW) == generate(other, now=NOW)
    everything = select(messages.c.body, messages.c.created_at).order_by(messages.c.id)
    assert rows(owned_file, everything) == rows(other, everything)


@pytest.mark.parametrize("seed", range(20))
def test_any_seed_works(owned_file: Path, seed: int) -> None:
    generated = generate(owned_file, now=NOW, seed=seed)
    assert len(generated.blocked) == 1
    assert {ours for *_, ours in generated.held} == {True, False}


def test_outbox_holds_what_a_colleague_left(filled: Path) -> None:
    from models.rules.delivery import State
    from models.tables import OutboxRow

    table = OutboxRow.__table__  # type: ignore[attr-defined]
    assert rows(filled, select(table.c.state).order_by(table.c.id)) == [(State.FAILED,), (State.UNKNOWN,)]


def test_somebody_has_bought_and_not_all_of_it_adds_up(filled: Path) -> None:
    desk = Desk.open(str(filled), operator="tester", clock=lambda: NOW, read_only=True)
    try:
        sums = {price.currency: price.amount for price in desk.payments.sums()["completed"]}
        assert set(sums) == {"RUB", "USD"}
        kinds = {each.kind for each in desk.drifts.counts() if each.count}
    finally:
        desk.close()
    assert len(kinds) >= 3, "paid without an enrollment, expired, expiring"
    # Nobody bought before he came, and nothing was sold later than now.
    bought = Enrollment.__table__  # type: ignore[attr-defined]
    early = select(func.count()).select_from(users).join(bought, bought.c.user_id == users.c.id)
    assert rows(filled, early.where(bought.c.enrolled_at < users.c.created_at)) == [(0,)]
    assert rows(filled, early.where(bought.c.enrolled_at > NOW)) == [(0,)]
