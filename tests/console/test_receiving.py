"""Receiving as a whole, against the stand-in: ours in standalone mode; in attached mode not one getUpdates."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.app import FrontdeskApp
from console.config import Settings
from console.standin.server import StandIn
from console.telegram import Token
from console.wiring import LazyServices
from tests.conftest import with_our_tables
from tests.console.command import frontdesk
from tests.screens.running import shown
from tests.screens.widgets.window_source import until
from tests.seed import raw

TOKEN = "123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO"
FORBIDDEN = {"getupdates", "setwebhook", "deletewebhook"}


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    async with StandIn(TOKEN) as server:
        yield server


def settings(path: Path, standin: StandIn, mode: str | None = None) -> Settings:
    made = Settings(database=str(path), operator="anna", mode=mode)
    return replace(made, token=Token(TOKEN), telegram_api_url=standin.url)


async def eventually(check: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not check():
            await asyncio.sleep(0.02)


def methods(standin: StandIn) -> set[str]:
    return {call.method.lower() for call in standin.calls}


async def test_an_update_becomes_a_row_of_the_running_console(owned_file: Path, standin: StandIn) -> None:
    services = LazyServices(settings(owned_file, standin))
    app = FrontdeskApp(services)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: services.health is not None and services.health.receiver == "us")
        zinaida = {"id": 501, "first_name": "Zinaida", "is_bot": False}
        about = {"message_id": 5, "from": zinaida, "chat": zinaida | {"type": "private"}, "date": int(time.time())}
        standin.push({"message": about | {"text": "is anybody here?"}})
        await until(pilot, lambda: "Zinaida" in shown(app))
        assert services.mode == "standalone"
    assert methods(standin).isdisjoint({"setwebhook", "deletewebhook"})
    assert raw.one(owned_file, "SELECT owner IS NULL FROM console_poller") == 1
    assert TOKEN not in owned_file.read_bytes().decode("latin-1")


@pytest.mark.parametrize("why", ["its table", "a webhook", "the configuration"])
async def test_attached_means_not_one_poll(why: str, seed_file: Path, owned_file: Path) -> None:
    path = with_our_tables(seed_file) if why == "its table" else owned_file
    async with StandIn(TOKEN, webhook="https://app.example/secret" if why == "a webhook" else "") as standin:
        services = LazyServices(settings(path, standin, "attached" if why == "the configuration" else None))
        await services.start()
        await eventually(lambda: services.health is not None)
        services.kick()
        # Time enough for a poll, if anything were about to.
        await asyncio.sleep(0.3)
        assert services.mode == "attached"
        assert services.health is not None
        expected = ("webhook", "app.example") if why == "a webhook" else ("nobody", None)
        assert (services.health.receiver, services.health.webhook_host) == expected
        await services.stop()
        assert methods(standin) == {"getwebhookinfo"}


async def test_run_and_reply_on_a_bot_with_a_webhook(owned_file: Path) -> None:
    raw.write(
        owned_file,
        "INSERT INTO users (id, telegram_id, created_at, updated_at) VALUES (1, 501, '2026-11-23', '2026-11-23')",
        "INSERT INTO conversations (id, user_id, created_at, updated_at) VALUES (1, 1, '2026-11-23', '2026-11-23')",
    )
    async with StandIn(TOKEN, webhook="https://app.example/secret") as standin:
        env = {"FRONTDESK_TELEGRAM_TOKEN": TOKEN, "FRONTDESK_TELEGRAM_API_URL": standin.url}
        env["FRONTDESK_DATABASE_URL"] = str(owned_file)
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "console", "run", env={**os.environ, **env}, stderr=asyncio.subprocess.PIPE
        )
        assert running.stderr is not None
        said = ""
        async with asyncio.timeout(60):
            while "app.example receives the updates" not in said:
                line = await running.stderr.readline()
                assert line, said
                said += line.decode()
        await asyncio.to_thread(frontdesk, "reply", "1", "hello", env=env, code=None)
        running.terminate()
        await running.wait()
        assert "secret" not in said
        done = await asyncio.to_thread(frontdesk, "run", env=env | {"FRONTDESK_MODE": "standalone"}, code=4)
        assert "app.example" in done.stderr
        assert "sendmessage" in methods(standin)
        assert methods(standin).isdisjoint(FORBIDDEN)
