"""The gateway against the stand-in, and against servers that break in every way a network can."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.standin import Action, Fault, StandIn
from console.telegram import Deadlines, TelegramGateway, Token
from models.errors import TelegramProblem, Usage
from models.gateway import BotIdentity, Outcome, RefusedBy, Sent, Unknown, Unsent, WebhookInfo

TOKEN = Token("424242:standin")
QUICK = Deadlines(connect=1, write=1, read=0.3, pool=0.1, total=1)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def gateway(url: str, **options: Any) -> AsyncIterator[TelegramGateway]:
    door = TelegramGateway(TOKEN, url, **{"deadlines": QUICK} | options)
    try:
        yield door
    finally:
        await door.aclose()


@contextlib.asynccontextmanager
async def raw(handler: Handler) -> AsyncIterator[str]:
    """A server that does to a connection whatever `handler` does."""
    open_ones: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
    return head + await reader.readexactly(length)


def answering(body: bytes, status: str = "200 OK", headers: str = "") -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)
        await writer.drain()

    return handler


async def outcome_of(handler: Handler, **options: Any) -> Outcome:
    async with raw(handler) as url, gateway(url, **options) as door:
        return await door.send_message(7, "x")


async def arrival(server: StandIn) -> None:
    async with asyncio.timeout(10):
        while not server.messages:
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# With the stand-in


async def test_identity_and_webhook() -> None:
    async with StandIn(webhook="https://app.example/secret/path") as server, gateway(server.url) as door:
        bot = await door.get_me()
        assert bot.server_time is not None
        assert replace(bot, server_time=None) == BotIdentity(424242, "standin_bot", "Stand-in")
        assert abs((bot.server_time - datetime.now(UTC)).total_seconds()) < 60
        assert await door.get_webhook_info() == WebhookInfo("app.example", 0)
        server.bot.webhook = ""
        assert (await door.get_webhook_info()).host is None


async def test_sent_message_says_only_what_it_must() -> None:
    async with StandIn(first_message_id=5) as server, gateway(server.url) as door:
        assert await door.send_message(7, " *a* <b> ") == Sent(5, "*a* <b>")
        assert await door.send_message(8, "x", business_connection_id="c1") == Sent(5, "x")
        assert [call.parameters for call in server.messages] == [
            {"chat_id": "7", "text": " *a* <b> "},
            {"chat_id": "8", "text": "x", "business_connection_id": "c1"},
        ]


async def test_chat_action_never_raises() -> None:
    async with StandIn(chats={1: "blocked"}) as server, gateway(server.url) as door:
        await door.send_chat_action(7)
        await door.send_chat_action(1)
        assert server.calls[0].parameters == {"chat_id": "7", "action": "typing"}
    async with gateway(f"http://127.0.0.1:{free_port()}") as door:
        await door.send_chat_action(7)


async def test_refusals_are_certain() -> None:
    chats = {1: "blocked", -5: "migrated:-100500"}
    async with StandIn(chats=chats) as server, gateway(server.url) as door:
        assert await door.send_message(1, "x") == RefusedBy(403, "Forbidden: bot was blocked by the user")
        moved = await door.send_message(-5, "x")
        assert isinstance(moved, RefusedBy)
        assert moved.migrate_to_chat_id == -100500
        server.plan.add(Fault(Action.RETRY_AFTER, seconds=34))
        assert await door.send_message(7, "x") == RefusedBy(429, "Too Many Requests: retry after 34", retry_after=34)


async def test_revoked_token() -> None:
    async with StandIn(token="1:other") as server, gateway(server.url) as door:
        assert await door.send_message(7, "x") == RefusedBy(401, "Unauthorized")
        with pytest.raises(TelegramProblem, match="telegram-unauthorized"):
            await door.get_me()


async def test_text_that_is_not_unicode_is_refused_here() -> None:
    async with StandIn() as server, gateway(server.url) as door:
        assert await door.send_message(7, "\ud800") == RefusedBy(400, "Bad Request: strings must be encoded in UTF-8")
        assert server.calls == []
        assert server.connections == 0


@pytest.mark.parametrize(
    "action", [Action.DROP_BEFORE, Action.DROP_AFTER, Action.RESET, Action.HALF, Action.GARBAGE, Action.HTML502]
)
@pytest.mark.parametrize("after", [False, True])
async def test_lost_answers_are_unknown_whatever_happened(action: Action, after: bool) -> None:
    async with StandIn(faults=[Fault(action, after=after, times=1)]) as server, gateway(server.url) as door:
        if action in (Action.HALF, Action.DROP_AFTER):
            after = True
            server.plan.clear()
            server.plan.add(Fault(action, times=1))
        lost = await door.send_message(7, "x")
        assert isinstance(lost, Unknown)
        assert lost.reason
        assert len(server.messages) == after
        assert isinstance(await door.send_message(7, "y"), Sent)


async def test_stall_is_unknown() -> None:
    async with StandIn(faults=[Fault(Action.STALL, seconds=5, after=True)]) as server, gateway(server.url) as door:
        assert isinstance(await door.send_message(7, "x"), Unknown)
        assert len(server.messages) == 1


async def test_cancelled_send_is_cancelled_and_the_next_one_works() -> None:
    faults = [Fault(Action.STALL, seconds=5, after=True, times=1)]
    async with StandIn(faults=faults) as server, gateway(server.url, deadlines=Deadlines()) as door:
        sending = asyncio.create_task(door.send_message(7, "x"))
        await arrival(server)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert isinstance(await door.send_message(7, "y"), Sent)


async def test_full_pool_is_unsent_and_soon_made_anew() -> None:
    async with StandIn(faults=[Fault(Action.STALL, text="slow", seconds=60, after=True)]) as server:
        deadlines = Deadlines(pool=0.05, read=60, total=60)
        async with gateway(server.url, deadlines=deadlines, connections=1, full_pools=2) as door:
            slow = asyncio.create_task(door.send_message(7, "slow"))
            await arrival(server)
            assert await door.send_message(7, "a") == Unsent("PoolTimeout")
            assert await door.send_message(7, "b") == Unsent("PoolTimeout")
            assert isinstance(await door.send_message(7, "c"), Sent)
            assert not slow.done()
            slow.cancel()
            await asyncio.wait([slow])


async def test_idle_connection_is_not_used_again_after_the_server_closed_it() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering(b'{"ok":true,"result":{"message_id":1}}')(reader, writer)

    async with raw(once) as url, gateway(url) as door:
        for _ in range(3):
            assert await door.send_message(7, "x") == Sent(1)
            await asyncio.sleep(0.05)  # the end of the connection has to travel here


# Provably unsent


async def test_refused_connection_is_unsent() -> None:
    async with gateway(f"http://127.0.0.1:{free_port()}") as door:
        outcome = await door.send_message(7, "x")
        assert isinstance(outcome, Unsent)
        assert outcome.reason.startswith("ConnectError")
        with pytest.raises(TelegramProblem, match="telegram-unreachable"):
            await door.get_me()


async def test_unknown_host_is_unsent() -> None:
    async with gateway("http://nowhere.invalid") as door:
        assert isinstance(await door.send_message(7, "x"), Unsent)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_tls_stall_and_tls_to_a_plain_port_are_unsent() -> None:
    """httpcore leaves the socket of a handshake that fails to the garbage collector: hence the filter."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    for handler in (silent, answering(b"{}")):
        async with raw(handler) as url, gateway(url.replace("http:", "https:")) as door:
            assert isinstance(await door.send_message(7, "x"), Unsent)
    gc.collect()


async def test_proxy_that_refuses_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw(proxy) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        async with gateway("https://telegram.invalid") as door:
            assert isinstance(await door.send_message(7, "x"), Unsent)
    assert seen[0].startswith(b"CONNECT telegram.invalid:443")
    assert b"standin" not in seen[0]


async def test_plain_http_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with StandIn() as server, gateway(server.url) as door:
        assert isinstance(await door.send_message(7, "x"), Sent)


# Perhaps delivered


async def nothing_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def closed_unread(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def half_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    await writer.drain()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def dripping_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


OK_ONE = b'{"ok":true,"result":{"message_id":1}}'


@pytest.mark.parametrize("handler", [nothing_read, closed_unread, half_header, dripping, dripping_header])
async def test_silence_and_fragments_are_unknown(handler: Handler) -> None:
    assert isinstance(await outcome_of(handler), Unknown)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "200 OK"),
        (b"null", "200 OK"),
        (b"[]", "200 OK"),
        (b"{}", "200 OK"),
        (b'{"ok":"yes"}', "200 OK"),
        (b'{"ok":1,"result":{"message_id":1}}', "200 OK"),
        (b'{"ok":true}', "200 OK"),
        (b'{"ok":true,"result":[]}', "200 OK"),
        (b'{"ok":true,"result":{}}', "200 OK"),
        (b'{"ok":true,"result":{"message_id":true}}', "200 OK"),
        (b'{"ok":true,"result":{"message_id":"1"}}', "200 OK"),
        (b'{"ok":true,"result":{"message_id":1e400}}', "200 OK"),
        (b'{"ok":true,"result":{"message_id":9223372036854775808}}', "200 OK"),
        (b'{"ok":true,"result":{"message_id":' + b"9" * 5000 + b"}}", "200 OK"),
        (b'{"ok":true,"result":{"message_id":1}', "200 OK"),
        (b"[" * 100_000, "200 OK"),
        (b"\xff\xfe", "200 OK"),
        (OK_ONE, "502 Bad Gateway"),
        (OK_ONE, "302 Found"),
        (OK_ONE, "404 Not Found"),
        (b'{"ok":false}', "200 OK"),
        (b'{"ok":false,"error_code":"400","description":"x"}', "400 Bad Request"),
        (b'{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}', "500 Internal Server Error"),
        (b'{"ok":false,"error_code":502,"description":"Bad Gateway"}', "502 Bad Gateway"),
        (b'{"ok":false,"error_code":400,"description":"Bad Request: x"}', "504 Gateway Timeout"),
        (b"<html><h1>429 Too Many Requests</h1></html>", "429 Too Many Requests"),
        (b"\x1f\x8b\x08 not really", "200 OK"),
        (b" " * (1 << 20) + OK_ONE, "200 OK"),
    ],
)
async def test_answers_that_settle_nothing_are_unknown(body: bytes, status: str) -> None:
    assert isinstance(await outcome_of(answering(body, status)), Unknown)


async def test_redirect_is_not_followed() -> None:
    async with StandIn() as server:
        location = f"Location: {server.url}/bot424242:standin/sendMessage\r\n"
        assert isinstance(await outcome_of(answering(b"", "302 Found", location)), Unknown)
        assert server.calls == []


# Odd but settled


@pytest.mark.parametrize(
    ("body", "status", "headers", "outcome"),
    [
        (b'{"ok":true,"result":{"message_id":0}}', "200 OK", "", Sent(None)),
        (b'{"ok":true,"result":{"message_id":4503599627370496,"text":5}}', "200 OK", "", Sent(1 << 52)),
        (b'{"ok":false,"error_code":400}', "400 Bad Request", "", RefusedBy(400, "HTTP 400")),
        (b'{"ok":false,"description":"Forbidden: x"}', "403 Forbidden", "", RefusedBy(403, "Forbidden: x")),
        (b'{"ok":false,"error_code":429,"description":"d"}', "429 Slow", "Retry-After: 9\r\n", RefusedBy(429, "d", 9)),
        (b'{"ok":false,"error_code":429,"description":"d"}', "429 Slow", "Retry-After: soon\r\n", RefusedBy(429, "d")),
        (
            b'{"ok":false,"error_code":429,"description":"d","parameters":{"retry_after":86400}}',
            "429 Slow",
            "Retry-After: 9\r\n",
            RefusedBy(429, "d", 86400),
        ),
        (b'{"ok":false,"error_code":429,"description":"d","parameters":[]}', "429 Slow", "", RefusedBy(429, "d")),
        (
            b'{"ok":false,"error_code":429,"description":"d","parameters":{"retry_after":-1}}',
            "429 S",
            "",
            RefusedBy(429, "d"),
        ),
    ],
)
async def test_settled(body: bytes, status: str, headers: str, outcome: Outcome) -> None:
    assert await outcome_of(answering(body, status, headers)) == outcome


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"{}", "200 OK", "telegram-garbled"),
        (b'{"ok":true,"result":true}', "200 OK", "telegram-garbled"),
        (b"<h1>502</h1>", "502 Bad Gateway", "telegram-unreachable"),
        (b'{"ok":false,"error_code":429,"description":"d"}', "429 Slow", "telegram-refused"),
        (b'{"ok":false,"error_code":404,"description":"Not Found"}', "404 Not Found", "telegram-unauthorized"),
    ],
)
async def test_reading_calls_say_what_is_wrong(body: bytes, status: str, problem: str) -> None:
    async with raw(answering(body, status)) as url, gateway(url) as door:
        with pytest.raises(TelegramProblem, match=problem):
            await door.get_me()
        with pytest.raises(TelegramProblem, match=problem):
            await door.get_webhook_info()


async def test_request_on_the_wire() -> None:
    requests: list[bytes] = []

    async def keeping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(OK_ONE) + OK_ONE)

    async with raw(keeping) as url, gateway(f"{url}/prefix/") as door:
        await door.send_message(7, "ёж\n😀")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /prefix/bot424242:standin/sendMessage HTTP/1.1\r\n")
    assert b"Host: 127.0.0.1" in head
    assert head.lower().count(b"host:") == 1
    assert b"gzip" not in head
    assert json.loads(body) == {"chat_id": 7, "text": "ёж\n😀"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.telegram.org",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://x:y",
        "http://[::1",
        "https://u:p@x",
        "http://x?y",
        "http://x/#y",
        "https://api.telegram.org/bot123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "http://пример.рф",
        "http://x\n",
        "http://a b",
    ],
)
def test_bad_addresses(url: str) -> None:
    with pytest.raises(Usage, match="bad-url") as caught:
        TelegramGateway(TOKEN, url)
    assert "AAAA" not in str(caught.value)


def test_import_is_cheap() -> None:
    heavy = {"httpx", "httpcore", "h11", "sqlalchemy", "textual"}
    check = f"import sys, console.telegram; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert run.stdout.strip() == "[]", run.stderr
