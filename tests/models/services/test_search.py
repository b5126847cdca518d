"""Search over messages and people, on an index and without one, on both engines."""

from __future__ import annotations

import random
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.errors import NotFound, Usage
from models.services import search, search_upkeep
from models.services.desk import Desk
from models.views import SearchPage
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.statements import plans
from tests.models.services.talk import AT, person, run, write


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache" / "frontdesk"


@pytest.fixture
def desk(owned_file: Path | str, clock: FixedClock, cache: Path) -> Iterator[Desk]:
    """An empty desk of our own, with a folder for its index."""
    opened = Desk.open(str(with_our_tables(owned_file)), operator="tester", clock=clock, cache=cache)
    yield opened
    opened.close()


def settle(desk: Desk) -> None:
    """Steps until nothing is left to do."""
    for _ in range(10_000):
        if desk.upkeep.step().rest >= search_upkeep.IDLE:
            return
    raise AssertionError("never idle")


def bodies(page: SearchPage) -> list[str]:
    return [hit.body for hit in page.hits]


@pytest.mark.both_engines
def test_words_phrases_and_filters(desk: Desk) -> None:
    anna = person(desk, 1, "Анна", "Ёлкина", username="anna_e", score=90, paid=True, unread=2)
    ben = person(desk, 2, "Ben", "Novak", score=20, admin=True, paid=True)
    write(desk, anna, "Добрый\n день! Сколько стоит Ёлка?", "оплата прошла", at=AT - timedelta(days=40))
    write(desk, ben, "добрый вечер, 100% ОПЛАТИЛ", 'say "hello" OR NOT NEAR(a*b)')
    write(desk, anna, "елки нет, оплатите позже", ours=True)
    for indexed in (False, True):
        if indexed:
            settle(desk)
            assert desk.search.state().complete
        find = desk.search.find
        assert bodies(find("ОПЛАТ")) == ["елки нет, оплатите позже", "добрый вечер, 100% ОПЛАТИЛ", "оплата прошла"]
        assert [hit.body[:4] for hit in find("елк").hits] == ["елки", "Добр"]
        assert bodies(find("ЁЛКИ")) == ["елки нет, оплатите позже"]
        assert len(find('"добрый день"').hits) == 1
        assert len(find("добрый оплатил").hits) == 1
        assert [piece for piece in find("стоит").hits[0].pieces if piece[1]] == [("стоит", True)]
        assert bodies(find("оплат from:us")) == ["елки нет, оплатите позже"]
        assert bodies(find("оплат from:person")) == ["добрый вечер, 100% ОПЛАТИЛ", "оплата прошла"]
        assert bodies(find("оплат from:анна")) == ["оплата прошла"]
        assert bodies(find("оплат from:@anna_e")) == ["оплата прошла"]
        assert bodies(find("оплат from:elkina")) == ["оплата прошла"] or not indexed
        assert bodies(find("оплат from:nobody")) == []
        assert len(find("from:anna").hits) == 2 or not indexed
        assert bodies(find("оплат score:>85 from:person")) == ["оплата прошла"]
        assert bodies(find("оплат score:0-30")) == ["добрый вечер, 100% ОПЛАТИЛ"]
        assert bodies(find("оплат is:admin")) == ["добрый вечер, 100% ОПЛАТИЛ"]
        assert len(find("оплат is:paid").hits) == 3
        assert len(find("оплат is:unread").hits) == 2
        assert bodies(find("оплат before:2026-09-15")) == ["оплата прошла"]
        assert len(find("оплат after:2026-09-15").hits) == 2
        assert bodies(find(f"добрый in:{ben}")) == ["добрый вечер, 100% ОПЛАТИЛ"]
        assert len(find("до").hits) == 2
        assert [each.name for each in find("ёлкин").people] == ["Анна Ёлкина"]
        assert [each.conversation_id for each in find("700002").people] == [ben]
        assert find("anna_e").people[0].username == "anna_e"
        with pytest.raises(NotFound):
            find("x in:77")
        with pytest.raises(Usage):
            find("score:high")
    assert bodies(desk.search.find("elkina")) == []
    assert [each.name for each in desk.search.find("elkina").people] == ["Анна Ёлкина"]


@pytest.mark.both_engines
def test_hostile_queries_find_what_they_say_and_nothing_else(desk: Desk) -> None:
    person(desk, 1, "Анна")
    odd = ['say "hello" OR NOT NEAR(a*b)', "100% off_", "back\\slash 'quoted' ;--", "{a} ^b (c) + d:e *", "🙂🙃🙂 ok"]
    write(desk, 1, *odd)
    settle(desk)
    for wanted, body in (
        ("NEAR(a*b", odd[0]), ("OR NOT", odd[0]), ("00%", odd[1]), ("ff_", odd[1]), ("back\\slash", odd[2]),
        ("'quoted'", odd[2]), (";--", odd[2]), ("(c)", odd[3]), ("{a}", odd[3]), ("d:e", odd[3]), ("🙂🙃🙂", odd[4]),
    ):  # fmt: skip
        assert bodies(desk.search.find(wanted)) == [body], wanted
    long = "длинное слово " * 800
    write(desk, 1, long)
    settle(desk)
    for wanted in ("%%%", "___", '"', '""', "*", '" OR "', "a\0b", "\ud800\udfff\ud800", "x" * 10_000, "слово " * 2_000,
                   "body:x", "-слово!", "NOT", "a AND b", "()", "\u202e" * 3, "'; DROP TABLE messages"):  # fmt: skip
        page = desk.search.find(wanted)
        assert len(page.hits) <= 1 or wanted in ("*", '"')
    assert bodies(desk.search.find(f'"{long[:1500].strip()}"')) == [long]


@pytest.mark.both_engines
def test_the_index_follows_edits_deletions_and_what_came(desk: Desk, clock: FixedClock) -> None:
    for number, name in ((1, "Анна"), (2, "Борис")):
        person(desk, number, name)
    first, second = write(desk, 1, "первый квартал", "второй квартал")
    write(desk, 2, "чужой квартал")
    settle(desk)
    third = write(desk, 1, "третий квартал")[0]
    assert len(desk.search.find("квартал").hits) == 4  # before the index knows the last
    settle(desk)
    # An application changes a row, and tells nobody.
    run(desk, "UPDATE messages SET body = 'первый семестр' WHERE id = :id", id=first)
    assert len(desk.search.find("квартал").hits) == 3
    clock.advance(search_upkeep.DAILY + 1)
    settle(desk)
    assert bodies(desk.search.find("семестр")) == ["первый семестр"]
    # We received or made an edit: at once.
    run(desk, "UPDATE messages SET body = 'второй экзамен' WHERE id = :id", id=second)
    run(
        desk,
        "INSERT INTO console_edits (message_id, body, edit_date, at) VALUES (:id, 'x', '2026-10-02', '2026-10-02')",
        id=second,
    )
    settle(desk)
    assert bodies(desk.search.find("экзамен")) == ["второй экзамен"]
    run(desk, "DELETE FROM messages WHERE id = :id", id=third)
    assert bodies(desk.search.find("третий")) == []
    # An application deletes a person: told by how many there are.
    run(desk, "DELETE FROM messages WHERE conversation_id = 2")
    run(desk, "DELETE FROM conversations WHERE id = 2")
    run(desk, "DELETE FROM users WHERE id = 2")
    clock.advance(search_upkeep.COUNTING + 1)
    settle(desk)
    assert desk.search.find("борис").people == ()
    index = desk.search.index
    assert sorted(index.known(search.Kind.MESSAGES, 0, 100)) == [first, second]
    assert sorted(index.known(search.Kind.PEOPLE, 0, 100)) == [1]


@pytest.mark.both_engines
def test_pages_go_on_where_the_last_one_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person(desk, 1, "Анна")
    person(desk, 2, "Борис", score=99)
    written = write(desk, 1, *(f"слово {number}" for number in range(120)))
    rare = write(desk, 2, "слово одно")[0]
    settle(desk)
    for query in ("слово", "сл"):
        seen: list[int] = []
        below = None
        while True:
            page = desk.search.find(query, limit=50, below=below)
            seen += [hit.message_id for hit in page.hits]
            below = page.next
            if below is None:
                break
        assert seen == [rare, *reversed(written)], query
    # Two letters: so far and no further, and said so.
    monkeypatch.setattr(search, "WINDOW", 20)
    monkeypatch.setattr(search, "SCAN", 40)
    page = desk.search.find("ло zz")
    assert (page.short, page.hits, page.looked_at, page.back_to) == (True, (), 40, AT)
    assert page.next == written[81]
    monkeypatch.setattr(search, "FEW", 10)
    assert [hit.message_id for hit in desk.search.find("слово score:>90").hits] == [rare]
    assert len(desk.search.find("слово in:1").hits) == 50


@pytest.mark.both_engines
def test_while_the_index_is_built_the_newest_are_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_upkeep, "BATCH", 10)
    person(desk, 1, "Анна")
    written = write(desk, 1, *(f"слово {number:03}" for number in range(100)))
    monkeypatch.setattr(search_upkeep, "COMMIT", 1)
    for _ in range(4):
        desk.upkeep.step()
    state = desk.search.state()
    assert 0 < state.share < 1
    page = desk.search.find("слово 09")
    assert len(page.hits) == 10
    page = desk.search.find("слово 001")
    assert page.hits == ()
    assert page.back_to is not None
    settle(desk)
    assert [hit.message_id for hit in desk.search.find("слово 001").hits] == [written[1]]


@pytest.mark.both_engines
def test_without_an_index_it_says_so_and_looks_at_the_newest(desk: Desk, clock: FixedClock, cache: Path) -> None:
    person(desk, 1, "Анна")
    written = write(desk, 1, "первое слово", "второе слово")
    server = desk.database.engine == "postgresql"
    place = desk.database.place if not server else str(desk.database.reader_engine.url)
    if server:
        # As a session that may only read: nothing is made.
        desk.database.read_only = True
        assert desk.search.state().why_not == "read-only"
        assert not desk.upkeep.step().ours
    else:
        reader = Desk.open(place, operator="tester", clock=clock, read_only=True)
        assert reader.search.state().why_not == "no-place"
        page = reader.search.find("слово")
        assert [hit.message_id for hit in page.hits] == written[::-1]
        reader.close()
        # With a folder the index is made: the database is only read.
        reader = Desk.open(place, operator="tester", clock=clock, read_only=True, cache=cache)
        settle(reader)
        assert reader.search.state().complete
        reader.close()
    page = desk.search.find("слово")
    assert [hit.message_id for hit in page.hits] == written[::-1]
    assert [each.name for each in desk.search.find("анна").people] == ["Анна"]
    assert [hit.message_id for hit in desk.search.find("слово from:анна").hits] == written[::-1]


def test_no_query_sorts_or_scans_a_table(desk: Desk) -> None:
    for number in range(1, 30):
        person(desk, number, "Анна", score=number)
    run(
        desk,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " SELECT i % 29 + 1, NULL, 'слово ' || i, i % 2, '2026-10-01 12:00:00', '2026-10-01 12:00:00' FROM n",
    )
    settle(desk)
    run(desk, "ANALYZE")
    find = desk.search.find
    for query in ("слово", "слово score:>20", "сл", "слово in:3", "слово from:us before:2027-01-01", "слово from:анна"):
        found = plans(desk.database, desk.database.path, lambda query=query: find(query))
        assert found
        for plan in found:
            # People, who are few here, are walked in the order of their ids under a limit.
            scans = [line for line in plan.splitlines() if line.startswith("SCAN") and "users" not in line]
            assert scans == [], (query, plan)
            assert "TEMP B-TREE" not in plan, (query, plan)


def test_each_letter_of_a_deleted_person_leaves_the_file(desk: Desk, cache: Path, clock: FixedClock) -> None:
    for number in (1, 2):
        person(desk, number, "Анна")
    dice = random.Random(1)
    write(desk, 1, *("".join(dice.choices("abcdefgh ", k=40)) for _ in range(200)))
    write(desk, 2, "ъюъ жъщ")
    settle(desk)
    folder = next(cache.glob("search-*"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in folder.iterdir())

    def there() -> bool:
        return any("юъ".encode() in each.read_bytes() for each in folder.glob("*.index*"))

    desk.upkeep.close()
    assert there()
    desk.person_acts.delete(2, confirm="Анна")
    settle(desk)
    desk.upkeep.close()
    assert not there()
    assert len(desk.search.find("abc").hits) > 0
