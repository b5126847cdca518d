"""Fault plans, and limits that are enforced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from console.standin import Action, Fault, FaultPlan, Limits, StandIn, Timings
from console.standin.faults import Chance, Held, load
from console.standin.limits import Flood
from console.standin.refusal import Refusal


def test_plan_counts_matches() -> None:
    plan = FaultPlan([Fault(Action.RESET, method="sendMessage", chat=7, text="b", nth=2, times=1)])
    calls = [("getMe", {}), *[("SENDMESSAGE", {"chat_id": "7", "text": text}) for text in ("ab", "a", "b", "bb")]]
    assert [plan.pick(method, parameters) is not None for method, parameters in calls] == [
        False,
        False,
        False,
        True,
        False,
    ]


def test_plan_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"faults": [{"action": "stall", "seconds": 2, "after": true}], "chats": {"5001": "blocked"}}')
    setup = load(path)
    assert setup.plan.faults == [Fault(Action.STALL, seconds=2, after=True)]
    assert (setup.chats, setup.limits, setup.plan.chance) == ({5001: "blocked"}, None, None)
    path.write_text('{"chance": {"seed": 1, "rate": 0.5, "actions": ["reset"]}, "limits": {"chat_burst": 1}}')
    assert load(path).held == ()
    path.write_text('{"held": [{"chat": 5, "id": 7, "text": "x", "at": 0, "ours": true}]}')
    assert load(path).held == (Held(5, 7, "x", 0, True),)
    path.write_text('{"chance": {"seed": 1, "rate": 0.5, "actions": ["reset"]}, "limits": {"chat_burst": 1}}')
    setup = load(path)
    assert setup.plan.chance == Chance(1, 0.5, actions=(Action.RESET,))
    assert setup.limits == Limits(chat_burst=1)
    path.write_text('[{"action": "reset", "colour": 1}]')
    with pytest.raises(ValueError, match="colour"):
        load(path)


def test_chance_is_the_same_for_the_same_seed() -> None:
    def drawn(seed: int, **given: Any) -> list[Fault | None]:
        plan = FaultPlan.random(seed, 0.2, **given)
        return [plan.pick(method, {}) for method in ("sendMessage", "getUpdates") * 1000]

    assert drawn(1) == drawn(1) != drawn(2)
    found = [fault for fault in drawn(1) if fault is not None]
    assert 300 < len(found) < 500
    assert {fault.action for fault in found} == set(Action)
    assert {fault.accepts for fault in found if fault.action is Action.RESET} == {True, False}
    assert not any(fault.accepts for fault in found if fault.action in (Action.RETRY_AFTER, Action.DROP_BEFORE))
    sends = drawn(1, methods=("sendmessage",), limit=7)
    assert sum(fault is not None for fault in sends) == 7
    assert not any(sends[1::2])


class Floods:
    """A flood gate whose clock a test moves."""

    def __init__(self, limits: Limits | None) -> None:
        self.now = 50.0
        self.flood = Flood(limits, lambda: self.now)

    def send(self, chat: int, method: str = "sendMessage") -> int:
        """0, or for how long Telegram asks to wait."""
        try:
            self.flood.check(method, str(chat))
        except Refusal as refusal:
            return refusal.parameters["retry_after"]
        return 0


def test_a_chat_gets_one_a_second_after_a_burst() -> None:
    it = Floods(Limits())
    assert [it.send(7) for _ in range(4)] == [0, 0, 0, 1]
    assert (it.send(8), it.send(7, "sendChatAction")) == (0, 0)
    it.now += 0.9
    assert it.send(7) == 1
    it.now += 0.1
    assert [it.send(7), it.send(7)] == [0, 1]
    it.now += 60
    assert [it.send(7) for _ in range(4)] == [0, 0, 0, 1]


def test_no_second_holds_more_than_thirty() -> None:
    it = Floods(Limits())
    for chat in range(30):
        it.now += 0.01
        assert it.send(chat + 1) == 0
    assert it.send(99) == 1
    it.now += 0.5
    assert (it.send(99), it.send(100, "getUpdates")) == (1, 0)
    it.now += 0.5
    assert [it.send(chat) for chat in range(101, 132)] == [0] * 30 + [1]


def test_a_group_gets_twenty_a_minute() -> None:
    it = Floods(Limits(group_per_minute=2))
    assert it.send(-5) == 0
    it.now += 10
    assert [it.send(-5), it.send(-5), it.send(5)] == [0, 50, 0]
    it.now += 50
    assert [it.send(-5), it.send(-5)] == [0, 10]


def test_a_rest_is_asked_of_a_chat_or_of_the_bot() -> None:
    it = Floods(None)
    it.flood.pause(34.2, chat_id=7)
    assert (it.send(7), it.send(8)) == (35, 0)
    it.flood.pause(5)
    assert (it.send(8), it.send(8, "getUpdates")) == (5, 5)
    it.now += 35
    assert (it.send(7), it.send(8)) == (0, 0)


async def test_limits_and_faults_over_http() -> None:
    limits, quick = Limits(chat_burst=1), Timings(hot_timeout=0, hot_limit=0)
    async with StandIn(limits=limits, timings=quick) as server, httpx.AsyncClient(base_url=server.url) as client:

        async def post(method: str, **parameters: Any) -> httpx.Response:
            return await client.post(f"/bot424242:standin/{method}", json=parameters)

        assert (await post("sendMessage", chat_id=7, text="x")).status_code == 200
        refused = await post("sendMessage", chat_id=7, text="x")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.json()["parameters"] == {"retry_after": 1}
        assert refused.json()["description"] == "Too Many Requests: retry after 1"
        assert [call.accepted for call in server.calls] == [True, False]

        server.push({"poll": {}})
        server.plan.add(Fault(Action.HALF, method="getUpdates", times=1))
        with pytest.raises(httpx.RemoteProtocolError):
            await post("getUpdates")
        assert len((await post("getUpdates")).json()["result"]) == 1
