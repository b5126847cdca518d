"""The desk: who sits at it, what may be written, and that reading never waits for the right to write."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models.errors import DatabaseProblem, Refused, Usage
from models.services.desk import Desk, here
from models.store.sqlite import library
from models.views import Author, View
from tests.conftest import FixedClock, copy_of, with_our_tables
from tests.seed import raw


def locked(path: Path) -> Any:
    """Another program that holds the write lock until closed."""
    connection = library().connect(str(path), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return closing(connection)


def test_a_file_of_the_application_before_and_after_the_upgrade(shape_file: Path, clock: FixedClock) -> None:
    with closing(Desk.open(str(shape_file), operator="@user_500000001", clock=clock)) as desk:
        assert desk.operator is None
        refusal = desk.why_not_write()
        assert refusal is not None
        assert refusal.id == "no-console-tables"
        with pytest.raises(Refused, match="no-console-tables"):
            desk.require_operator()
        plan = desk.plan_upgrade()
        assert plan.tables
        assert desk.upgrade() == plan
        assert desk.why_not_write() is None
        assert desk.features.console_tables
        assert desk.operator is not None
        assert (desk.operator.name, desk.operator.user_id) == ("@user_500000001", 1)
        assert desk.require_operator() == desk.operator
        assert desk.plan_upgrade().tables == ()
        assert desk.status().features == desk.features


def test_read_only(shape_file: Path, clock: FixedClock) -> None:
    with_our_tables(shape_file)
    before = raw.stored(shape_file)
    with closing(Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)) as desk:
        assert desk.operator is None
        refusal = desk.why_not_write()
        assert refusal is not None
        assert refusal.id == "read-only-session"
        with pytest.raises(Refused, match="read-only-session"):
            desk.upgrade()
        assert desk.inbox.ids(View.ALL).ids
        assert desk.inbox.thread(1).messages
        assert desk.people.ids().ids
        assert desk.outbox.list() == ()
        assert desk.status().read_only
    assert raw.changes(before, raw.stored(shape_file)) == {}


def test_opening_without_our_tables_writes_nothing(shape_file: Path, clock: FixedClock) -> None:
    before = raw.stored(shape_file)
    with closing(Desk.open(str(shape_file), operator="tester", clock=clock)) as desk:
        desk.inbox.counts()
    assert raw.changes(before, raw.stored(shape_file)) == {}


def test_reading_goes_on_while_another_program_holds_the_lock(shape_file: Path, clock: FixedClock) -> None:
    """A known operator is recognised, so that drafts and own replies show; a new one waits for the first write."""
    with_our_tables(shape_file)
    with closing(Desk.open(str(shape_file), operator="known", clock=clock)) as desk:
        draft, known = desk.drafts.save(1, "text", "key"), desk.operator
    with locked(shape_file):
        with closing(Desk.open(str(shape_file), operator="known", clock=clock, timeout_ms=50)) as desk:
            assert desk.operator == known
            assert desk.drafts.get(1) == draft
            assert desk.inbox.ids(View.DRAFTS).ids == (1,)
        stranger = Desk.open(str(shape_file), operator="stranger", clock=clock, timeout_ms=50)
        assert stranger.operator is None
        assert stranger.inbox.thread(1).messages[-1].author is Author.ELSEWHERE
        assert stranger.why_not_write() is None
        with pytest.raises(DatabaseProblem, match="locked"):
            stranger.drafts.save(1, "text", "other")
    with closing(stranger):
        stranger.drafts.save(1, "text", "other")
        assert stranger.operator is not None
        assert stranger.operator.name == "stranger"


@pytest.mark.parametrize("read_only", [False, True])
def test_files_that_are_none(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to be looked at as one " * 10)
    (tmp_path / "empty").touch()
    for name, error in (
        ("nowhere", "not-found"),
        ("text", "not-a-database"),
        ("empty", "unknown-shape"),
        ("", "is-dir"),
    ):
        with pytest.raises(DatabaseProblem, match=error):
            Desk.open(str(tmp_path / name), operator="tester", read_only=read_only)
    with pytest.raises(Usage, match="bad-url"):
        Desk.open("mysql://somewhere/else", operator="tester", read_only=read_only)


def test_where_an_act_comes_from(seed_file: Path, clock: FixedClock) -> None:
    user, _, host = here().partition("@")
    assert user
    assert host
    with closing(Desk.open(str(seed_file), operator="tester", clock=clock)) as desk:
        assert desk.source == here()
    with closing(Desk.open(str(seed_file), operator="tester", clock=clock, source="anna@desk/ssh")) as desk:
        desk.upgrade()
        desk.access.set_admin(2, True)
        assert desk.people.person(2).journal[0].source == "anna@desk/ssh"


@pytest.mark.parametrize("shape", ["S", "H"])
def test_several_threads_at_one_desk(shape: str, tmp_path: Path, clock: FixedClock) -> None:
    """More readers than connections, and writers among them."""
    path = with_our_tables(copy_of(shape, tmp_path))
    failures: list[BaseException] = []
    with closing(Desk.open(str(path), operator="tester", clock=clock, pool=2, timeout_ms=20_000)) as desk:

        def work(number: int) -> None:
            try:
                for round in range(10):
                    id = number * 3 + round % 3 + 1
                    desk.inbox.rows(desk.inbox.ids(View.ALL, limit=20).ids)
                    desk.inbox.thread(id)
                    desk.inbox.mark_unread(id)
                    desk.drafts.save(id, f"{number}", f"{number}")
                    desk.inbox.mark_read(id)
                    desk.drafts.discard(id)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert failures == []
        assert desk.inbox.ids(View.DRAFTS).ids == ()
