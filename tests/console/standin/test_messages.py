"""What chats hold: sending, editing, deleting, answering buttons, files, and the webhook's facts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from console.standin import StandIn
from console.standin.updates import (
    OWNER,
    VERA,
    blocked,
    business_connection,
    business_message,
    deleted_business_messages,
    edited,
    photo,
    pressed,
    unblocked,
)

TOKEN = "424242:standin"
NOT_FOUND = "Bad Request: message to edit not found"


class Bench:
    def __init__(self, server: StandIn, client: httpx.AsyncClient) -> None:
        self.server = server
        self._client = client

    async def ask(self, method: str, **parameters: Any) -> Any:
        """The result, or what the refusal says."""
        answer = (await self._client.post(f"/bot{TOKEN}/{method}", json=parameters)).json()
        return answer["result"] if answer["ok"] else answer["description"]

    async def send(self, text: str = "x", chat_id: int = VERA.id, **parameters: Any) -> int:
        sent = await self.ask("sendMessage", chat_id=chat_id, text=text, **parameters)
        return int(sent["message_id"])

    def texts(self, chat_id: int = VERA.id, connection: str | None = None) -> list[str]:
        return [held.get("text", "") for held in self.server.held(chat_id, connection)]


class Time:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextlib.asynccontextmanager
async def bench(**given: Any) -> AsyncIterator[Bench]:
    async with StandIn(TOKEN, **given) as server, httpx.AsyncClient(base_url=server.url) as client:
        yield Bench(server, client)


async def test_edit() -> None:
    time = Time()
    async with bench(clock=time) as it:
        number = await it.send("first")
        theirs = it.server.says(VERA, "hello")
        place = {"chat_id": VERA.id, "message_id": number}
        changed = await it.ask("editMessageText", **place, text=" second ")
        assert (changed["text"], changed["edit_date"]) == ("second", int(time.now.timestamp()))
        assert it.texts() == ["second", "hello"]
        assert (await it.ask("editMessageText", **place, text="second\n")).startswith(
            "Bad Request: message is not modified: specified new message content"
        )
        assert await it.ask("editMessageText", **place, text="") == "Bad Request: message text is empty"
        cant = "Bad Request: message can't be edited"
        assert await it.ask("editMessageText", chat_id=VERA.id, message_id=theirs, text="x") == cant
        assert await it.ask("editMessageText", chat_id=VERA.id, message_id=99, text="x") == NOT_FOUND
        assert await it.ask("editMessageText", chat_id=6, message_id=number, text="x") == NOT_FOUND
        assert await it.ask("editMessageText", chat_id=6, message_id="x", text="x") == NOT_FOUND
        time.now += timedelta(hours=49)
        assert await it.ask("editMessageText", **place, text="third") == cant


async def test_delete() -> None:
    time = Time()
    async with bench(clock=time) as it:
        mine, theirs, late = await it.send("a"), it.server.says(VERA, "b"), await it.send("c")
        for number in (mine, theirs):
            assert await it.ask("deleteMessage", chat_id=VERA.id, message_id=number) is True
        gone = "Bad Request: message to delete not found"
        assert await it.ask("deleteMessage", chat_id=VERA.id, message_id=mine) == gone
        group = {"id": -5, "type": "group", "title": "G"}
        it.server.push({"message": {"message_id": 71, "from": VERA.user, "chat": group, "date": 0, "text": "g"}})
        assert await it.ask("deleteMessage", chat_id=-5, message_id=71) == "Bad Request: message can't be deleted"
        time.now += timedelta(hours=49)
        old = "Bad Request: message can't be deleted for everyone"
        assert await it.ask("deleteMessage", chat_id=VERA.id, message_id=late) == old


async def test_business_chats_are_apart() -> None:
    async with bench(business=["c1"]) as it:
        it.server.push(business_message("c1", VERA, 1, "hello"))
        number = await it.send("mine", business_connection_id="c1")
        assert (number, it.texts(), it.texts(connection="c1")) == (2, [], ["hello", "mine"])
        place = {"chat_id": VERA.id, "business_connection_id": "c1"}
        assert (await it.ask("editMessageText", **place, message_id=2, text="better"))["text"] == "better"
        assert await it.ask("editMessageText", **place, message_id=9, text="x") == "Bad Request: MESSAGE_ID_INVALID"
        both = {"business_connection_id": "c1", "message_ids": [1, 2, 3]}
        assert await it.ask("deleteBusinessMessages", **both) == "Bad Request: BOT_ACCESS_FORBIDDEN"
        assert await it.ask("deleteBusinessMessages", business_connection_id="c1", message_ids=[2, 3]) is True
        assert it.texts(connection="c1") == ["hello"]
        it.server.push(deleted_business_messages("c1", VERA, [1]))
        assert it.texts(connection="c1") == []
        it.server.push(business_connection("c1", OWNER, enabled=False))
        gone = "Bad Request: business connection not found"
        assert await it.ask("deleteBusinessMessages", **both) == gone
        it.server.push(business_connection("c1", OWNER))
        refused = await it.ask("deleteBusinessMessages", business_connection_id="c1", message_ids="x")
        assert refused == "Bad Request: can't parse message identifiers JSON array"


async def test_a_block_is_an_update_and_a_state() -> None:
    async with bench() as it:
        it.server.push(blocked(VERA))
        assert await it.ask("sendMessage", chat_id=VERA.id, text="x") == "Forbidden: bot was blocked by the user"
        it.server.push(unblocked(VERA))
        assert await it.send() == 1


async def test_replies_and_ids_on_demand() -> None:
    async with bench(chats={8: "no-id"}) as it:
        number = it.server.says(VERA, "question")
        sent = await it.ask("sendMessage", chat_id=VERA.id, text="x", reply_parameters={"message_id": number})
        assert sent["reply_to_message"]["text"] == "question"
        missing = {"message_id": 99}
        refused = await it.ask("sendMessage", chat_id=VERA.id, text="x", reply_parameters=missing)
        assert refused == "Bad Request: message to be replied not found"
        missing["allow_sending_without_reply"] = True
        assert await it.send(reply_parameters=missing) == 3
        refused = await it.ask("sendMessage", chat_id=VERA.id, text="x", reply_parameters=None)
        assert refused == "Bad Request: object expected as reply parameters"
        assert await it.send(chat_id=8) == 0
        assert it.texts(8) == ["x"]


async def test_messages_from_before_can_be_changed() -> None:
    async with bench() as it:
        now = int(datetime.now(UTC).timestamp())
        it.server.bot.messages.hold(VERA.id, 40, "from us", now, ours=True)
        it.server.bot.messages.hold(VERA.id, 41, "from them", now, ours=False)
        assert (await it.ask("editMessageText", chat_id=VERA.id, message_id=40, text="better"))["text"] == "better"
        cant = "Bad Request: message can't be edited"
        assert await it.ask("editMessageText", chat_id=VERA.id, message_id=41, text="x") == cant
        assert await it.send() == 42


async def test_edits_of_people_are_held() -> None:
    async with bench() as it:
        number = it.server.says(VERA, "befor")
        it.server.push(edited(VERA, number, "before"))
        assert it.texts() == ["before"]


async def test_a_pressed_button_is_answered_once_and_in_time() -> None:
    time = Time()
    async with bench(clock=time) as it:
        it.server.push([pressed(VERA, "q1", "yes"), pressed(VERA, "q2", "no", inaccessible=3)])
        too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        assert await it.ask("answerCallbackQuery", callback_query_id="q1", text="ok") is True
        assert await it.ask("answerCallbackQuery", callback_query_id="q1") == too_old
        time.now += timedelta(minutes=16)
        assert await it.ask("answerCallbackQuery", callback_query_id="q2") == too_old


async def test_files_and_profile_photos() -> None:
    async with bench() as it, httpx.AsyncClient(base_url=it.server.url) as client:

        async def download(path: str, token: str = TOKEN) -> httpx.Response:
            return await client.get(f"/file/bot{token}/{path}")

        name = it.server.bot.files.add_photo(VERA.id, b"\xff\xd8 a face")
        found = await it.ask("getUserProfilePhotos", user_id=VERA.id, limit=1)
        assert (found["total_count"], found["photos"][0][-1]["file_id"]) == (1, name)
        assert await it.ask("getUserProfilePhotos", user_id=6) == {"total_count": 0, "photos": []}
        assert await it.ask("getUserProfilePhotos") == "Bad Request: invalid user_id specified"
        file = await it.ask("getFile", file_id=name)
        assert (await download(file["file_path"], "424242%3Astandin")).content == b"\xff\xd8 a face"
        assert (await download("photos/none.jpg")).json()["error_code"] == 404
        assert (await download(file["file_path"], "1:x")).status_code == 401
        assert [call.status for call in it.server.named("file")] == [200, 404]

        it.server.push(photo(VERA, 5, "look"))
        file = await it.ask("getFile", file_id="photo-5001-5-m")
        assert (await download(file["file_path"])).content == b"photo-5001-5-m"
        large = it.server.bot.files.add(b"", size=(20 << 20) + 1)
        it.server.bot.files.gone.add("photo-5001-5-s")
        assert [await it.ask("getFile", file_id=one) for one in (large, "photo-5001-5-s", "cake", "")] == [
            "Bad Request: file is too big",
            "Bad Request: wrong file_id or the file is temporarily unavailable",
            "Bad Request: invalid file_id",
            "Bad Request: file_id not specified",
        ]


async def test_webhook_info_tells_all() -> None:
    async with bench() as it:
        assert await it.ask("getWebhookInfo") == {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": 0,
        }
        assert await it.ask("setWebhook", url="http://app.example") == (
            "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
        )
        assert await it.ask("setWebhook", url="https://app.example/hook", allowed_updates=["message"]) is True
        it.server.says(VERA, "hello")
        it.server.bot.webhook_error = (datetime(2026, 11, 23, tzinfo=UTC), "Wrong response from the webhook: 500")
        assert await it.ask("getWebhookInfo") == {
            "url": "https://app.example/hook",
            "has_custom_certificate": False,
            "pending_update_count": 1,
            "last_error_date": 1795392000,
            "last_error_message": "Wrong response from the webhook: 500",
            "max_connections": 40,
            "ip_address": "<unknown>",
            "allowed_updates": ["message"],
        }
        assert await it.ask("deleteWebhook", drop_pending_updates=True) is True
        assert (await it.ask("getWebhookInfo"))["pending_update_count"] == 0
        assert [call.accepted for call in it.server.named("setWebhook")] == [False, True]


async def test_the_control_door_changes_chats_and_faults() -> None:
    async with bench() as it, httpx.AsyncClient(base_url=it.server.url) as client:
        await it.send("held")
        assert (await client.get("/standin/held", params={"chat": VERA.id})).json()[0]["text"] == "held"
        assert (await client.get("/standin/held", params={"chat": "x"})).json() == []
        await client.post("/standin/chats", json={str(VERA.id): "blocked", "6": "blocked"})
        assert (await client.post("/standin/chats", json={"6": None})).json() == {"chats": {str(VERA.id): "blocked"}}
        assert await it.ask("sendMessage", chat_id=VERA.id, text="x") == "Forbidden: bot was blocked by the user"
        fault = [{"action": "status", "code": 500, "body": '{"ok":false,"description":"restart"}'}]
        assert (await client.post("/standin/faults", json=fault)).json() == {"faults": 1}
        assert await it.ask("getMe") == "restart"
        assert (await client.post("/standin/faults", json=[{"colour": 1}])).status_code == 400
        assert (await client.post("/standin/cake", json=[])).status_code == 404


@pytest.mark.parametrize("odd", [5, [], {"message": 5}, {"message": {"chat": 5}}, {"my_chat_member": {"chat": {}}}])
async def test_an_odd_update_teaches_nothing(odd: Any) -> None:
    async with bench() as it:
        assert it.server.push(json.dumps(odd) if odd != [] else "[[]]") == [700_000_001]
        assert it.server.held(5) == []
