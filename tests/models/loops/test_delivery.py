"""The delivery loop against the real gateway and the stand-in for Telegram, on real files, killed for real."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from console.standin.faults import Action, Fault
from console.standin.server import StandIn
from console.telegram import Deadlines, TelegramGateway, Token
from models.loops.delivery import Delivered, Delivery
from models.rules.clock import utc_now
from models.rules.delivery import Choice, Reason, State
from models.services.dispatch import Dispatch
from models.services.notes import Note, Notes
from models.services.operators import ensure_operator
from models.services.outbox import Outbox
from models.services.pacing import Pacing
from models.services.recording import record_incoming
from models.store.database import Database
from models.store.lifecycle import upgrade

TOKEN = "424242:standin"
QUICK = Deadlines(connect=1, write=1, read=1, pool=1, total=2)


class Bench:
    def __init__(self, path: Path, server: StandIn) -> None:
        self.server = server
        self.database = Database.open(str(path), timeout_ms=1000)
        upgrade(self.database)
        operator = ensure_operator(self.database, "anna", utc_now)
        self.outbox = Outbox(self.database, utc_now, lambda: operator)
        self.dispatch = Dispatch(self.database, utc_now, owner="test", lease=30)
        self.gateway = TelegramGateway(Token(TOKEN), server.url, deadlines=QUICK)
        self.outcomes: list[Delivered] = []
        self.notes = Notes(path.with_name("accepted"))
        self.loop = self.new_loop()

    def new_loop(self) -> Delivery:
        return Delivery(
            self.dispatch,
            self.gateway,
            notes=self.notes,
            poll=0.02,
            record_retry=0.05,
            welcome=0.1,
            on_outcome=self.outcomes.append,
        )

    def queue(self, body: str, conversation: int = 2) -> int:
        return self.outbox.enqueue(conversation, body, client_key=uuid.uuid4().hex)[0].id

    def state(self, id: int) -> State:
        return self.outbox.get(id).state

    def texts(self) -> list[str]:
        return [call.parameters["text"] for call in self.server.messages]

    def stored(self) -> list[str]:
        with self.database.read() as session:
            query = text("SELECT body FROM messages WHERE direction = 1 AND telegram_message_id < 1000 ORDER BY id")
            return [row[0] for row in session.execute(query)]


async def until(check: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(check):
            await asyncio.sleep(0.02)


@pytest.fixture
async def bench(seed_file: Path) -> AsyncIterator[Bench]:
    async with StandIn(TOKEN) as server:
        made = await asyncio.to_thread(Bench, seed_file, server)
        running = asyncio.create_task(made.loop.run())
        yield made
        await made.loop.stop()
        await running
        await made.gateway.aclose()
        await asyncio.to_thread(made.database.close)


async def test_replies_of_a_chat_arrive_in_order_and_become_rows(bench: Bench) -> None:
    bodies = [f"ответ {number}" for number in range(8)]
    ids = [bench.queue(body) for body in bodies]
    bench.loop.kick()
    await until(lambda: all(bench.state(id) is State.SENT for id in ids))
    assert bench.texts() == bodies
    assert bench.stored() == bodies
    assert [outcome.state for outcome in bench.outcomes] == [State.SENT] * 8


async def test_a_429_is_obeyed_and_then_sent_once(bench: Bench) -> None:
    bench.server.plan.add(Fault(Action.RETRY_AFTER, method="sendMessage", seconds=1, times=1))
    asked = time.monotonic()
    id = bench.queue("подождём")
    await until(lambda: bench.state(id) is State.SENT)
    assert time.monotonic() - asked >= 1
    assert bench.texts() == ["подождём"]


@pytest.mark.parametrize("action", [Action.DROP_AFTER, Action.HALF, Action.GARBAGE, Action.HTML502, Action.RESET])
async def test_an_unclear_answer_is_unknown_and_never_repeated(bench: Bench, action: Action) -> None:
    bench.server.plan.add(Fault(action, method="sendMessage", after=True, times=1))
    id = bench.queue("дошло ли?")
    await until(lambda: bench.state(id) is State.UNKNOWN)
    following = bench.queue("следующее")
    await until(lambda: bench.state(following) is State.SENT)
    assert bench.texts() == ["дошло ли?", "следующее"]
    assert bench.stored() == ["следующее"]
    await asyncio.to_thread(bench.outbox.decide, id, Choice.DELIVERED)
    assert bench.state(id) is State.SENT


async def test_what_never_left_is_tried_again_by_itself(seed_file: Path) -> None:
    async with StandIn(TOKEN) as server:
        bench = await asyncio.to_thread(Bench, seed_file, server)
        port = server.port
    id = bench.queue("сети нет")
    running = asyncio.create_task(bench.loop.run())
    await until(lambda: bench.outbox.get(id).reason == Reason.UNREACHABLE)
    assert bench.loop.trouble.kind == "unreachable"
    async with StandIn(TOKEN, port=port) as back:
        await until(lambda: bench.state(id) is State.SENT)
        assert len(back.messages) == 1
        assert bench.loop.trouble.kind is None
        await bench.loop.stop()
        await running
        await bench.gateway.aclose()


async def test_stop_waits_for_the_request_in_flight(bench: Bench) -> None:
    bench.server.plan.add(Fault(Action.STALL, method="sendMessage", after=True, seconds=0.5, times=1))
    id = bench.queue("уже в пути")
    await until(lambda: bench.state(id) is State.SENDING)
    await bench.loop.stop()
    assert bench.state(id) is State.SENT
    left = bench.queue("остаётся в очереди")
    await asyncio.sleep(0.1)
    assert bench.state(left) is State.QUEUED


async def test_cancelling_the_loop_does_not_cancel_a_send(bench: Bench) -> None:
    bench.server.plan.add(Fault(Action.STALL, method="sendMessage", after=True, seconds=0.5, times=1))
    loop = bench.new_loop()
    await bench.loop.stop()
    running = asyncio.create_task(loop.run())
    id = bench.queue("уже в пути")
    await until(lambda: bench.state(id) is State.SENDING)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await loop.stop()
    assert bench.state(id) is State.SENT
    assert bench.texts() == ["уже в пути"]


async def test_a_locked_database_after_the_answer_loses_nothing(bench: Bench) -> None:
    bench.server.plan.add(Fault(Action.STALL, method="sendMessage", after=True, seconds=0.4, times=1))
    id = bench.queue("ответ принят, база занята")
    await until(lambda: bench.state(id) is State.SENDING)
    assert bench.database.path is not None
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(bench.database.path), "2.5"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    await until(bench.notes.path.exists, 20)
    assert [note.outbox_id for note in bench.notes.read()] == [id]
    await until(lambda: bench.state(id) is State.SENT and not bench.notes.path.exists(), 20)
    assert holder.wait(10) == 0
    holder.stdout.close()
    assert bench.texts() == ["ответ принят, база занята"]


async def test_what_a_killed_process_noted_is_recorded_by_the_next(seed_file: Path) -> None:
    async with StandIn(TOKEN) as server:
        bench = await asyncio.to_thread(Bench, seed_file, server)
        id = bench.queue("принято, и тут свет погас")
        claim = bench.dispatch.claim()
        assert claim is not None
        assert bench.dispatch.start(claim)
        bench.notes.write(Note(id, claim.attempt, 77, utc_now()))
        running = asyncio.create_task(bench.loop.run())
        await until(lambda: bench.state(id) is State.SENT)
        assert (bench.stored(), bench.texts()) == (["принято, и тут свет погас"], [])
        await until(lambda: not bench.notes.path.exists())
        await bench.loop.stop()
        await running
        await bench.gateway.aclose()
        bench.database.close()


async def test_a_lease_shorter_than_a_request_is_refused(seed_file: Path) -> None:
    async with StandIn(TOKEN) as server:
        bench = await asyncio.to_thread(Bench, seed_file, server)
        short = Dispatch(bench.database, utc_now, owner="test", lease=bench.gateway.deadline)
        with pytest.raises(ValueError, match="outlast"):
            Delivery(short, bench.gateway)
        await bench.gateway.aclose()
        bench.database.close()


async def test_a_long_429_pauses_the_whole_bot_and_says_so(bench: Bench) -> None:
    bench.dispatch.pacing = Pacing()
    bench.server.plan.add(Fault(Action.RETRY_AFTER, method="sendMessage", seconds=6, times=1))
    id = bench.queue("раз")
    await until(lambda: bench.outbox.get(id).reason == Reason.RATE)
    await until(lambda: bench.loop.pause is not None)
    other = bench.queue("другому", conversation=3)
    bench.loop.kick()
    await until(lambda: bench.loop.pause == bench.outbox.pause())
    await bench.loop.stop()
    assert bench.state(other) is State.QUEUED
    assert bench.texts() == []


async def test_somebody_who_wrote_again_gets_what_was_held_back(bench: Bench) -> None:
    bench.server.bot.chats[500000002] = "blocked"
    id = bench.queue("когда вернётесь")
    await until(lambda: bench.state(id) is State.FAILED)
    del bench.server.bot.chats[500000002]
    with bench.database.write() as session:
        features = bench.database.features
        record_incoming(session, features, utc_now, conversation_id=2, user_id=2, body="я", telegram_message_id=5)
    await until(lambda: bench.state(id) is State.SENT)


HOLD = """
import sys, time
from models.store.sqlite import library
connection = library().connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


CANARY = "987654321:AAcanaryCANARYcanaryCANARYcanaryCANARY"


def saying(code: int) -> str:
    return json.dumps({"ok": False, "error_code": code, "description": f"chat not found at /bot{CANARY}/sendMessage"})


@pytest.mark.parametrize(
    "fault",
    [
        *[Fault(action, after=True, seconds=3, times=2) for action in Action if action is not Action.STATUS],
        *[Fault(Action.STATUS, code=code, body=saying(code), times=2) for code in (400, 401, 403, 429, 500, 502)],
        Fault(Action.STATUS, code=302, body=f"/bot{CANARY}/getMe", times=2),
    ],
    ids=lambda fault: f"{fault.action}-{fault.code}",
)
async def test_no_failure_writes_the_token_anywhere(seed_file: Path, fault: Fault) -> None:
    """Not into the outbox, its log, what is known of the chat, a note, or the database's own journal."""
    async with StandIn(CANARY, faults=[fault]) as server:
        bench = await asyncio.to_thread(Bench, seed_file, server)
        gateway = TelegramGateway(Token(CANARY), server.url, deadlines=Deadlines(connect=1, read=0.2, total=1))
        loop = Delivery(bench.dispatch, gateway, notes=bench.notes, poll=0.02)
        running = asyncio.create_task(loop.run())
        id = bench.queue("раз")
        await until(lambda: bench.outbox.get(id).updated_at != bench.outbox.get(id).created_at and server.calls != [])
        await loop.stop()
        await running
        await gateway.aclose()
        bench.database.close()
    for path in seed_file.parent.iterdir():
        if path.is_file():
            assert b"AAcanary" not in path.read_bytes(), path.name
