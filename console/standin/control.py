"""The control door: how other processes push updates and look at the state. Never part of the Bot API's paths.

POST /standin/updates   an array of updates in JSON: {"ids": [700000001, null]} (null: not queued)
GET  /standin/state     what is queued, polled, called and held
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import h11

from console.standin.faults import parse
from console.standin.queue import elements
from console.standin.wire import Answer, content_type, to_json

if TYPE_CHECKING:
    from console.standin.server import StandIn

PREFIX = "/standin/"


def control(server: StandIn, request: h11.Request, body: bytes | None) -> Answer:
    target = urlsplit(request.target.decode("latin-1"))
    what = (request.method, target.path.removeprefix(PREFIX))
    if what[0] == b"POST":
        # A page in a browser can't send this type to another origin without asking first.
        if not content_type(request).startswith("application/json"):
            return _wrong(415, "application/json is expected")
        try:
            return _change(server, what[1], (body or b"").decode("utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _wrong(400, f"not understood: {error!r}")
    if what == (b"GET", "state"):
        return Answer(200, to_json(state(server)))
    if what == (b"GET", "held"):
        asked = dict(parse_qsl(target.query))
        chat = asked.get("chat", "")
        number = int(chat) if chat.removeprefix("-").isdecimal() else 0
        return Answer(200, to_json(server.held(number, asked.get("connection"))))
    return _wrong(404, "no such control")


def _change(server: StandIn, what: str, text: str) -> Answer:
    match what:
        case "updates":
            return Answer(200, to_json({"ids": server.push_parsed(elements(text))}))
        case "chats":
            for chat, state in json.loads(text).items():
                if state is None:
                    server.bot.chats.pop(int(chat), None)
                else:
                    server.bot.chats[int(chat)] = str(state)
            return Answer(200, to_json({"chats": {str(chat): state for chat, state in server.bot.chats.items()}}))
        case "faults":
            server.plan = parse(text).plan
            return Answer(200, to_json({"faults": len(server.plan.faults)}))
        case _:
            return _wrong(404, "no such control")


def state(server: StandIn) -> dict[str, Any]:
    """Figures for a test in another process; `calls` counts by method in lower case."""
    calls: dict[str, int] = {}
    for call in server.calls:
        calls[call.method.lower()] = calls.get(call.method.lower(), 0) + 1
    queue = server.queue
    return {
        "pending": queue.pending_count,
        "next_update_id": queue.next_id,
        "dropped": queue.dropped,
        "polled": queue.is_polled,
        "allowed_updates": sorted(queue.allowed),
        "webhook": server.bot.webhook,
        "calls": calls,
        "faults_by_chance": server.plan.drawn,
        "connections": server.connections,
    }


def _wrong(status: int, why: str) -> Answer:
    return Answer(status, to_json({"error": why}))
