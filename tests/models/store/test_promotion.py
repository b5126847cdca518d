"""A primary dies and its streaming standby takes over: an open console goes on there, and says what it can't know."""

from __future__ import annotations

import shutil
import time

import pytest

from models.errors import DatabaseProblem, Refused
from models.rules.delivery import State
from models.services.desk import Desk
from models.services.dispatch import Dispatch
from models.services.recording import find_or_create_conversation
from models.services.sign_in import find_or_create_user
from models.store.lifecycle import initialise
from models.views import View
from tests.postgresql import Server, running


def wait_for(server: Server, question: str, database: str = "postgres") -> None:
    deadline = time.monotonic() + 60
    while server.execute(question, database) != [(True,)]:
        assert time.monotonic() < deadline, question
        time.sleep(0.02)


def a_replica_serves_what_only_reads(url: str, thread: int) -> None:
    """Report, export and search; whatever writes is refused by name."""
    desk = Desk.open(url, operator="anna", read_only=True)
    try:
        assert desk.feed.poll() is not None
        assert desk.inbox.ids(View.ALL).ids == (thread,)
        assert [hit.user_id for hit in desk.search.find("5001").people]
        assert "5001" in "".join(desk.exports.users())
        assert desk.report.step().finished
        with pytest.raises(Refused, match="read-only-session"):
            desk.outbox.enqueue(thread, "no", client_key="no")
    finally:
        desk.close()


def test_a_console_survives_a_promotion() -> None:
    with running() as primary:
        name = primary.create()
        initialise(primary.url(name))
        standby = Server()
        try:
            standby.run(
                "pg_basebackup", "-D", str(standby.data), "-h", str(primary.home), "-U", "postgres", "-R",
                "--checkpoint=fast", "--no-sync",
            )  # fmt: skip
            standby.start()
            desk = Desk.open(f"postgresql://postgres@/{name}?host={primary.home},{standby.home}", operator="anna")
            person = find_or_create_user(desk.database, 5001)
            with desk.database.write() as session:
                thread = find_or_create_conversation(session, desk.features, desk.clock, person)
            dispatch = Dispatch(desk.database, desk.clock, owner="one", lease=60)
            assert dispatch.claim() is None
            [reply] = desk.outbox.enqueue(thread, "before", client_key="before")
            wait_for(standby, "SELECT count(*) = 1 FROM console_outbox", name)
            a_replica_serves_what_only_reads(standby.url(name), thread)
            primary.stop()
            with pytest.raises(DatabaseProblem) as caught:
                desk.outbox.list()
            assert caught.value.id == "gone"
            standby.control("promote")
            assert dispatch.claim() is None
            assert desk.outbox.get(reply.id).state is State.UNKNOWN
            [later] = desk.outbox.enqueue(thread, "after", client_key="after")
            claim = dispatch.claim()
            assert claim is not None
            assert claim.id == later.id
            desk.close()
        finally:
            standby.stop()
            shutil.rmtree(standby.home, ignore_errors=True)
