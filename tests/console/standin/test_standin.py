from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.standin import Action, Fault, StandIn

TOKEN = "424242:standin"


async def ask(server: StandIn, method: str, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{server.url}/bot{token}/{method}", json=parameters)
        answer: dict[str, Any] = response.json()
        assert response.status_code == answer.get("error_code", 200)
        return answer


async def refusal(server: StandIn, **parameters: Any) -> tuple[int, str]:
    answer = await ask(server, "sendMessage", **parameters)
    assert answer["ok"] is False
    return answer["error_code"], answer["description"]


async def test_get_me_and_webhook() -> None:
    async with StandIn(webhook="https://app.example/telegram") as server:
        me = (await ask(server, "getMe"))["result"]
        assert (me["id"], me["is_bot"], me["username"]) == (424242, True, "standin_bot")
        assert (await ask(server, "getwebhookinfo"))["result"]["url"] == "https://app.example/telegram"
        assert (await ask(server, "getUpdates"))["error_code"] == 409
        assert (await ask(server, "deleteWebhook"))["result"] is True
        assert (await ask(server, "getUpdates"))["result"] == []
        assert len(server.named("deleteWebhook")) == 1


async def test_wrong_token_and_method() -> None:
    async with StandIn() as server:
        assert await ask(server, "getMe", token="1:x") == {
            "ok": False,
            "error_code": 401,
            "description": "Unauthorized",
        }
        assert (await ask(server, "sendCake"))["description"] == "Not Found: method not found"
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{server.url}/")).status_code == 404
        assert [call.method for call in server.calls] == ["sendCake"]


async def test_message_is_cleaned_and_numbered() -> None:
    async with StandIn(first_message_id=500) as server:
        first = (await ask(server, "sendMessage", chat_id=7, text="  a\x00b\tc\r\u202e \n"))["result"]
        second = (await ask(server, "sendMessage", chat_id="8", text="x"))["result"]
        assert (first["text"], first["message_id"], first["chat"]["id"]) == ("a b c", 500, 7)
        assert second["message_id"] == 501
        assert [call.parameters["text"] for call in server.messages] == ["  a\x00b\tc\r\u202e \n", "x"]


async def test_limits_count_code_points() -> None:
    async with StandIn() as server:
        assert (await ask(server, "sendMessage", chat_id=7, text="😀" * 4096))["ok"] is True
        assert (await ask(server, "sendMessage", chat_id=7, text="x" * 4096 + "   "))["ok"] is True
        assert await refusal(server, chat_id=7, text="x" * 4097) == (400, "Bad Request: message is too long")
        assert await refusal(server, chat_id=7, text="я" * 20_000) == (400, "Bad Request: text is too long")


@pytest.mark.parametrize(
    ("parameters", "code", "description"),
    [
        ({"chat_id": 7}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 7, "text": ""}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 7, "text": " \u200b"}, 400, "Bad Request: text must be non-empty"),
        ({"chat_id": 7, "text": "\ud800"}, 400, "Bad Request: strings must be encoded in UTF-8"),
        ({"chat_id": 7, "text": "x", "parse_mode": None}, 400, "Bad Request: unsupported parse_mode"),
        ({"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 1, "text": "x"}, 403, "Forbidden: bot was blocked by the user"),
        ({"chat_id": 2, "text": "x"}, 403, "Forbidden: user is deactivated"),
        ({"chat_id": 3, "text": "x"}, 403, "Forbidden: bot can't initiate conversation with a user"),
        ({"chat_id": 4, "text": "x"}, 400, "Bad Request: chat not found"),
        (
            {"chat_id": 7, "text": "x", "business_connection_id": "c2"},
            400,
            "Bad Request: business connection not found",
        ),
        (
            {"chat_id": 7, "text": "x", "business_connection_id": None},
            400,
            "Bad Request: business connection not found",
        ),
    ],
)
async def test_refusals(parameters: dict[str, Any], code: int, description: str) -> None:
    chats = {1: "blocked", 2: "deactivated", 3: "never-started", 4: "not-found"}
    async with StandIn(chats=chats, business=["c1"]) as server:
        body = json.dumps(parameters)
        async with httpx.AsyncClient() as client:
            answer = (
                await client.post(
                    f"{server.url}/bot{TOKEN}/sendMessage", content=body, headers={"Content-Type": "application/json"}
                )
            ).json()
        assert (answer["error_code"], answer["description"]) == (code, description)
        assert server.messages == []
        assert len(server.calls) == 1


async def test_migrated_chat_names_the_new_one() -> None:
    async with StandIn(chats={-5: "migrated:-100500"}) as server:
        answer = await ask(server, "sendMessage", chat_id=-5, text="x")
        assert answer["parameters"] == {"migrate_to_chat_id": -100500}


async def test_form_and_query_are_understood() -> None:
    async with StandIn() as server, httpx.AsyncClient() as client:
        url = f"{server.url}/bot{TOKEN}/sendMessage"
        assert (await client.post(url, data={"chat_id": "7", "text": "a b"})).json()["result"]["text"] == "a b"
        assert (await client.get(url, params={"chat_id": "7", "text": "ё"})).json()["result"]["text"] == "ё"
        assert (
            await client.post(f"{server.url}/bot{TOKEN}/sendChatAction", data={"chat_id": "7", "action": "cake"})
        ).json()["description"] == "Bad Request: wrong parameter action in request"
        assert server.connections == 1


async def test_retry_after_has_parameter_and_header() -> None:
    async with StandIn(faults=[Fault(Action.RETRY_AFTER, seconds=3, times=1)]) as server, httpx.AsyncClient() as client:
        response = await client.post(f"{server.url}/bot{TOKEN}/getMe")
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "3"
        assert response.json()["parameters"] == {"retry_after": 3}
        assert (await client.post(f"{server.url}/bot{TOKEN}/getMe")).status_code == 200


@pytest.mark.parametrize(
    ("action", "accepted"),
    [
        (Action.DROP_BEFORE, False),
        (Action.DROP_AFTER, True),
        (Action.RESET, False),
        (Action.HALF, True),
        (Action.GARBAGE, True),
    ],
)
async def test_broken_answers(action: Action, accepted: bool) -> None:
    async with StandIn(faults=[Fault(action)]) as server:
        with pytest.raises(httpx.TransportError):
            await ask(server, "sendMessage", chat_id=7, text="x")
        assert [(call.accepted, call.status, call.fault) for call in server.calls] == [(accepted, 0, action.value)]


async def test_a_stall_before_accepting_is_lost_when_the_client_gives_up() -> None:
    async with StandIn(faults=[Fault(Action.STALL, seconds=0.2)]) as server:
        async with httpx.AsyncClient(timeout=0.05) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"{server.url}/bot{TOKEN}/sendMessage", json={"chat_id": 7, "text": "x"})
        deadline = time.monotonic() + 10
        while not server.calls and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert [call.accepted for call in server.calls] == [False]
        assert (await ask(server, "sendMessage", chat_id=7, text="x"))["ok"] is True


async def test_status_and_html() -> None:
    faults = [Fault(Action.HTML502, times=1), Fault(Action.STATUS, code=500, body='{"ok":false}', nth=2)]
    async with StandIn(faults=faults) as server, httpx.AsyncClient() as client:
        first = await client.post(f"{server.url}/bot{TOKEN}/getMe")
        assert (first.status_code, first.headers["Content-Type"]) == (502, "text/html")
        second = await client.post(f"{server.url}/bot{TOKEN}/getMe")
        assert (second.status_code, second.json()) == (500, {"ok": False})


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.read_text()


@pytest.mark.parametrize("end", ["parent", "terminate"])
def test_as_a_process_it_ends_with_its_parent(tmp_path: Path, end: str) -> None:
    log, port_file = tmp_path / "calls.jsonl", tmp_path / "port"
    arguments = ["--port-file", str(port_file), "--log", str(log), "--token", "5:T", "--first-message-id", "9"]
    child = subprocess.Popen(
        [sys.executable, "-m", "console.standin", *arguments],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        url = f"http://127.0.0.1:{int(wait_for(port_file))}/bot5:T/sendMessage"
        assert httpx.post(url, json={"chat_id": 7, "text": "привет"}).json()["result"]["message_id"] == 9
        (line,) = log.read_text().splitlines()
        call = json.loads(line)
        assert (call["method"], call["parameters"]["text"], call["message_id"]) == ("sendMessage", "привет", 9)
        assert "5:T" not in line
        assert os.stat(log).st_mode & 0o777 == 0o600
        assert child.stdin is not None
        child.stdin.close() if end == "parent" else child.terminate()
        assert child.wait(30) == 0
    finally:
        child.kill()
        child.wait()
        assert child.stdin is not None
        child.stdin.close()
