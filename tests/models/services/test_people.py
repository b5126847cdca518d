"""People: search, filters, orders, pages, one person's page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import NotFound
from models.rules.access import NAMELESS
from models.services import people_slices, slices
from models.services.desk import Desk
from models.services.people import People
from models.views import Cursor, PeopleFilter, PeopleSort
from tests.conftest import FixedClock
from tests.models.services.nasty import add_nasty_rows
from tests.models.services.statements import count, plans
from tests.seed import raw

pytestmark = pytest.mark.both_engines

#: First and last name, username, Telegram id.
PEOPLE = [
    ("Фёдор", "ЁЖИКОВ", "fedor", 9001),
    ("фЕДОР", "Ежиков", "Fedor_2", 9002),
    (None, "Zorro", None, 9003),
    (None, None, None, 9004),
    ("100%", "_under\\score", "under_score", 9005),
    ("Straße", "İstanbul", "ünder", 9006),
    ("  ", None, "blank", 9007),
]


@pytest.fixture
def crowd(desk: Desk, shape_file: Path) -> dict[int, int]:
    """The people above beside the real ones: Telegram id → id."""

    def literal(value: object) -> str:
        return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"

    values = ", ".join(
        f"({telegram_id}, {literal(first)}, {literal(last)}, {literal(username)}, '2026-11-02', '2026-11-02')"
        for first, last, username, telegram_id in PEOPLE
    )
    raw.write(
        shape_file,
        f"INSERT INTO users (telegram_id, first_name, last_name, username, created_at, updated_at) VALUES {values}",
    )
    return dict(raw.rows(shape_file, "SELECT telegram_id, id FROM users WHERE telegram_id BETWEEN 9001 AND 9099"))


def everybody(
    people: People,
    *,
    search: str = "",
    filter: PeopleFilter = PeopleFilter.ALL,
    sort: PeopleSort = PeopleSort.NEWEST,
    limit: int = 500,
) -> list[int]:
    found: list[int] = []
    after: Cursor | None = None
    while True:
        page = people.ids(search=search, filter=filter, sort=sort, after=after, limit=limit)
        assert len(page.ids) <= limit
        found += page.ids
        assert len(found) < 1000, "pages go round in circles"
        if page.next is None:
            return found
        after = page.next


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("фёдор", [9001, 9002]),
        ("ФЕДОР", [9001, 9002]),
        ("ёжик", [9001, 9002]),
        ("ежиКОВ", [9001, 9002]),
        ("фёдор ежиков", [9001, 9002]),
        ("  дор ёж  ", [9001, 9002]),
        ("fedor", [9001, 9002]),
        ("@FEDOR", [9001, 9002]),
        ("@fedor_2", [9002]),
        ("@Zorro", []),
        ("zorro", [9003]),
        (NAMELESS, [9004, 9007]),
        ("100%", [9005]),
        ("%", [9005]),
        ("@under_score", [9005]),
        ("r_s", [9005]),
        ("\\", [9005]),
        ("STRASSE", [9006]),
        ("@ÜNDER", [9006]),
        ("9003", [9003]),
        ("900", [9001, 9002, 9003, 9004, 9005, 9006, 9007]),
        ("nobody at all", []),
        ("'; DROP TABLE users; --", []),
        ("\ud800", []),
        ("\0", []),
        ("²", []),
        ("x" * 20_000, []),
    ],
)
def test_search(desk: Desk, crowd: dict[int, int], search: str, expected: list[int]) -> None:
    """Names in any case with ё as е, usernames with and without @, Telegram ids; nothing typed is a wildcard."""
    ids = set(crowd.values())
    found = [id for id in everybody(desk.people, search=search) if id in ids]
    assert found == sorted((crowd[telegram_id] for telegram_id in expected), reverse=True)


def test_a_blank_search_finds_everybody(desk: Desk, crowd: dict[int, int], shape_file: Path) -> None:
    assert everybody(desk.people, search="  ") == everybody(desk.people)
    assert everybody(desk.people) == [id for (id,) in raw.rows(shape_file, "SELECT id FROM users ORDER BY id DESC")]


CONDITIONS = {
    PeopleFilter.ALL: "true",
    PeopleFilter.ADMIN: "admin = 1",
    PeopleFilter.PAID: "paid = 1",
    PeopleFilter.SIGNED_IN: "authenticated = 1",
    PeopleFilter.NEVER_WROTE: "id NOT IN (SELECT user_id FROM messages WHERE direction = 0 AND user_id IS NOT NULL)",
}


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_filters_in_pages_of_any_size(desk: Desk, crowd: dict[int, int], shape_file: Path, limit: int) -> None:
    raw.write(shape_file, f"UPDATE users SET authenticated = NULL WHERE id = {crowd[9001]}")
    counts = desk.people.counts()
    assert list(counts) == list(PeopleFilter)
    for filter, condition in CONDITIONS.items():
        expected = [id for (id,) in raw.rows(shape_file, f"SELECT id FROM users WHERE {condition} ORDER BY id DESC")]
        assert everybody(desk.people, filter=filter, limit=limit) == expected
        assert sorted(everybody(desk.people, filter=filter, sort=PeopleSort.NAME, limit=limit)) == sorted(expected)
        assert counts[filter] == len(expected)
        assert expected, filter


def in_slices(people: People, search: str, filter: PeopleFilter, sort: PeopleSort, limit: int) -> list[int]:
    found: list[int] = []
    after: Cursor | None = None
    for _ in range(3_000):
        page = people.ids(search=search, filter=filter, sort=sort, after=after, limit=limit, seconds=0.0)
        found += page.ids
        assert len(page.ids) <= limit
        assert page.next is not None or not page.walked
        if (after := page.next) is None:
            return found
    raise AssertionError("pages go round in circles")


@pytest.mark.parametrize("sort", PeopleSort)
def test_short_pages_lead_to_the_same_list(
    desk: Desk, crowd: dict[int, int], shape_file: Path, sort: PeopleSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the length of a slice and of a pass: nobody is passed over, and nobody comes twice."""
    add_nasty_rows(shape_file)
    for size, at_once in ((5, 5), (25, 1_000)):
        monkeypatch.setattr(slices, "FIRST", size)
        monkeypatch.setattr(slices, "LEAST", size)
        monkeypatch.setattr(slices, "MOST", size)
        monkeypatch.setattr(people_slices, "AT_ONCE", at_once)
        for filter in PeopleFilter:
            expected = everybody(desk.people, filter=filter, sort=sort)
            assert in_slices(desk.people, "", filter, sort, 9) == expected, (filter, size)
        for search in ("ан", "anna", "900", "при", "nobody at all"):
            expected = everybody(desk.people, search=search, sort=sort)
            assert in_slices(desk.people, search, PeopleFilter.ALL, sort, 4) == expected, (search, size)


def test_a_pass_that_was_forgotten_begins_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(slices, name, 10)
    first = desk.people.ids(sort=PeopleSort.SCORE, limit=5, seconds=0.0)
    assert (first.ids, first.walked) == ((), 10)
    other = People(desk.database)
    found = other.ids(sort=PeopleSort.SCORE, limit=5, after=first.next, seconds=9.0)
    assert found.ids == desk.people.ids(sort=PeopleSort.SCORE, limit=5).ids


def test_people_are_counted_in_slices(desk: Desk, crowd: dict[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(slices, name, 7)
    for filter, expected in desk.people.counts().items():
        total, at = desk.people.count(filter, seconds=0.0)
        assert at is None or at > 0
        while at is not None:
            more, at = desk.people.count(filter, at, seconds=0.0)
            total += more
        assert total == expected, filter


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_by_name_as_it_is_shown(desk: Desk, crowd: dict[int, int], limit: int) -> None:
    """Case-blind, ё as е, the nameless under the name they are shown by; equals by id."""
    from models.rules.text import fold_text

    ids = everybody(desk.people, sort=PeopleSort.NAME, limit=limit)
    names = [(fold_text(row.name).strip(), row.id) for row in desk.people.rows(ids)]
    assert len(names) == desk.people.counts()[PeopleFilter.ALL]
    assert names == sorted(names)


def test_rows(desk: Desk, shape_file: Path) -> None:
    rows = desk.people.rows([3, 4711, 1, 2])
    assert [row.id for row in rows] == [3, 1, 2]
    bob, alexey, anna = rows
    assert (bob.name, bob.username, bob.telegram_id) == ("[bold red]Bob[/] O'Hara", "user_500000003", 500000003)
    assert (alexey.name, alexey.admin, alexey.paid, alexey.authenticated) == ("Алексей Морозов", True, True, True)
    assert (anna.name, anna.conversation_id, anna.score) == ("Anna", 2, 0)
    at, created = raw.rows(
        shape_file,
        "SELECT last_message_at, u.created_at FROM conversations c JOIN users u ON u.id = user_id WHERE c.id = 2",
    )[0]
    assert anna.last_message_at is not None
    assert anna.last_message_at.replace(tzinfo=None).isoformat(" ") == at
    assert anna.created_at is not None
    assert anna.created_at.replace(tzinfo=None).isoformat(" ") == created
    assert desk.people.rows([]) == ()


def test_the_first_conversation_counts_where_races_left_two(desk: Desk, shape_file: Path) -> None:
    add_nasty_rows(shape_file)
    [row] = desk.people.rows([7])
    assert row.conversation_id == 7


def test_a_person(desk: Desk, crowd: dict[int, int]) -> None:
    person = desk.people.person(1)
    assert (person.row.id, person.first_name, person.last_name) == (1, "Алексей", "Морозов")
    assert (person.has_session_token, person.messages_count, person.journal) == (True, 1, ())
    assert person.updated_at is not None
    nobody = desk.people.person(crowd[9004])
    assert (nobody.row.name, nobody.row.conversation_id, nobody.row.last_message_at) == (NAMELESS, None, None)
    assert (nobody.messages_count, nobody.has_session_token) == (0, False)
    with pytest.raises(NotFound, match="user-not-found"):
        desk.people.person(4711)


def test_messages_counted_are_incoming_ones_of_the_first_conversation(desk: Desk, shape_file: Path) -> None:
    add_nasty_rows(shape_file)
    expected = dict(
        raw.rows(
            shape_file,
            "SELECT u.id, (SELECT count(*) FROM messages m WHERE direction = 0 AND conversation_id ="
            " (SELECT min(id) FROM conversations c WHERE c.user_id = u.id)) FROM users u",
        )
    )
    assert len(set(expected.values())) > 1
    assert {id: desk.people.person(id).messages_count for id in expected} == expected


def test_no_secret_leaves_the_file(desk: Desk, shape_file: Path) -> None:
    """Neither session token nor avatar URL."""
    secrets = [
        str(value)
        for row in raw.rows(shape_file, "SELECT session_token, avatar_url FROM users")
        for value in row
        if value is not None
    ]
    assert secrets
    shown = repr([desk.people.person(id) for id in everybody(desk.people)])
    assert not [secret for secret in secrets if secret in shown]


def test_looking_creates_no_conversation(desk: Desk, crowd: dict[int, int], shape_file: Path) -> None:
    before = raw.stored(shape_file)
    desk.people.person(crowd[9004])
    desk.people.rows(list(crowd.values()))
    desk.people.resolve("@fedor")
    assert raw.changes(before, raw.stored(shape_file)) == {}


@pytest.mark.parametrize(
    ("text", "telegram_id"),
    [("@fedor", 9001), ("fedor", 9001), ("@FEDOR_2", 9002), ("  @ünder ", 9006), ("9003", 9003), (" 9003 ", 9003)],
)
def test_resolve(desk: Desk, crowd: dict[int, int], text: str, telegram_id: int) -> None:
    assert desk.people.resolve(text).telegram_id == telegram_id


def test_a_telegram_id_wins_over_our_own(desk: Desk, crowd: dict[int, int], shape_file: Path) -> None:
    assert desk.people.resolve("2").id == 2
    raw.write(shape_file, f"UPDATE users SET telegram_id = 2 WHERE id = {crowd[9003]}")
    assert desk.people.resolve("2").id == crowd[9003]


@pytest.mark.parametrize(
    "text", ["", "@", "   ", "@nobody", "4711", "-1", "9" * 30, "\ud800", "@fedor%", "1.0", "٩٠٠٣"]
)
def test_resolve_finds_nobody(desk: Desk, crowd: dict[int, int], text: str) -> None:
    with pytest.raises(NotFound, match="user-not-found"):
        desk.people.resolve(text)


@pytest.fixture
def unpaid(seed_file: Path, clock: FixedClock) -> Iterator[Desk]:
    """A file from before `paid`."""
    raw.write(seed_file, "ALTER TABLE users DROP COLUMN paid")
    opened = Desk.open(str(seed_file), operator="tester", clock=clock)
    yield opened
    opened.close()


def test_without_the_paid_column(unpaid: Desk) -> None:
    people = unpaid.people
    assert not unpaid.features.paid
    assert people.counts()[PeopleFilter.PAID] == 0
    assert everybody(people, filter=PeopleFilter.PAID) == []
    assert people.person(1).row.paid is False
    assert people.resolve("1").admin
    assert unpaid.inbox.rows([1])[0].paid is False
    assert unpaid.inbox.lead(1).has_dashboard_access, "an admin has access"


def test_the_number_of_statements_does_not_depend_on_the_rows(desk: Desk, shape_file: Path) -> None:
    values = ", ".join(f"({number}, '2026-11-02', '2026-11-02')" for number in range(700_000, 700_500))
    raw.write(shape_file, f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES {values}")
    people, database = desk.people, desk.database
    ids = people.ids(limit=500).ids
    assert count(database, lambda: people.rows(ids[:5])) == count(database, lambda: people.rows(ids)) == 1
    assert count(database, lambda: people.ids(limit=5)) == count(database, lambda: people.ids(limit=500)) == 1
    assert count(database, lambda: people.person(1)) == count(database, lambda: people.person(ids[0])) == 2
    assert count(database, people.counts) == len(PeopleFilter)


@pytest.mark.sqlite_only("asks SQLite's planner")
def test_newest_people_are_read_in_order_and_rows_by_key(desk: Desk, shape_file: Path) -> None:
    def work() -> None:
        page = desk.people.ids(limit=5)
        desk.people.ids(limit=5, after=page.next)

    assert all("TEMP B-TREE" not in plan for plan in plans(desk.database, shape_file, work))
    [plan] = plans(desk.database, shape_file, lambda: desk.people.rows([1, 2, 3]))
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
    [plan] = plans(desk.database, shape_file, lambda: desk.people.resolve("500000001"))
    assert "SCAN" not in plan
