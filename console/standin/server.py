"""The stand-in's HTTP side: asyncio and h11, keep-alive, loopback only, faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from console.standin.bot import Bot, Refusal
from console.standin.faults import Action, Fault, FaultPlan
from models.rules.clock import Clock, iso_z, utc_now

LOOPBACK = "127.0.0.1"
BODY_LIMIT = 1 << 20
_HTML = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as the log tells it. `accepted`: the bot did what was asked; `status` 0: no answer was sent."""

    time: str
    method: str
    parameters: dict[str, str]
    accepted: bool
    status: int
    message_id: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    type: str = "application/json"
    retry_after: int | None = None


class StandIn:
    """`async with StandIn() as server:` serves at `server.url` until the block ends.

    `calls` lists every call in order of arrival; `log` is a file that gets each as a line of JSON, for other processes.
    """

    def __init__(
        self,
        token: str = "424242:standin",
        *,
        port: int = 0,
        faults: Iterable[Fault] = (),
        chats: Mapping[int, str] | None = None,
        business: Iterable[str] | None = None,
        webhook: str = "",
        first_message_id: int = 1,
        log: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.bot = Bot(
            token,
            chats=dict(chats or {}),
            business=None if business is None else frozenset(business),
            webhook=webhook,
            next_message_id=first_message_id,
            clock=clock,
        )
        self.plan = FaultPlan(faults)
        self.calls: list[Call] = []
        self.connections = 0
        self._port = port
        self._log = log
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> StandIn:
        if self._log is not None:
            os.close(os.open(self._log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self._port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        """What goes into the API address setting."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def messages(self) -> list[Call]:
        """The messages that people got, in order."""
        return [call for call in self.calls if call.accepted and call.method.lower() == "sendmessage"]

    def named(self, method: str) -> list[Call]:
        """Every call of one method, accepted or not."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = asyncio.current_task()
        assert handler is not None
        self._handlers.add(handler)
        self.connections += 1
        try:
            if writer.get_extra_info("peername")[0] == LOOPBACK:
                await self._serve(reader, writer)
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the client went away or talks nonsense, or the stand-in ends
        finally:
            self._handlers.discard(handler)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request, body = await _receive(connection, reader)
            if request is None:
                return
            if not await self._respond(connection, reader, writer, request, body):
                return
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _respond(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: h11.Request,
        body: bytes | None,
    ) -> bool:
        """Answers one request, or fails it as planned. False: the connection is over."""
        target = urlsplit(request.target.decode("latin-1"))
        method = self._method(unquote(target.path))
        if isinstance(method, Refusal):
            return await _send(connection, writer, _failure(method))
        parameters = None if body is None else _parameters(request, target.query, body)
        if parameters is None:
            return await _send(connection, writer, _failure(Refusal(413, "Request Entity Too Large")))
        fault = self.plan.pick(method, parameters)
        if fault is None:
            return await _send(connection, writer, self._accept(method, parameters))
        return await self._fail(fault, connection, reader, writer, method, parameters)

    def _method(self, path: str) -> str | Refusal:
        if not path.startswith("/bot") or path.count("/") < 2:
            return Refusal(404, "Not Found")
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self.bot.token:
            return Refusal(401, "Unauthorized")
        return method.removeprefix("test/")

    def _accept(self, method: str, parameters: dict[str, str], fault: Fault | None = None) -> _Answer:
        """Does what is asked and records it, also when the answer will be lost."""
        name = None if fault is None else fault.action.value
        try:
            result = self.bot.call(method, parameters)
        except Refusal as refusal:
            self._record(method, parameters, False, refusal.code, fault=name)
            return _failure(refusal)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        self._record(method, parameters, True, 200 if fault is None else 0, message_id, name)
        return _Answer(200, _json({"ok": True, "result": result}))

    def _record(
        self,
        method: str,
        parameters: dict[str, str],
        accepted: bool,
        status: int,
        message_id: int | None = None,
        fault: str | None = None,
    ) -> None:
        call = Call(iso_z(self._clock()) or "", method, parameters, accepted, status, message_id, fault)
        self.calls.append(call)
        if self._log is not None:
            with self._log.open("ab") as log:
                log.write(_json(asdict(call)) + b"\n")

    async def _fail(
        self,
        fault: Fault,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        method: str,
        parameters: dict[str, str],
    ) -> bool:
        if fault.action is Action.STALL and not fault.accepts:
            await asyncio.sleep(fault.seconds)
            if not reader.at_eof():
                return await _send(connection, writer, self._accept(method, parameters))
            self._record(method, parameters, False, 0, fault=fault.action.value)
            return False
        answer = _planned(fault)
        if fault.accepts:
            accepted = self._accept(method, parameters, fault)
            answer = accepted if answer is None else answer
        else:
            self._record(method, parameters, False, 0 if answer is None else answer.status, fault=fault.action.value)
        match fault.action:
            case Action.STALL:
                await asyncio.sleep(fault.seconds)
                return not reader.at_eof() and answer is not None and await _send(connection, writer, answer)
            case Action.RESET:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
            case Action.HALF:
                assert answer is not None
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n\r\n"
                )
                writer.write(head.encode() + answer.body[: len(answer.body) // 2])
                await writer.drain()
            case Action.GARBAGE:
                writer.write(b"\x00\xff\x16\x03 this is not HTTP\r\n\r\n")
                await writer.drain()
            case Action.HTML502 | Action.STATUS | Action.RETRY_AFTER:
                assert answer is not None
                return await _send(connection, writer, answer)
        return False


def _planned(fault: Fault) -> _Answer | None:
    """The answer a fault puts in place of the bot's own."""
    if fault.action is Action.HTML502:
        return _Answer(502, _HTML.encode(), "text/html")
    if fault.action is Action.STATUS:
        kind = "application/json" if fault.body.startswith("{") else "text/plain; charset=utf-8"
        return _Answer(fault.code, fault.body.encode("utf-8", "surrogatepass"), kind)
    if fault.action is Action.RETRY_AFTER:
        wait = int(fault.seconds)
        return _failure(Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait))
    return None


def _failure(refusal: Refusal) -> _Answer:
    answer: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return _Answer(refusal.code, _json(answer), retry_after=refusal.parameters.get("retry_after"))


def _json(value: object) -> bytes:
    """ASCII with \\u escapes, as the real server writes it; lone surrogates survive in the log."""
    return json.dumps(value).encode("ascii")


async def _receive(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes | None]:
    """The next request and its body; no request at the end of the connection, no body when it is too large."""
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_LIMIT:
                return request, None
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:  # ConnectionClosed, PAUSED
            return None, None


def _parameters(request: h11.Request, query: str, body: bytes) -> dict[str, str] | None:
    """Every parameter as text, as the real server sees it: a JSON null is the word `null`. None: not understood."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    kind = next((value.decode("latin-1") for name, value in request.headers if name == b"content-type"), "")
    if kind.startswith("application/json") and body:
        with contextlib.suppress(ValueError, RecursionError):
            given = json.loads(body)
            if isinstance(given, dict):
                return found | {
                    name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()
                }
        return None
    return found | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, answer: _Answer) -> bool:
    headers = [("Content-Type", answer.type), ("Content-Length", str(len(answer.body))), ("Server", "standin")]
    if answer.retry_after is not None:
        headers.append(("Retry-After", str(answer.retry_after)))
    for event in (
        h11.Response(status_code=answer.status, headers=headers),
        h11.Data(data=answer.body),
        h11.EndOfMessage(),
    ):
        writer.write(connection.send(event) or b"")
    await writer.drain()
    return True
