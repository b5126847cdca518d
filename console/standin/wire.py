"""HTTP for the stand-in: requests in, answers out, over h11."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

import h11

from console.standin.refusal import Refusal

BODY_LIMIT = 1 << 20
#: What the control door takes at once: a test pushes many updates.
CONTROL_LIMIT = 256 << 20


class Json(str):
    """A result that is JSON already."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    type: str = "application/json"
    retry_after: int | None = None


def success(result: Any) -> Answer:
    if isinstance(result, Json):
        return Answer(200, b'{"ok":true,"result":' + result.encode("ascii") + b"}")
    return Answer(200, to_json({"ok": True, "result": result}))


def failure(refusal: Refusal) -> Answer:
    answer: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return Answer(refusal.code, to_json(answer), retry_after=refusal.parameters.get("retry_after"))


def to_json(value: object) -> bytes:
    """ASCII with \\u escapes, as the real server writes it; lone surrogates survive in the log."""
    return json.dumps(value).encode("ascii")


async def receive(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes | None]:
    """The next request and its body; no request at the end of the connection, no body when it is too large."""
    request: h11.Request | None = None
    limit = BODY_LIMIT
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            request = event
            limit = CONTROL_LIMIT if event.target.startswith(b"/standin/") else BODY_LIMIT
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > limit:
                return request, None
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:  # ConnectionClosed, PAUSED
            return None, None


def content_type(request: h11.Request) -> str:
    return next((value.decode("latin-1") for name, value in request.headers if name == b"content-type"), "")


def parameters_of(request: h11.Request, query: str, body: bytes) -> dict[str, str] | None:
    """Every parameter as text, as the real server sees it: a JSON null is the word `null`. None: not understood."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type(request)
    if kind.startswith("application/json") and body:
        with contextlib.suppress(ValueError, RecursionError):
            given = json.loads(body)
            if isinstance(given, dict):
                return found | {
                    name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()
                }
        return None
    if kind.startswith("multipart/form-data"):
        return found | _parts(kind, body)
    return found | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _parts(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a form in parts; files in it are not kept."""
    from email.message import Message
    from email.parser import BytesParser

    parsed: Message = BytesParser().parsebytes(b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + body)
    found: dict[str, str] = {}
    parts = parsed.get_payload() if parsed.is_multipart() else []
    for part in parts if isinstance(parts, list) else []:
        name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
        if isinstance(part, Message) and isinstance(name, str) and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            found[name] = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return found


async def send(connection: h11.Connection, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    headers = [("Content-Type", answer.type), ("Content-Length", str(len(answer.body))), ("Server", "standin")]
    headers.append(("Date", formatdate(usegmt=True)))
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
