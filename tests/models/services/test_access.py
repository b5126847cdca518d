"""Access under the seed's rules: columns before and after, the journal, and who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import NotFound, Refused
from models.services.desk import Desk
from tests.conftest import FixedClock
from tests.models.services.statements import sent
from tests.models.store.processes import Process, together
from tests.seed import raw

Changed = dict[tuple[str, object], dict[str, str] | None]

pytestmark = pytest.mark.both_engines


@pytest.fixture
def changed(shape_file: Path) -> Callable[[Callable[[], object]], Changed]:
    """What an act changes in the application's tables."""

    def run(act: Callable[[], object]) -> Changed:
        before = raw.stored(shape_file)
        act()
        found = raw.changes(before, raw.stored(shape_file))
        return {key: columns for key, columns in found.items() if key[0] != "console_journal"}

    return run


@pytest.fixture
def now(clock: FixedClock) -> str:
    return f"text:'{clock.now.replace(tzinfo=None).isoformat(' ')}'"


def settle(path: Path, id: int, *, admin: int, paid: int) -> None:
    raw.write(path, f"UPDATE users SET admin = {admin}, paid = {paid} WHERE id = {id}")


def journal(path: Path) -> list[tuple[object, ...]]:
    return raw.rows(
        path,
        "SELECT operator_name, source, action, subject_type, subject_id, before, after, reason FROM console_journal"
        " LEFT JOIN console_journal_texts ON entry_id = id ORDER BY id",
    )


def test_granting_and_revoking(
    desk: Desk, shape_file: Path, now: str, changed: Callable[[Callable[[], object]], Changed]
) -> None:
    settle(shape_file, 4, admin=0, paid=0)
    assert changed(lambda: desk.access.set_paid(4, True)) == {
        ("users", 4): {"paid": "integer:1", "updated_at": now},
    }
    desk.clock.advance(1)  # type: ignore[attr-defined]
    found = changed(lambda: desk.access.set_paid(4, False))
    assert found["users", 4] is not None
    assert set(found["users", 4]) == {"paid", "updated_at"}
    assert len(found) == 1


@pytest.mark.parametrize("paid", [0, 1])
def test_making_an_admin(
    desk: Desk, shape_file: Path, now: str, changed: Callable[[Callable[[], object]], Changed], paid: int
) -> None:
    """An admin is always paid."""
    settle(shape_file, 4, admin=0, paid=paid)
    expected = {"admin": "integer:1", "updated_at": now} | ({} if paid else {"paid": "integer:1"})
    assert changed(lambda: desk.access.set_admin(4, True)) == {("users", 4): expected}


def test_unmaking_an_admin_leaves_him_paid(
    desk: Desk, shape_file: Path, now: str, changed: Callable[[Callable[[], object]], Changed]
) -> None:
    settle(shape_file, 4, admin=1, paid=1)
    found = changed(lambda: desk.access.set_admin(4, False))
    assert found == {("users", 4): {"admin": "integer:0", "updated_at": now}}


def test_what_comes_back_is_the_person_as_stored(desk: Desk, shape_file: Path) -> None:
    settle(shape_file, 4, admin=0, paid=0)
    person = desk.access.set_admin(4, True, reason="new colleague")
    assert (person.row.admin, person.row.paid) == (True, True)
    assert person == desk.people.person(4)
    [entry] = person.journal
    assert (entry.action, entry.reason) == ("admin.on", "new colleague")


def test_an_admin_stays_paid(desk: Desk, shape_file: Path, changed: Callable[[Callable[[], object]], Changed]) -> None:
    settle(shape_file, 4, admin=1, paid=1)

    def act() -> None:
        with pytest.raises(Refused, match="admin-stays-paid"):
            desk.access.set_paid(4, False)

    assert changed(act) == {}
    assert journal(shape_file) == []


def test_the_last_admin_stays(desk: Desk, shape_file: Path, changed: Callable[[Callable[[], object]], Changed]) -> None:
    raw.write(shape_file, "UPDATE users SET admin = 0")
    settle(shape_file, 4, admin=1, paid=1)
    settle(shape_file, 5, admin=1, paid=1)
    desk.access.set_admin(5, False)

    def act() -> None:
        with pytest.raises(Refused, match="last-admin"):
            desk.access.set_admin(4, False)

    assert changed(act) == {}
    assert [row[2] for row in journal(shape_file)] == ["admin.off"]


def test_each_switch_is_in_the_journal_and_nothing_else(desk: Desk, shape_file: Path) -> None:
    settle(shape_file, 4, admin=0, paid=0)
    desk.access.set_paid(4, True, reason="чек 17 \ud800")
    desk.access.set_paid(4, True)
    desk.access.set_paid(4, False, reason="")
    desk.access.set_admin(4, False)
    desk.access.set_admin(4, True)
    desk.access.set_admin(4, True, reason="again")
    desk.access.set_admin(4, False, reason="left")

    def entry(action: str, before: object, after: object, reason: str | None = None) -> tuple[object, ...]:
        return ("tester", desk.source, action, "user", 4, json.dumps(before), json.dumps(after), reason)

    assert journal(shape_file) == [
        entry("paid.on", {"paid": False}, {"paid": True}, "чек 17 \N{REPLACEMENT CHARACTER}"),
        entry("paid.off", {"paid": True}, {"paid": False}),
        entry("admin.on", {"admin": False, "paid": False}, {"admin": True, "paid": True}),
        entry("admin.off", {"admin": True}, {"admin": False}, "left"),
    ]
    assert [entry.action for entry in desk.people.person(4).journal] == ["admin.off", "admin.on", "paid.off", "paid.on"]
    assert desk.people.person(5).journal == ()


def test_no_change_writes_nothing(desk: Desk, shape_file: Path) -> None:
    settle(shape_file, 4, admin=0, paid=0)
    settle(shape_file, 5, admin=1, paid=1)
    before = raw.stored(shape_file)
    for id, paid, admin in ((4, False, False), (5, True, True)):
        assert desk.access.set_paid(id, paid).row.paid is paid
        assert desk.access.set_admin(id, admin).row.admin is admin
    assert raw.changes(before, raw.stored(shape_file)) == {}


@pytest.mark.sqlite_only("breaks it by a trigger in SQLite's words")
def test_act_and_entry_are_one_transaction(desk: Desk, shape_file: Path) -> None:
    """Without its entry no act."""
    settle(shape_file, 4, admin=0, paid=0)
    raw.write(
        shape_file,
        "CREATE TRIGGER broken BEFORE INSERT ON console_journal BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    before = raw.stored(shape_file)
    for act in (desk.access.set_paid, desk.access.set_admin):
        with pytest.raises(Exception, match="failed"):
            act(4, True)
    assert raw.changes(before, raw.stored(shape_file)) == {}
    raw.write(shape_file, "DROP TRIGGER broken")
    with sent(desk.database) as found:
        desk.access.set_admin(4, True)
    assert [statement.split()[0] for statement, _ in found if not statement.startswith("SELECT")] == [
        "BEGIN",
        "UPDATE",
        "UPDATE",
        "INSERT",
    ]


def test_conversions_of_a_traffic_source(desk: Desk, shape_file: Path) -> None:
    """Shape H: plus one for each flip to paid, none when an admin becomes paid of himself, never minus."""
    if not desk.features.traffic:
        return
    raw.write(
        shape_file,
        "INSERT INTO traffic_sources (id, name, utm_source, short_code, conversions_count, created_at, updated_at)"
        " VALUES (71, 'a', 'a', 'a71', 3, '2026-11-01', '2026-11-01'),"
        " (72, 'b', 'b', 'b72', 5, '2026-11-01', '2026-11-01')",
        "UPDATE users SET traffic_source_id = 71, admin = 0, paid = 0 WHERE id = 4",
        "UPDATE users SET traffic_source_id = NULL, admin = 0, paid = 0 WHERE id = 5",
    )
    before = raw.stored(shape_file)
    desk.access.set_paid(4, True)
    desk.access.set_paid(4, True)
    desk.access.set_paid(4, False)
    desk.access.set_paid(4, True)
    desk.access.set_paid(4, False)
    desk.access.set_admin(4, True)
    desk.access.set_paid(5, True)
    found = raw.changes(before, raw.stored(shape_file))
    assert {key: columns for key, columns in found.items() if key[0] == "traffic_sources"} == {
        ("traffic_sources", 71): {"conversions_count": "integer:5"}
    }


def test_nobody(desk: Desk) -> None:
    for act in (desk.access.set_paid, desk.access.set_admin):
        with pytest.raises(NotFound, match="user-not-found"):
            act(4711, True)


def test_who_may_not(shape_file: Path, clock: FixedClock) -> None:
    without = Desk.open(str(shape_file), operator="tester", clock=clock)
    looking = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    before = raw.stored(shape_file)
    for desk, id in ((without, "no-console-tables"), (looking, "read-only-session")):
        for act in (desk.access.set_paid, desk.access.set_admin):
            with pytest.raises(Refused, match=id):
                act(4, True)
        desk.close()
    assert raw.changes(before, raw.stored(shape_file)) == {}


def test_without_the_paid_column(seed_file: Path, clock: FixedClock) -> None:
    raw.write(seed_file, "ALTER TABLE users DROP COLUMN paid")
    desk = Desk.open(str(seed_file), operator="tester", clock=clock)
    desk.upgrade()
    for act in (desk.access.set_paid, desk.access.set_admin):
        with pytest.raises(Refused, match="no-paid-column"):
            act(4, True)
    desk.close()


#: Unmakes the other one, as often as there are rounds; makes both admins again in between.
DUEL = """
import sys
from models.errors import Refused
from models.services.desk import Desk
from sqlalchemy import text
path, victim, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
desk = Desk.open(path, operator=f"killer of {victim}", timeout_ms=20000)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(rounds):
    try:
        desk.access.set_admin(victim, False)
    except Refused as error:
        assert error.id == "last-admin"
    with desk.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM users WHERE admin")).scalar_one() >= 1
    desk.access.set_admin(victim, True)
desk.close()
"""


@pytest.mark.one_shape
def test_two_who_unmake_each_other_leave_one(desk: Desk, shape_file: Path) -> None:
    raw.write(shape_file, "UPDATE users SET admin = 0")
    settle(shape_file, 4, admin=1, paid=1)
    settle(shape_file, 5, admin=1, paid=1)
    together(Process(DUEL, shape_file, 4, 15), Process(DUEL, shape_file, 5, 15))
    assert raw.one(shape_file, "SELECT count(*) FROM users WHERE admin = 1") == 2
