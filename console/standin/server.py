"""The stand-in's HTTP side: asyncio and h11, keep-alive, loopback only, faults on demand."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

import h11

from console.standin.bot import Bot
from console.standin.control import PREFIX, control
from console.standin.faults import Action, Fault, FaultPlan
from console.standin.limits import Flood, Limits
from console.standin.queue import Timings, UpdateQueue, elements
from console.standin.refusal import Refusal
from console.standin.updates import Person, message
from console.standin.wire import Answer, failure, parameters_of, receive, send, success, to_json
from models.rules.clock import Clock, iso_z, utc_now

LOOPBACK = "127.0.0.1"
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


class StandIn:
    """`async with StandIn() as server:` serves at `server.url` until the block ends.

    `calls` lists every call in order of arrival; `log` is a file that gets each as a line of JSON, for other processes.
    `limits` are enforced with 429 answers (None: none are); `flood.pause` makes Telegram ask for a rest.
    `business` names the business connections that exist (None: any). `push` is how updates come in; `timings`,
    `first_update_id` and `by_date` are the queue's.
    """

    def __init__(
        self,
        token: str = "424242:standin",
        *,
        port: int = 0,
        faults: Iterable[Fault] | FaultPlan = (),
        limits: Limits | None = None,
        chats: Mapping[int, str] | None = None,
        business: Iterable[str] | None = None,
        webhook: str = "",
        first_message_id: int = 1,
        first_update_id: int = 700_000_001,
        by_date: bool = False,
        timings: Timings | None = None,
        log: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.queue = UpdateQueue(first_id=first_update_id, by_date=by_date, timings=timings, clock=clock)
        self.bot = Bot(
            token,
            self.queue,
            chats=dict(chats or {}),
            business=None if business is None else frozenset(business),
            webhook=webhook,
            next_message_id=first_message_id,
            clock=clock,
        )
        self.plan = faults if isinstance(faults, FaultPlan) else FaultPlan(faults)
        self.flood = Flood(limits)
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

    def push(self, updates: str | dict[str, Any] | Iterable[str | dict[str, Any]]) -> list[int | None]:
        """Queues updates: one or many, as dicts or as JSON text, which goes out byte for byte (what is not ASCII as
        \\u escapes). Returns each one's update_id; None: not queued, since its kind is not among the allowed updates
        or the queue is full. One without update_id gets the next. Raises ValueError for what is not JSON.
        """
        return self.push_parsed(elements(updates))

    def push_parsed(self, updates: Iterable[tuple[str, Any]]) -> list[int | None]:
        """`push` for updates as text and as what it parses to."""
        ids = []
        for text, value in updates:
            self.bot.learn(value)
            if '"file_id"' in text:
                self.bot.files.learn(value)
            ids.append(self.queue.push(text, value))
        return ids

    def says(self, person: Person, text: str, **more: Any) -> int:
        """The person writes to the bot; the message's id. `more`: its other fields."""
        number = self.bot.messages.take_id(person.id)
        self.push(message(person, number, text, at=self._clock(), **more))
        return number

    def held(self, chat_id: int, business_connection_id: str | None = None) -> list[dict[str, Any]]:
        """What a chat holds now, after edits and deletions, as Messages of the Bot API in order of their ids."""
        return self.bot.messages.held(chat_id, business_connection_id)

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
            request, body = await receive(connection, reader)
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
        if target.path.startswith(PREFIX):
            return await send(connection, writer, control(self, request, body))
        path = unquote(target.path)
        if path.startswith("/file/bot"):
            return await send(connection, writer, self._file(path.removeprefix("/file")))
        method = self._method(path)
        if isinstance(method, Refusal):
            return await send(connection, writer, failure(method))
        parameters = None if body is None else parameters_of(request, target.query, body)
        if parameters is None:
            return await send(connection, writer, failure(Refusal(413, "Request Entity Too Large")))
        fault = self.plan.pick(method, parameters)
        if fault is None:
            return await send(connection, writer, await self._accept(method, parameters))
        return await self._fail(fault, connection, reader, writer, method, parameters)

    def _method(self, path: str) -> str | Refusal:
        if not path.startswith("/bot") or path.count("/") < 2:
            return Refusal(404, "Not Found")
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self.bot.token:
            return Refusal(401, "Unauthorized")
        return method.removeprefix("test/")

    def _file(self, path: str) -> Answer:
        """The bytes of a file; on record as a call of `file`."""
        name = self._method(path)
        content = None if isinstance(name, Refusal) else self.bot.files.content(name)
        if isinstance(name, str):
            call = Call(iso_z(self._clock()) or "", "file", {"file_path": name}, content is not None, 200)
            self._record(call if content is not None else replace(call, status=404), len(self.calls))
        if content is None:
            return failure(name if isinstance(name, Refusal) else Refusal(404, "Not Found"))
        return Answer(200, content, "application/octet-stream")

    async def _accept(self, method: str, parameters: dict[str, str], fault: Fault | None = None) -> Answer:
        """Does what is asked and records it, also when the answer will be lost. A poll is on record while it hangs."""
        name = None if fault is None else fault.action.value
        call = Call(iso_z(self._clock()) or "", method, parameters, True, 0, fault=name)
        place = len(self.calls)
        if method.lower() == "getupdates":
            self.calls.append(call)
        try:
            self.flood.check(method, parameters.get("chat_id"))
            result = await self.bot.call(method, parameters)
        except Refusal as refusal:
            self._record(replace(call, accepted=False, status=refusal.code), place)
            return failure(refusal)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        self._record(replace(call, status=200 if fault is None else 0, message_id=message_id), place)
        return success(result)

    def _record(self, call: Call, place: int) -> None:
        self.calls[place : place + 1 if call.method.lower() == "getupdates" else place] = [call]
        if self._log is not None:
            with self._log.open("ab") as log:
                log.write(to_json(asdict(call)) + b"\n")

    def _lose(self, fault: Fault, method: str, parameters: dict[str, str], status: int) -> None:
        """Records a call that the bot never saw."""
        call = Call(iso_z(self._clock()) or "", method, parameters, False, status, fault=fault.action.value)
        self._record(call, len(self.calls))

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
                return await send(connection, writer, await self._accept(method, parameters))
            self._lose(fault, method, parameters, 0)
            return False
        answer = _planned(fault)
        if fault.accepts:
            accepted = await self._accept(method, parameters, fault)
            answer = accepted if answer is None else answer
        else:
            self._lose(fault, method, parameters, 0 if answer is None else answer.status)
        match fault.action:
            case Action.STALL:
                await asyncio.sleep(fault.seconds)
                return not reader.at_eof() and answer is not None and await send(connection, writer, answer)
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
                return await send(connection, writer, answer)
        return False


def _planned(fault: Fault) -> Answer | None:
    """The answer a fault puts in place of the bot's own."""
    if fault.action is Action.HTML502:
        return Answer(502, _HTML.encode(), "text/html")
    if fault.action is Action.STATUS:
        kind = "application/json" if fault.body.startswith("{") else "text/plain; charset=utf-8"
        return Answer(fault.code, fault.body.encode("utf-8", "surrogatepass"), kind)
    if fault.action is Action.RETRY_AFTER:
        wait = int(fault.seconds)
        return failure(Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait))
    return None
