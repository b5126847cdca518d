"""The journal only grows, finds what is asked of it, and forgets words but no facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from models.errors import DatabaseProblem
from models.rules.money import Money
from models.services.desk import Desk
from models.services.journal import Facts, drop_texts, journal_table, write_entry
from models.views import Cursor, JournalFilter
from tests.conftest import FixedClock
from tests.models.services.statements import count
from tests.seed import raw

FACTS = Facts("vip", "AB-12", Money(Decimal("38000.50")), datetime(2027, 11, 22, tzinfo=UTC))


@pytest.fixture(params=["owned_file", "owned_url"])
def either(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Desk]:
    """A desk with one person on a new database, on each engine."""
    desk = Desk.open(str(request.getfixturevalue(request.param)), operator="tester", clock=clock, source="test")
    from models.services.sign_in import find_or_create_user

    find_or_create_user(desk.database, 500, username="Anna_K", first_name="Анна", last_name="Ёлкина")
    yield desk
    desk.close()


def entry(desk: Desk, action: str = "grant", reason: str | None = None, facts: Facts = FACTS, user_id: int = 1) -> int:
    operator = desk.require_operator()
    with desk.database.write() as session:
        return write_entry(
            session, desk.clock, operator, "test",
            action=action, user_id=user_id, before={}, after={}, reason=reason, facts=facts,
        )  # fmt: skip


def test_what_is_written_is_read_back(either: Desk) -> None:
    made = entry(either, reason="asked by phone")
    [found] = either.journal.page()
    assert (found.id, found.operator_name, found.action, found.reason) == (made, "tester", "grant", "asked by phone")
    assert (found.tier, found.receipt, found.amount, found.expires_at) == (
        "vip", "AB-12", Money(Decimal("38000.50")), FACTS.expires_at,
    )  # fmt: skip
    assert (found.person_name, found.username, found.subject_id) == ("Анна Ёлкина", "Anna_K", 1)
    assert either.people.person(1).journal == (found,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE console_journal SET action = 'x'",
        "DELETE FROM console_journal",
        "UPDATE console_journal_texts SET reason = 'x'",
    ],
)
def test_it_only_grows(either: Desk, statement: str) -> None:
    entry(either, reason="because")
    before = either.journal.page()
    with pytest.raises(DatabaseProblem), either.database.write() as session:
        session.execute(text(statement))
    assert either.journal.page() == before


def test_a_row_can_not_be_replaced(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="tester", clock=clock)
    made = entry(desk)
    columns = ", ".join(f'"{name}"' for name in journal_table.c.keys() if name != "id")  # noqa: SIM118
    with pytest.raises(DatabaseProblem), desk.database.write() as session:
        session.execute(
            text(f"INSERT OR REPLACE INTO console_journal (id, {columns}) SELECT id, {columns} FROM console_journal")
        )
    assert [found.id for found in desk.journal.page()] == [made]
    desk.close()


def test_a_server_can_not_truncate_it(owned_url: str, clock: FixedClock) -> None:
    desk = Desk.open(owned_url, operator="tester", clock=clock)
    entry(desk)
    with pytest.raises(DatabaseProblem), desk.database.write() as session:
        session.execute(text("TRUNCATE console_journal"))
    assert desk.journal.count() == 1
    desk.close()


@pytest.mark.parametrize(
    "search", ["ав 12", "AB-12", "ab12", "елкина", "АННА", "@anna", "tester", "VIP", "phone", "grant анна", "100%"]
)
def test_search(either: Desk, search: str) -> None:
    wanted = entry(either, reason="by phone, 100%")
    entry(either, "revoke", facts=Facts(tier="basic"), user_id=7)
    words = {found.id for found in either.journal.page(search=search)}
    assert wanted in words
    if search != "tester":
        assert words == {wanted}


def test_pages_and_filters(either: Desk) -> None:
    ids = [entry(either, action) for action in ("grant", "renew", "revoke", "grant")]
    assert [found.id for found in either.journal.page(limit=2)] == ids[:1:-1]
    assert [found.id for found in either.journal.page(before=ids[2])] == ids[1::-1]
    assert [found.id for found in either.journal.page(actions={"grant"}, user_id=1)] == [ids[3], ids[0]]
    assert either.journal.page(user_id=2) == ()
    assert [found.id for found in either.journal.export()] == ids
    assert either.journal.count() == 4


def test_the_screen_reads_pages_and_rows(either: Desk) -> None:
    ids = [entry(either, action, facts=FACTS if action == "grant" else Facts()) for action in ("grant", "lesson") * 3]
    other = Desk.open(str(either.database.place), operator="vera", clock=either.clock) if _is_file(either) else None
    if other is not None:
        ids.append(entry(other, "revoke", user_id=2))
        other.close()
    expected = {
        JournalFilter(): ids[::-1],
        JournalFilter(actions=frozenset({"lesson"})): ids[5:0:-2],
        JournalFilter(user_id=1): ids[5::-1],
        JournalFilter(search="ab 12", user_id=1): ids[4::-2],
        JournalFilter(operator_id=either.require_operator().id): ids[5::-1],
        JournalFilter(operator_id=99): [],
    }
    for wanted, found in expected.items():
        for limit in (2, 200):
            assert pages(either, wanted, limit) == found
        assert [each.id for each in either.journal.export(wanted)] == found[::-1]
    assert [row.id for row in either.journal.rows(ids[:2])] == ids[:2]
    assert [name for _id, name in either.journal.operators()] == ["tester", *(["vera"] if other is not None else [])]
    for work in (
        either.journal.ids,
        lambda: either.journal.ids(JournalFilter(search="анна x", user_id=1)),
        lambda: either.journal.rows(ids),
        either.journal.operators,
    ):
        assert count(either.database, work) == 1


def pages(desk: Desk, wanted: JournalFilter, limit: int) -> list[int]:
    ids: list[int] = []
    after: Cursor | None = None
    while True:
        page = desk.journal.ids(wanted, after=after, limit=limit)
        ids += page.ids
        after = page.next
        if after is None:
            return ids


def _is_file(desk: Desk) -> bool:
    return desk.database.engine == "sqlite"


def test_what_is_taken_back_says_so(either: Desk) -> None:
    made = entry(either)
    entry(either, "undo", facts=Facts(refers_to=made))
    assert [found.taken_back for found in either.journal.page()] == [False, True]


def test_words_go_and_facts_stay(either: Desk) -> None:
    entry(either, reason="her brother asked")
    other = entry(either, reason="something else", user_id=2)
    with either.database.write() as session:
        drop_texts(session, 1)
        session.execute(delete(_users()))
    found = {each.id: each for each in either.journal.page()}
    assert [each.reason for each in found.values()] == ["something else", None]
    assert found[other - 1].person_name is None
    assert found[other - 1].receipt == "AB-12"


def _users():  # type: ignore[no-untyped-def]
    from models.tables.extended import users

    return users


def test_reasons_of_older_entries_are_kept_on_the_way(seed_file: Path) -> None:
    from tests.models.store.test_migrations import migrate

    migrate(seed_file, ("upgrade", "console@2026_11_23_000000"))
    raw.write(
        seed_file,
        "INSERT INTO console_journal (at, operator_id, operator_name, source, action, subject_type, subject_id, before,"
        " after, reason) VALUES ('2026-11-01', 1, 'a', 'b', 'paid.on', 'user', 4, '{}', '{}', 'why'),"
        " ('2026-11-01', 1, 'a', 'b', 'paid.off', 'user', 4, '{}', '{}', NULL)",
    )
    migrate(seed_file, ("upgrade", "console@head"))
    assert raw.rows(seed_file, "SELECT * FROM console_journal_texts") == [(1, "why")]
    migrate(seed_file, ("downgrade", "console@2026_11_23_030000"))
    assert raw.rows(seed_file, "SELECT id, reason FROM console_journal") == [(1, "why"), (2, None)]
