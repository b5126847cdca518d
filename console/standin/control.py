"""The control door: how other processes push updates and look at the state. Never part of the Bot API's paths.

POST /standin/updates   an array of updates in JSON: {"ids": [700000001, null]} (null: not queued)
GET  /standin/state     what is queued, polled, called and held
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11

from console.standin.queue import elements
from console.standin.wire import Answer, content_type, to_json

if TYPE_CHECKING:
    from console.standin.server import StandIn

PREFIX = "/standin/"


def control(server: StandIn, request: h11.Request, path: str, body: bytes | None) -> Answer:
    match request.method, path.removeprefix(PREFIX):
        case b"POST", "updates" if body is not None:
            # A page in a browser can't send this type to another origin without asking first.
            if not content_type(request).startswith("application/json"):
                return _wrong(415, "application/json is expected")
            try:
                given = elements(body.decode("utf-8"))
            except ValueError as error:
                return _wrong(400, f"no array of updates: {error}")
            return Answer(200, to_json({"ids": server.push_parsed(given)}))
        case b"GET", "state":
            return Answer(200, to_json(state(server)))
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
        "connections": server.connections,
    }


def _wrong(status: int, why: str) -> Answer:
    return Answer(status, to_json({"error": why}))
