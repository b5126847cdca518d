"""The door to the Bot API, and the only file that knows the token (`console/wire.py` splices it in)."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from console.envelope import Flight, host_of, is_id, text_or_none
from console.wire import Deadlines, Wire, base_of
from models.errors import TelegramProblem, Usage
from models.gateway import Batch, BotIdentity, Gateway, Outcome, RefusedBy, Sent, Unknown, Unsent, WebhookInfo
from models.rules.text import redact

__all__ = ["API_URL", "Deadlines", "TelegramGateway", "Token"]

API_URL = "https://api.telegram.org"
MASK = "‹token›"
#: Bytes of an answer to getUpdates: the server cuts it at 4 MiB, each byte of which may come as an escape of six.
UPDATES_LIMIT = 32 << 20
_SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_LOGGERS = ("httpx", "httpcore", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))


class Token:
    """A bot token that no repr, log, traceback or pickle shows."""

    __slots__ = ("_value",)

    def __init__(self, text: str) -> None:
        """Raises Usage('bad-token') unless `text` is digits, a colon, and letters, digits, _ or -."""
        if _SHAPE.fullmatch(text) is None:
            del text
            raise Usage("bad-token")
        self._value = text

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] | None = None, *, name: str = "FRONTDESK_TELEGRAM_TOKEN"
    ) -> Token | None:
        """The token in `name`, or in the file that `name`_FILE tells; None: neither is set. Raises Usage."""
        environ = os.environ if environ is None else environ
        text, path = environ.get(name), environ.get(f"{name}_FILE")
        if text and _SHAPE.fullmatch(text) is None:
            del text, environ  # a traceback that shows locals must not show them
            raise Usage("bad-token")
        if text:
            return cls(text)
        return cls.from_file(Path(path)) if path else None

    @classmethod
    def from_file(cls, path: Path) -> Token:
        """The token in a file of one line. Raises Usage('bad-token', file=…) when it can't be read or is none."""
        token = None
        with contextlib.suppress(OSError, UnicodeDecodeError, Usage):
            token = cls(path.read_text("utf-8").strip())
        if token is None:
            raise Usage("bad-token", file=str(path))
        return token

    @property
    def bot_id(self) -> int:
        """The public half: the bot's id."""
        return int(self._value.partition(":")[0])

    def mask(self, text: str) -> str:
        """`text` without this token and anything shaped like one."""
        return redact(text.replace(self._value, MASK).replace(self._value.replace(":", "%3A"), MASK))

    def splice(self, path: str) -> str:
        """The path on the server for a path the program sees. For the transport only."""
        return f"/bot{self._value}{path}"

    def __repr__(self) -> str:
        return f"Token({MASK})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not pickled")


class _Redacting(logging.Filter):
    """The last net under what the HTTP libraries log."""

    def __init__(self, token: Token) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._token.mask(record.getMessage()), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class TelegramGateway(Gateway):
    """`models.gateway.Gateway` over HTTPS. Belongs to one event loop."""

    def __init__(
        self,
        token: Token,
        api_url: str = API_URL,
        *,
        deadlines: Deadlines | None = None,
        connections: int = 10,
        full_pools: int = 3,
    ) -> None:
        """`full_pools`: see `Wire`. Raises Usage('bad-url')."""
        self._token = token
        self._base = base_of(api_url)
        self._deadlines = deadlines or Deadlines()
        self._wire = Wire(token, self._base, self._deadlines, connections=connections, full_pools=full_pools)
        # A poll hangs for as long as nobody writes: it must not stand in the way of a reply.
        self._polls = Wire(token, self._base, self._deadlines, connections=2, body_limit=UPDATES_LIMIT)
        self._net = _quiet(token)

    def __repr__(self) -> str:
        return f"TelegramGateway({self._base!r})"

    @property
    def deadline(self) -> float:
        """Seconds after which any request but a poll has ended."""
        return self._deadlines.total

    async def get_me(self) -> BotIdentity:
        flight = await self._ask("getMe")
        result = flight.result()
        if not isinstance(result, dict) or not is_id(result.get("id")):
            raise TelegramProblem("telegram-garbled", reason="getMe")
        return BotIdentity(
            result["id"],
            text_or_none(result.get("username")),
            text_or_none(result.get("first_name")) or "",
            flight.server_time,
        )

    async def get_webhook_info(self) -> WebhookInfo:
        result = await self._read("getWebhookInfo")
        url = text_or_none(result.get("url")) if isinstance(result, dict) else None
        if url is None:
            raise TelegramProblem("telegram-garbled", reason="getWebhookInfo")
        pending = result.get("pending_update_count")
        error = text_or_none(result.get("last_error_message"))
        allowed = result.get("allowed_updates")
        return WebhookInfo(
            host=host_of(url),
            pending_update_count=pending if is_id(pending) else 0,
            last_error_message=self._token.mask(error) if error else None,
            last_error_at=_moment(result.get("last_error_date")),
            allowed_updates=tuple(filter(text_or_none, allowed)) if isinstance(allowed, list) else (),
        )

    async def get_updates(
        self, *, offset: int | None, limit: int, timeout: int, allowed_updates: Sequence[str]
    ) -> Batch | RefusedBy | Unsent | Unknown:
        parameters: dict[str, Any] = {"limit": limit, "timeout": timeout, "allowed_updates": [*allowed_updates]}
        if offset is not None:
            parameters["offset"] = offset
        flight = await self._polls.post("getUpdates", parameters, read=timeout + 10.0, total=timeout + 30.0)
        if (failure := self._failure(flight)) is not None:
            return failure
        updates = flight.result()
        return Batch(tuple(updates)) if isinstance(updates, list) else Unknown(flight.reason() or "garbled answer")

    async def send_message(self, chat_id: int, text: str, *, business_connection_id: str | None = None) -> Outcome:
        return await self._write("sendMessage", _chat(chat_id, business_connection_id) | {"text": text})

    async def edit_message_text(
        self, chat_id: int, message_id: int, text: str, *, business_connection_id: str | None = None
    ) -> Outcome:
        where = _chat(chat_id, business_connection_id) | {"message_id": message_id}
        outcome = await self._write("editMessageText", where | {"text": text})
        if isinstance(outcome, RefusedBy) and "message is not modified" in outcome.description.lower():
            return Sent(message_id)
        return outcome

    async def delete_message(
        self, chat_id: int, message_id: int, *, business_connection_id: str | None = None
    ) -> Outcome:
        # deleteMessage knows no business connection; what it names lies in the account's chat, not the bot's.
        if business_connection_id is None:
            flight = await self._wire.post("deleteMessage", {"chat_id": chat_id, "message_id": message_id})
        else:
            parameters = {"business_connection_id": business_connection_id, "message_ids": [message_id]}
            flight = await self._wire.post("deleteBusinessMessages", parameters)
        failure = self._failure(flight)
        if isinstance(failure, RefusedBy) and "message to delete not found" in failure.description.lower():
            return Sent(None)
        if failure is not None:
            return failure
        return Sent(None) if flight.result() is True else Unknown(flight.reason() or "garbled answer")

    async def answer_callback_query(self, callback_query_id: str) -> None:
        try:
            await self._read("answerCallbackQuery", {"callback_query_id": callback_query_id})
        except TelegramProblem as problem:
            # After some seconds the person's button has stopped waiting by itself.
            if "query id is invalid" not in str(problem.values.get("description", "")).lower():
                raise

    async def send_chat_action(self, chat_id: int, *, business_connection_id: str | None = None) -> None:
        await self._wire.post("sendChatAction", _chat(chat_id, business_connection_id) | {"action": "typing"})

    async def aclose(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._net)
        await self._wire.aclose()
        await self._polls.aclose()

    async def _read(self, method: str, parameters: dict[str, Any] | None = None) -> Any:
        """The result of a call that is safe to repeat. Raises TelegramProblem."""
        return (await self._ask(method, parameters)).result()

    async def _ask(self, method: str, parameters: dict[str, Any] | None = None) -> Flight:
        """The flight of such a call, with a result. Raises TelegramProblem."""
        flight = await self._wire.post(method, parameters or {})
        if flight.status >= 500 or (flight.trouble and not flight.status):
            raise TelegramProblem("telegram-unreachable", reason=flight.reason())
        refusal = self._refusal(flight)
        if refusal is not None and refusal.code in (401, 404):
            raise TelegramProblem("telegram-unauthorized", code=refusal.code, description=refusal.description)
        if refusal is not None:
            raise TelegramProblem("telegram-refused", code=refusal.code, description=refusal.description)
        if flight.result() is None:
            raise TelegramProblem("telegram-garbled", reason=flight.reason())
        return flight

    async def _write(self, method: str, parameters: dict[str, Any]) -> Outcome:
        """What became of a call whose result is a message."""
        flight = await self._wire.post(method, parameters)
        if (failure := self._failure(flight)) is not None:
            return failure
        message = flight.result()
        if not isinstance(message, dict) or not is_id(message.get("message_id")) or message["message_id"] < 0:
            return Unknown(flight.reason() or "garbled answer")
        return Sent(message["message_id"] or None, text_or_none(message.get("text")))

    def _failure(self, flight: Flight) -> RefusedBy | Unsent | None:
        """Why certainly nothing was done; None: something may have been."""
        if flight.unspeakable:
            return RefusedBy(400, "Bad Request: strings must be encoded in UTF-8")
        return self._refusal(flight) if flight.departed else Unsent(flight.trouble)

    def _refusal(self, flight: Flight) -> RefusedBy | None:
        refusal = flight.refusal()
        return refusal and replace(refusal, description=self._token.mask(refusal.description))


def _moment(value: Any) -> datetime | None:
    """Unix seconds as a time; None for anything that is no time."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(value, UTC) if is_id(value) else None
    return None


def _quiet(token: Token) -> _Redacting:
    """The HTTP libraries say nothing below WARNING, and nothing with a token at any level."""
    net = _Redacting(token)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(net)
    for name in _LOGGERS[:2]:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    return net


def _chat(chat_id: int, business_connection_id: str | None) -> dict[str, Any]:
    """An absent parameter is left out: the server reads a JSON null as the word."""
    if business_connection_id is None:
        return {"chat_id": chat_id}
    return {"chat_id": chat_id, "business_connection_id": business_connection_id}
