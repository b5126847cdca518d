"""While the AI works the person sees it: in its chats, up to ten minutes, from one process, never beside a pause."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from models.loops.ai_typing import AiTyping
from models.services.ai_work import AiWork, Chat
from models.services.pacing import Pacing
from tests.conftest import FixedClock
from tests.models.loops.test_receiving import Told
from tests.models.services.intake import Desk
from tests.seed import raw


class Typed(Told):
    """Notes where "typing" was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[int] = []

    async def send_chat_action(self, chat_id: int, *, business_connection_id: str | None = None) -> None:
        self.typed.append(chat_id)


def test_where_the_ai_is_at_work(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk(owned_file, clock)
    desk.take(desk.message(1, "a", of=5001), desk.message(1, "b", of=5002))
    work = AiWork(desk.database, clock)
    assert work.chats() == ()
    raw.write(owned_file, "UPDATE conversations SET ai_processing = 1 WHERE id = 2")
    assert work.chats() == (Chat(5002, None),)
    with desk.database.write() as session:
        Pacing().pause_bot(session, 30, clock())
    assert work.chats() == ()
    clock.advance(60)
    assert work.chats() == (Chat(5002, None),)
    clock.advance(timedelta(minutes=9, seconds=1).total_seconds())
    assert work.chats() == ()
    desk.database.close()


async def test_only_whoever_receives_types(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk(owned_file, clock)
    desk.take(desk.message(1, "a"))
    raw.write(owned_file, "UPDATE conversations SET ai_processing = 1")
    gateway, mine = Typed(), False
    loop = AiTyping(AiWork(desk.database, clock), gateway, mine=lambda: mine, every=0.01)
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.1)
    assert gateway.typed == []
    mine = True
    async with asyncio.timeout(20):
        while len(gateway.typed) < 2:
            await asyncio.sleep(0.01)
    loop.stop()
    await task
    assert set(gateway.typed) == {5001}
    desk.database.close()
