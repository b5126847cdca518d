"""One request to the Bot API and what its answer says for certain. No token, no network here.

Source: the Bot API's envelope (`ok`, `result`, `error_code`, `description`, `parameters`); gateways in front of it
answer 5xx in HTML or in the same envelope, and neither says whether the request was carried out.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

from models.gateway import RefusedBy

if TYPE_CHECKING:
    import httpx

#: Largest answer that is read unless told otherwise, in bytes; the real ones are a few kilobytes.
BODY_LIMIT = 1 << 20


@dataclass(slots=True)
class Flight:
    """What is known of one request: `departed` once its first byte may have left, then what came back."""

    departed: bool = False
    trouble: str = ""
    unspeakable: bool = False
    status: int = 0
    retry_after: int | None = None
    server_time: datetime | None = None
    answer: dict[str, Any] | None = field(default=None, repr=False)
    escaped: BaseException | None = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.departed = True

    def reason(self) -> str:
        """Why there is no usable answer."""
        return ", ".join(filter(None, (f"HTTP {self.status}" if self.status else "", self.trouble)))

    def result(self) -> Any:
        """The result of a well-formed success, else None."""
        if self.answer is not None and self.answer.get("ok") is True and 200 <= self.status < 300:
            return self.answer.get("result")
        return None

    def refusal(self) -> RefusedBy | None:
        """A well-formed `ok: false` that says for certain that nothing was done; 5xx never does."""
        if self.answer is None or self.answer.get("ok") is not False or self.status >= 500:
            return None
        code = self.answer.get("error_code", self.status)
        if type(code) is not int or not 400 <= code < 500:
            return None
        parameters = self.answer.get("parameters")
        parameters = parameters if isinstance(parameters, dict) else {}
        wait = parameters.get("retry_after")
        moved = parameters.get("migrate_to_chat_id")
        return RefusedBy(
            code,
            text_or_none(self.answer.get("description")) or f"HTTP {self.status}",
            retry_after=wait if is_id(wait) and wait >= 0 else self.retry_after,
            migrate_to_chat_id=moved if is_id(moved) else None,
        )


async def read_body(response: httpx.Response, limit: int = BODY_LIMIT) -> bytes:
    """At most `limit` bytes as they came; nothing of a larger answer."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            return b""
    return bytes(body)


def parse(body: bytes) -> dict[str, Any] | None:
    """The envelope of the Bot API, or None for anything else."""
    try:
        answer = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def is_id(value: Any) -> TypeGuard[int]:
    return type(value) is int and -(1 << 63) <= value < 1 << 63


def text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def seconds(header: str | None) -> int | None:
    return int(header) if header is not None and re.fullmatch("[0-9]{1,9}", header.strip()) else None


def http_date(header: str | None) -> datetime | None:
    """The moment in a `Date` header, to the second."""
    if header is None:
        return None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(header)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None


def host_of(url: str) -> str | None:
    """The host of a webhook; its path may be a secret."""
    if not url:
        return None
    with contextlib.suppress(ValueError):
        return urlsplit(url).hostname or "?"
    return "?"
