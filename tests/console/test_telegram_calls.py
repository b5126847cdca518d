"""Polling, editing, deleting and answering buttons: what each answer of the server means."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from models.errors import TelegramProblem
from models.gateway import Batch, Outcome, RefusedBy, Sent, Unknown, Unsent
from tests.console.test_telegram import Handler, answering, free_port, gateway, raw, read_request


def ok(result: Any) -> Handler:
    return answering(json.dumps({"ok": True, "result": result}).encode())


def refused(code: int, description: str, **parameters: int) -> Handler:
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return answering(json.dumps(body).encode(), status=f"{code} no")


def keeping(asked: list[tuple[bytes, Any]], handler: Handler) -> Handler:
    """`handler`, with the request's path and parameters noted."""

    async def keeper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        head, _, body = request.partition(b"\r\n\r\n")
        asked.append((head.split()[1].rpartition(b"/")[2], json.loads(body)))
        again = asyncio.StreamReader()
        again.feed_data(request)
        await handler(again, writer)

    return keeper


async def polled(handler: Handler, **options: Any) -> Batch | RefusedBy | Unsent | Unknown:
    async with raw(handler) as url, gateway(url) as door:
        return await door.get_updates(offset=5, limit=100, timeout=1, allowed_updates=["message"], **options)


async def edited(handler: Handler) -> Outcome:
    async with raw(handler) as url, gateway(url) as door:
        return await door.edit_message_text(7, 9, "x")


async def deleted(handler: Handler, connection: str | None = None) -> Outcome:
    async with raw(handler) as url, gateway(url) as door:
        return await door.delete_message(7, 9, business_connection_id=connection)


async def test_a_batch_is_untouched() -> None:
    asked: list[tuple[bytes, Any]] = []
    strange: list[Any] = [{"update_id": 5, "message": {"text": "\ud800\x00"}}, 7, None, "x", []]
    assert await polled(keeping(asked, ok(strange))) == Batch(tuple(strange))
    assert asked == [(b"getUpdates", {"limit": 100, "timeout": 1, "allowed_updates": ["message"], "offset": 5})]


async def test_a_first_poll_names_no_offset() -> None:
    asked: list[tuple[bytes, Any]] = []
    async with raw(keeping(asked, ok([]))) as url, gateway(url) as door:
        assert await door.get_updates(offset=None, limit=1, timeout=0, allowed_updates=[]) == Batch(())
    assert asked == [(b"getUpdates", {"limit": 1, "timeout": 0, "allowed_updates": []})]


async def test_a_poll_that_is_refused_or_garbled_says_so() -> None:
    assert await polled(refused(409, "Conflict: x")) == RefusedBy(409, "Conflict: x")
    assert await polled(refused(429, "Too Many Requests", retry_after=3)) == RefusedBy(429, "Too Many Requests", 3)
    assert isinstance(await polled(ok({"not": "a list"})), Unknown)
    assert isinstance(await polled(answering(b"<html>", status="502 Bad Gateway")), Unknown)
    async with gateway(f"http://127.0.0.1:{free_port()}") as door:
        assert isinstance(await door.get_updates(offset=None, limit=1, timeout=0, allowed_updates=[]), Unsent)


async def test_a_batch_may_be_larger_than_any_other_answer() -> None:
    batch = await polled(ok([{"update_id": number, "text": "x" * 50_000} for number in range(60)]))
    assert isinstance(batch, Batch)
    assert len(batch.updates) == 60


async def test_a_hanging_poll_outlasts_the_read_deadline_and_takes_no_place_of_a_reply() -> None:
    polling = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/getUpdates " in await read_request(reader):
            polling.set()
            await asyncio.sleep(0.5)  # longer than the read deadline of these tests
            body = b'{"ok":true,"result":[]}'
        else:
            body = b'{"ok":true,"result":{"message_id":3}}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with raw(handler) as url, gateway(url, connections=1) as door:
        poll = asyncio.create_task(door.get_updates(offset=None, limit=1, timeout=1, allowed_updates=[]))
        await polling.wait()
        assert await door.send_message(7, "x") == Sent(3)
        assert await poll == Batch(())


async def test_an_edit_says_what_became_of_it() -> None:
    assert await edited(ok({"message_id": 9, "text": "y"})) == Sent(9, "y")
    same = "Bad Request: message is not modified: specified new message content is exactly the same"
    assert await edited(refused(400, same)) == Sent(9)
    gone = "Bad Request: message to edit not found"
    assert await edited(refused(400, gone)) == RefusedBy(400, gone)
    assert isinstance(await edited(ok(True)), Unknown)
    async with gateway(f"http://127.0.0.1:{free_port()}") as door:
        assert isinstance(await door.edit_message_text(7, 9, "x"), Unsent)
        assert isinstance(await door.edit_message_text(7, 9, "\ud800"), RefusedBy)
        assert isinstance(await door.delete_message(7, 9), Unsent)


async def test_an_edit_in_a_business_chat_names_its_connection() -> None:
    asked: list[tuple[bytes, Any]] = []
    async with raw(keeping(asked, ok({"message_id": 9}))) as url, gateway(url) as door:
        await door.edit_message_text(7, 9, "x", business_connection_id="c1")
    assert asked == [(b"editMessageText", {"chat_id": 7, "business_connection_id": "c1", "message_id": 9, "text": "x"})]


async def test_a_deletion_says_what_became_of_it() -> None:
    assert await deleted(ok(True)) == Sent(None)
    assert await deleted(refused(400, "Bad Request: message to delete not found")) == Sent(None)
    old = "Bad Request: message can't be deleted for everyone"
    assert await deleted(refused(400, old)) == RefusedBy(400, old)
    assert isinstance(await deleted(ok([])), Unknown)


async def test_a_deletion_in_a_business_chat_is_another_method() -> None:
    asked: list[tuple[bytes, Any]] = []
    assert await deleted(keeping(asked, ok(True)), "c1") == Sent(None)
    assert asked == [(b"deleteBusinessMessages", {"business_connection_id": "c1", "message_ids": [9]})]


async def test_answering_a_button() -> None:
    asked: list[tuple[bytes, Any]] = []
    async with raw(keeping(asked, ok(True))) as url, gateway(url) as door:
        await door.answer_callback_query("77")
    assert asked == [(b"answerCallbackQuery", {"callback_query_id": "77"})]
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    async with raw(refused(400, late)) as url, gateway(url) as door:
        await door.answer_callback_query("77")
    async with raw(refused(400, "Bad Request: other")) as url, gateway(url) as door:
        with pytest.raises(TelegramProblem, match="telegram-refused"):
            await door.answer_callback_query("77")


async def test_the_webhook_tells_its_last_error_and_what_it_asked_for() -> None:
    told = {
        "url": "https://app.example/x",
        "pending_update_count": 3,
        "last_error_date": 1_795_000_000,
        "last_error_message": "Wrong response from the webhook: 500",
        "allowed_updates": ["message", 7, "my_chat_member"],
    }
    async with raw(ok(told)) as url, gateway(url) as door:
        info = await door.get_webhook_info()
    assert (info.host, info.pending_update_count) == ("app.example", 3)
    assert info.last_error_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert info.allowed_updates == ("message", "my_chat_member")
    async with raw(ok(told | {"last_error_date": 1 << 60, "allowed_updates": None})) as url, gateway(url) as door:
        info = await door.get_webhook_info()
    assert (info.last_error_at, info.allowed_updates) == (None, ())
