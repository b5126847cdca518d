"""Changing messages through the door: what began is recorded, whoever has gone meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.errors import DatabaseProblem
from models.gateway import Outcome, Sent
from models.loops.amend import Amend
from models.loops.typing import EVERY, Typing
from models.services.amend import Amended
from models.services.presence import Presence
from tests.models.services.test_amend import Amending


class Door:
    """Answers when it is let."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[tuple[Any, ...]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def edit_message_text(self, *what: Any, **where: Any) -> Outcome:
        self.asked.append(("edit", *what, where["business_connection_id"]))
        await self.open.wait()
        return self.outcome

    async def delete_message(self, *what: Any, **where: Any) -> Outcome:
        self.asked.append(("delete", *what, where["business_connection_id"]))
        return self.outcome

    async def send_chat_action(self, chat_id: int, **where: Any) -> None:
        self.asked.append(("typing", chat_id, where["business_connection_id"]))


@pytest.fixture
def desk(seed_file: Path) -> Amending:
    return Amending(seed_file)


async def test_edit_then_delete(desk: Amending) -> None:
    door = Door(Sent(501))
    amend = Amend(desk.amends, door)  # type: ignore[arg-type]
    assert (await amend.edit(desk.message_id, "new")).state is Amended.DONE
    assert desk.body() == "new"
    assert (await amend.delete(desk.message_id)).state is Amended.DONE
    assert desk.body() is None
    assert door.asked == [("edit", 500000002, 501, "new", None), ("delete", 500000002, 501, None)]


async def test_who_stops_waiting_stops_nothing(desk: Amending) -> None:
    door = Door(Sent(501))
    door.open.clear()
    amend = Amend(desk.amends, door)  # type: ignore[arg-type]
    asking = asyncio.create_task(amend.edit(desk.message_id, "new"))
    while not door.asked:
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait([asking])
    stopping = asyncio.create_task(amend.stop())
    door.open.set()
    await stopping
    assert desk.body() == "new"


async def test_the_answer_is_written_down_when_the_database_takes_it_again(
    desk: Amending, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, failures = desk.amends.finish, [DatabaseProblem("locked"), DatabaseProblem("disk-full")]

    def stubborn(*what: Any) -> Any:
        if failures:
            raise failures.pop()
        return finish(*what)

    monkeypatch.setattr(desk.amends, "finish", stubborn)
    amend = Amend(desk.amends, Door(Sent(501)), record_retry=0)  # type: ignore[arg-type]
    assert (await amend.edit(desk.message_id, "new")).state is Amended.DONE
    assert desk.body() == "new"


class Keys:
    """Somebody typing, on a clock of its own."""

    def __init__(self, desk: Amending, door: Door) -> None:
        self.now = 0.0
        self.typing = Typing(Presence(desk.database, desk.clock), door, monotonic=lambda: self.now)  # type: ignore[arg-type]

    async def press(self, after: float = 0.0, conversation: int = 2) -> None:
        self.now += after
        self.typing.tell(conversation)
        if self.typing._task is not None:
            await asyncio.wait([self.typing._task])


async def test_typing_is_told_seldom_and_for_each_person(desk: Amending) -> None:
    door = Door(Sent(1))
    keys = Keys(desk, door)
    for _ in range(20):
        await keys.press(EVERY / 10)
    assert door.asked == [("typing", 500000002, None)] * 2
    await keys.press(conversation=3)
    assert len(door.asked) == 3
    await keys.typing.stop()


async def test_typing_never_goes_before_a_reply_and_not_in_a_pause(desk: Amending) -> None:
    door = Door(Sent(1))
    keys = Keys(desk, door)
    id = desk.queue("waits")
    await keys.press(10)
    assert door.asked == []
    desk.later(5)
    desk.send(Sent(502))
    assert desk.outbox.get(id).telegram_message_id == 502
    await keys.press(10)
    assert len(door.asked) == 1
    until = "'2099-01-01 00:00:00'"
    with desk.database.write() as session:
        session.execute(text("DELETE FROM console_pacing"))
        paused = f"INSERT INTO console_pacing (key, tat, paused_until, updated_at) VALUES ('bot', 0, {until}, {until})"
        session.execute(text(paused))
    await keys.press(10)
    await keys.press(10, conversation=999_999)
    assert len(door.asked) == 1
