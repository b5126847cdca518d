"""The services behind the screens: they open in a thread, fail and recover, deliver where they may, stop cleanly."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.config import Settings
from console.courier import process_name
from console.standin.server import StandIn
from console.telegram import Token
from console.wiring import LazyServices
from models.errors import DatabaseProblem, Usage
from models.rules.delivery import State
from tests.e2e.conftest import rows

TOKEN = "123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO"


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn(TOKEN) as server:
        yield server


def settings(path: Path, standin: StandIn | None = None) -> Settings:
    made = Settings(database=str(path), operator="anna")
    if standin is None:
        return made
    return replace(made, token=Token(TOKEN), telegram_api_url=standin.url)


async def eventually(check: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not check():
            await asyncio.sleep(0.02)


async def test_nothing_is_open_before_start(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    assert services.desk is None
    assert services.database == owned_file.name
    await services.stop()


async def test_calls_wait_for_the_desk_and_run_in_its_threads(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    try:
        names = await asyncio.gather(*(services.call(lambda desk: threading.current_thread().name) for _ in range(5)))
        assert all(name.startswith("desk") for name in names)
        assert services.desk is not None
        assert services.desk.operator is not None
        assert services.desk.operator.name == "anna"
    finally:
        await services.stop()


async def test_it_opens_once_however_often_it_is_asked(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    try:
        desks = await asyncio.gather(*(services.start() for _ in range(5)))
        assert len({id(desk) for desk in desks}) == 1
    finally:
        await services.stop()


async def test_what_could_not_be_opened_may_be_tried_again(owned_file: Path) -> None:
    away = owned_file.with_name("away")
    owned_file.rename(away)
    services = LazyServices(settings(owned_file))
    try:
        with pytest.raises(DatabaseProblem):
            await services.start()
        with pytest.raises(DatabaseProblem):
            await services.call(lambda desk: None)
        away.rename(owned_file)
        assert await services.start() is services.desk
    finally:
        await services.stop()


async def test_without_a_database_it_says_so() -> None:
    services = LazyServices(Settings())
    with pytest.raises(Usage, match="no-database"):
        await services.start()
    await services.stop()


async def test_an_error_of_the_work_comes_out(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    try:
        with pytest.raises(ZeroDivisionError):
            await services.call(lambda desk: 1 // 0)
    finally:
        await services.stop()


async def test_a_caller_that_gives_up_does_not_stop_the_opening(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    try:
        impatient = asyncio.create_task(services.call(lambda desk: None))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await services.start() is not None
    finally:
        await services.stop()


async def test_a_kick_delivers(seed_file: Path, standin: StandIn) -> None:
    services = LazyServices(settings(seed_file, standin))
    try:
        await services.start()
        assert not services.can_send
        assert "upgrade" in (services.why_not_send or "")
        await services.call(lambda desk: desk.upgrade())
        assert (services.can_send, services.why_not_send) == (True, None)
        [reply] = await services.call(lambda desk: desk.outbox.enqueue(2, "привет", client_key="k"))
        services.kick()
        await eventually(lambda: rows(seed_file, "SELECT state FROM console_outbox") == [("sent",)])
        assert (await services.call(lambda desk: desk.outbox.get(reply.id))).state is State.SENT
        assert services.answered == 1
        assert services.trouble is None
    finally:
        await services.stop()


async def test_without_a_token_or_read_only_nothing_leaves(owned_file: Path, standin: StandIn) -> None:
    silent = LazyServices(settings(owned_file))
    await silent.start()
    assert "token" in (silent.why_not_send or "")
    await silent.stop()
    looking = LazyServices(replace(settings(owned_file, standin), read_only=True))
    await looking.start()
    assert "read-only" in (looking.why_not_send or "")
    looking.kick()
    await looking.stop()


async def test_stopping_waits_for_what_is_in_flight(seed_file: Path, standin: StandIn) -> None:
    from console.standin.faults import Action, Fault

    standin.plan.add(Fault(Action.STALL, method="sendMessage", seconds=0.5))
    services = LazyServices(settings(seed_file, standin))
    await services.start()
    await services.call(lambda desk: desk.upgrade())
    await services.call(lambda desk: desk.outbox.enqueue(2, "привет", client_key="k"))
    services.kick()
    await eventually(lambda: rows(seed_file, "SELECT state FROM console_outbox") == [("sending",)])
    await services.stop()
    assert rows(seed_file, "SELECT state FROM console_outbox") != [("sending",)]


async def test_stopping_twice_and_before_starting_is_harmless(owned_file: Path) -> None:
    services = LazyServices(settings(owned_file))
    await services.stop()
    await services.stop()


def test_processes_have_names_of_their_own() -> None:
    assert process_name() != process_name()


def test_importing_the_wiring_loads_no_database_library() -> None:
    code = "import sys, console.wiring; print([m for m in ('sqlmodel', 'sqlalchemy', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
