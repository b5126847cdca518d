"""The update queue by itself: each rule of getUpdates, with clocks of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.standin import StandIn, Timings
from console.standin.queue import ANSWER_LIMIT, KINDS, UpdateQueue, elements
from console.standin.refusal import Refusal
from console.standin.updates import OWNER, VERA, business_connection, message, reaction

QUICK = Timings(longest_poll=30.0, hot_timeout=0.0, hot_limit=0.0, conflict=0.0)
OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class Bench:
    """A queue whose clocks a test moves."""

    def __init__(self, timings: Timings = QUICK, **given: Any) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.seconds = 1000.0
        self.queue = UpdateQueue(
            first_id=100, timings=timings, clock=lambda: self.now, seconds=lambda: self.seconds, **given
        )

    def push(self, *texts: str) -> list[int | None]:
        updates = [message(VERA, place, text, at=self.now) for place, text in enumerate(texts)]
        return [self.queue.push(json.dumps(update), update) for update in updates]

    async def get(self, **parameters: object) -> list[int]:
        return [json.loads(text)["update_id"] for text in await self.queue.get(written(parameters))]


def written(parameters: dict[str, object]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}


async def hanging(poll: Coroutine[Any, Any, Any], queue: UpdateQueue) -> asyncio.Task[Any]:
    task = asyncio.create_task(poll)
    for _ in range(1000):
        await asyncio.sleep(0)
        if queue.is_polled:
            return task
    raise AssertionError("the poll does not hang")


async def test_what_is_not_confirmed_comes_again() -> None:
    bench = Bench()
    assert bench.push("a", "b", "c") == [100, 101, 102]
    assert await bench.get() == [100, 101, 102]
    assert await bench.get(offset=100, limit=2) == [100, 101]
    assert await bench.get(offset=102) == [102]
    assert await bench.get() == [102]
    assert await bench.get(offset=103) == []
    assert bench.queue.pending_count == 0


async def test_an_offset_far_off_is_ignored() -> None:
    bench = Bench()
    bench.push("a", "b")
    assert await bench.get(offset=5_000) == [100, 101]
    assert await bench.get(offset=112) == []  # up to ten ahead confirms
    bench = Bench()
    bench.queue.restart_ids(2_000_000)
    bench.push("a")
    assert await bench.get(offset=5) == [2_000_000]


async def test_a_negative_offset_keeps_the_last_and_deletes_the_rest() -> None:
    bench = Bench()
    bench.push("a", "b", "c")
    assert await bench.get(offset=-2) == [101, 102]
    assert await bench.get() == [101, 102]


async def test_limit_and_timeout_are_clamped() -> None:
    bench = Bench()
    bench.push(*("x" for _ in range(150)))
    assert len(await bench.get(limit=0)) == 1
    assert len(await bench.get(limit=1000)) == 100
    assert len(await bench.get(limit="many")) == 100
    assert len(await bench.get(offset=200, timeout=-5)) == 50


async def test_an_answer_ends_at_four_mebibytes() -> None:
    bench = Bench()
    bench.push(*("x" * 400_000 for _ in range(15)))
    texts = await bench.queue.get({})
    assert 1 < len(texts) < 15
    assert sum(map(len, texts)) < ANSWER_LIMIT < sum(map(len, texts)) + 400_200


async def test_a_poll_hangs_until_something_comes() -> None:
    bench = Bench()
    poll = await hanging(bench.get(timeout=30), bench.queue)
    bench.push("a", "b")  # what comes together is answered together
    assert await poll == [100, 101]


async def test_a_poll_ends_empty_after_its_timeout() -> None:
    bench = Bench(Timings(longest_poll=0.05))
    assert await bench.get(timeout=30) == []


async def test_the_older_of_two_polls_is_told() -> None:
    bench = Bench()
    older = await hanging(bench.get(timeout=30), bench.queue)
    newer = asyncio.create_task(bench.get(timeout=30))
    with pytest.raises(Refusal) as refused:
        await older
    assert (refused.value.code, refused.value.description) == (409, OTHER)
    bench.push("a")
    assert await newer == [100]


async def test_a_poll_that_does_not_hang_ends_no_other() -> None:
    bench = Bench()
    older = await hanging(bench.get(timeout=30), bench.queue)
    assert await bench.get(timeout=0) == []
    bench.push("a")
    assert await older == [100]


async def test_conflicts_come_at_intervals() -> None:
    bench = Bench(Timings(conflict=0.01))
    assert (await bench.queue.conflict("x")).description == "Conflict: x"
    late = asyncio.create_task(bench.queue.conflict("y"))
    await asyncio.sleep(0)
    assert not late.done()
    assert (await late).code == 409
    bench.seconds += 1
    assert (await bench.queue.conflict("z")).code == 409


async def test_the_same_offset_at_once_gets_one_update_and_waits() -> None:
    bench = Bench(Timings(longest_poll=30, hot_timeout=3.0, hot_limit=0.5))
    bench.push("a", "b")
    assert await bench.get(offset=100) == [100, 101]
    bench.seconds += 0.4
    assert await bench.get(offset=100) == [100]
    bench.seconds += 0.6
    assert await bench.get(offset=100) == [100, 101]
    assert await bench.get(offset=102) == []
    poll = await hanging(bench.get(offset=102, timeout=0), bench.queue)
    bench.push("c")
    assert await poll == [102]


async def test_allowed_updates_stick_and_filter_when_made() -> None:
    bench = Bench()

    def react() -> int | None:
        update = reaction(VERA, 1, ["👍"])
        return bench.queue.push(json.dumps(update), update)

    assert react() is None
    await bench.get(allowed_updates=["message_reaction", "cake"])
    assert (react(), bench.push("a")) == (100, [None])
    await bench.get(allowed_updates="[not json")
    await bench.get()
    assert bench.push("a") == [None]
    await bench.get(allowed_updates=[])
    assert (react(), bench.push("a")) == (None, [101])
    update = {"subscription": {"x": 1}}  # a kind of the future is let through
    assert bench.queue.push(json.dumps(update), update) == 102


async def test_a_day_is_kept_and_the_size_is_limited() -> None:
    bench = Bench(size_limit=2)
    assert bench.push("a", "b", "c") == [100, 101, None]
    assert bench.queue.dropped == 1
    bench.now += timedelta(hours=23)
    assert await bench.get() == [100, 101]
    bench.now += timedelta(hours=1)
    assert await bench.get() == []
    assert bench.push("d") == [102]


async def test_by_date_an_old_message_is_not_queued() -> None:
    bench = Bench(by_date=True)
    old = message(VERA, 1, "old", at=bench.now - timedelta(hours=25))
    late = message(VERA, 2, "late", at=bench.now - timedelta(hours=23))
    assert [bench.queue.push(json.dumps(update), update) for update in (old, late)] == [None, 100]
    bench.now += timedelta(hours=2)
    assert bench.queue.pending_count == 0


async def test_own_ids_may_fall_and_repeat() -> None:
    bench = Bench()
    for number in (900, 901, 901, 40, 41):
        assert bench.queue.push(f'{{"update_id":{number}}}', {"update_id": number}) == number
    assert await bench.get() == [900, 901, 901, 40, 41]
    assert await bench.get(offset=902) == [40, 41]
    assert await bench.get(offset=42) == []
    assert bench.push("next") == [42]


def test_raw_text_stays_as_it_is() -> None:
    raw = '{ "update_id": 7, "message": {"text": "\\ud800 \\u0000", "n": 1E2, "n": 1} }'
    assert elements(raw)[0][0] == raw
    assert [text for text, _ in elements(f"[{raw} ,\n5, [], {raw}]")] == [raw, "5", "[]", raw]
    assert elements("[]") == []
    for wrong in ("[1", "[1 2", "{", ""):
        with pytest.raises(ValueError, match="Expecting|delimiter"):
            elements(wrong)


async def poll(server: StandIn, **parameters: Any) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as client:
        return await client.post(f"{server.url}/bot424242:standin/getUpdates", json=parameters)


async def test_raw_text_over_the_wire() -> None:
    raw = '{"update_id":8,"message":{"text":"\\ud83d é 😀"}}'
    async with StandIn(timings=QUICK) as server:
        assert server.push(raw) == [8]
        assert server.push(['{"a":1}', {"b": "\ud800"}, "{}"]) == [9, 10, 11]
        answer = await poll(server)
        assert answer.content == (
            b'{"ok":true,"result":[{"update_id":8,"message":{"text":"\\ud83d \\u00e9 \\ud83d\\ude00"}},'
            b'{"update_id":9,"a":1},{"update_id":10,"b": "\\ud800"},{"update_id":11}]}'
        )


async def test_polls_over_http() -> None:
    async with StandIn(timings=QUICK, webhook="https://app.example/hook") as server:
        assert (await poll(server)).json()["description"].startswith("Conflict: can't use getUpdates method while")
        server.bot.webhook = ""
        hung = await hanging(poll(server, timeout=25), server.queue)
        assert [(call.accepted, call.status) for call in server.named("getUpdates")] == [(False, 409), (True, 0)]
        async with httpx.AsyncClient() as client:
            await client.post(f"{server.url}/bot424242:standin/setWebhook", data={"url": "https://app.example/hook"})
        assert (await hung).json()["description"] == "Conflict: terminated by setWebhook request"
        assert [call.status for call in server.named("getUpdates")] == [409, 409]


async def test_another_process_pushes_and_looks() -> None:
    async with StandIn(timings=QUICK) as server, httpx.AsyncClient(base_url=server.url) as client:
        updates = [message(VERA, 41, "a"), reaction(VERA, 41, ["👍"])]
        assert (await client.post("/standin/updates", json=updates)).json() == {"ids": [700_000_001, None]}
        state = (await client.get("/standin/state")).json()
        assert (state["pending"], state["next_update_id"], state["polled"]) == (1, 700_000_002, False)
        assert (await client.post("/standin/updates", content="[")).status_code == 415
        json_type = {"Content-Type": "application/json"}
        assert (await client.post("/standin/updates", content="[", headers=json_type)).status_code == 400
        assert (await client.get("/standin/updates")).status_code == 404
        assert server.calls == []


async def test_business_replies_come_back_with_ids_of_their_own() -> None:
    async with StandIn(business=["c1"], timings=QUICK) as server, httpx.AsyncClient() as client:

        async def send(**parameters: Any) -> dict[str, Any]:
            answer = await client.post(f"{server.url}/bot424242:standin/sendMessage", json=parameters | {"text": "x"})
            return dict(answer.json())

        server.push(message(VERA, 41, "hello"))
        assert (await send(chat_id=VERA.id))["result"]["chat"] == VERA.chat
        assert [(await send(chat_id=chat))["result"]["message_id"] for chat in (VERA.id, 6)] == [43, 44]
        reply = (await send(chat_id=VERA.id, business_connection_id="c1"))["result"]
        assert (reply["message_id"], reply["from"]["id"], reply["sender_business_bot"]["id"]) == (1, OWNER.id, 424242)
        assert (await send(chat_id=6, business_connection_id="c1"))["result"]["message_id"] == 1
        updates = (await poll(server, offset=700_000_002)).json()["result"]
        assert [update["business_message"]["chat"]["id"] for update in updates] == [VERA.id, 6]
        assert updates[0]["business_message"] == reply

        server.push(business_connection("c1", can_reply=False))
        refused = await send(chat_id=6, business_connection_id="c1")
        assert refused["description"] == "Bad Request: BUSINESS_PEER_INVALID"
        server.push(business_connection("c1", enabled=False))
        refused = await send(chat_id=6, business_connection_id="c1")
        assert refused["description"] == "Bad Request: business connection not found"


async def test_the_hostile_corpus_survives_byte_for_byte() -> None:
    text = (Path(__file__).parents[2] / "data" / "corpus" / "hostile_updates.json").read_text("utf-8")
    given = [json.dumps(value) for _, value in elements(text)]
    queue = UpdateQueue(timings=QUICK)
    queue.allow(json.dumps(sorted(KINDS)))
    for entry in given:
        queue.push(entry, json.loads(entry))
    got: list[str] = []
    while batch := await queue.get({"offset": str(json.loads(got[-1])["update_id"] + 1)} if got else {}):
        got += batch
    assert got == given
