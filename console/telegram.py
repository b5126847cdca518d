"""The door to the Bot API, and the only file that knows the token.

The token is spliced into the address inside the transport: httpx and everything above it see `http://bot/METHOD`, so
there is nothing to leak in logs, reprs or tracebacks. Whether a request may have been delivered is read from httpcore's
trace: before `send_request_headers.started` not a byte has left this host, after it only a well-formed answer settles
what became of the request (exception classes do not tell: a reset shows as a read error either way).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from console.envelope import Flight, host_of, is_id, parse, read_body, seconds, text_or_none
from models.errors import TelegramProblem, Usage
from models.gateway import BotIdentity, Gateway, Outcome, RefusedBy, Sent, Unknown, Unsent, WebhookInfo
from models.rules.text import one_line, redact

if TYPE_CHECKING:
    import httpx

API_URL = "https://api.telegram.org"
MASK = "‹token›"
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


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. `total` bounds a whole request, also one whose answer drips in; a lease on a reply must outlast it."""

    connect: float = 10.0
    write: float = 10.0
    read: float = 20.0
    pool: float = 5.0
    total: float = 30.0


@dataclass(slots=True)
class _Line:
    """A client with its pool, closed when it is replaced and nobody is on it any more."""

    client: httpx.AsyncClient
    users: int = 0
    retired: bool = False


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
        """`full_pools`: after so many requests in a row that found no free connection, the client is made anew, since
        httpcore can lose slots to cancelled requests for ever. Raises Usage('bad-url')."""
        self._token = token
        self._base = _base(api_url)
        self._deadlines = deadlines or Deadlines()
        self._connections = connections
        self._full_pools = full_pools
        self._full_in_a_row = 0
        self._line: _Line | None = None
        self._making = asyncio.Lock()
        self._net = _quiet(token)

    def __repr__(self) -> str:
        return f"TelegramGateway({self._base!r})"

    @property
    def deadline(self) -> float:
        """Seconds after which any request has ended."""
        return self._deadlines.total

    async def get_me(self) -> BotIdentity:
        result = await self._read("getMe")
        if not isinstance(result, dict) or not is_id(result.get("id")):
            raise TelegramProblem("telegram-garbled", reason="getMe")
        return BotIdentity(
            result["id"], text_or_none(result.get("username")), text_or_none(result.get("first_name")) or ""
        )

    async def get_webhook_info(self) -> WebhookInfo:
        result = await self._read("getWebhookInfo")
        url = text_or_none(result.get("url")) if isinstance(result, dict) else None
        if url is None:
            raise TelegramProblem("telegram-garbled", reason="getWebhookInfo")
        pending = result.get("pending_update_count")
        error = text_or_none(result.get("last_error_message"))
        return WebhookInfo(host_of(url), pending if is_id(pending) else 0, self._token.mask(error) if error else None)

    async def send_message(self, chat_id: int, text: str, *, business_connection_id: str | None = None) -> Outcome:
        flight = await self._post("sendMessage", _chat(chat_id, business_connection_id) | {"text": text})
        if not flight.departed:
            if flight.unspeakable:
                return RefusedBy(400, "Bad Request: strings must be encoded in UTF-8")
            return Unsent(flight.trouble)
        if (refusal := self._refusal(flight)) is not None:
            return refusal
        message = flight.result()
        if not isinstance(message, dict) or not is_id(message.get("message_id")) or message["message_id"] < 0:
            return Unknown(flight.reason())
        return Sent(message["message_id"] or None, text_or_none(message.get("text")))

    async def send_chat_action(self, chat_id: int, *, business_connection_id: str | None = None) -> None:
        await self._post("sendChatAction", _chat(chat_id, business_connection_id) | {"action": "typing"})

    async def aclose(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._net)
        line, self._line = self._line, None
        if line is not None:
            await line.client.aclose()

    async def _read(self, method: str) -> Any:
        """The result of a call that is safe to repeat. Raises TelegramProblem."""
        flight = await self._post(method, {})
        if flight.status >= 500 or (flight.trouble and not flight.status):
            raise TelegramProblem("telegram-unreachable", reason=flight.reason())
        refusal = self._refusal(flight)
        if refusal is not None and refusal.code in (401, 404):
            raise TelegramProblem("telegram-unauthorized", code=refusal.code, description=refusal.description)
        if refusal is not None:
            raise TelegramProblem("telegram-refused", code=refusal.code, description=refusal.description)
        if (result := flight.result()) is None:
            raise TelegramProblem("telegram-garbled", reason=flight.reason())
        return result

    def _refusal(self, flight: Flight) -> RefusedBy | None:
        refusal = flight.refusal()
        return refusal and replace(refusal, description=self._token.mask(refusal.description))

    async def _post(self, method: str, parameters: dict[str, Any]) -> Flight:
        """One request, never repeated. What escapes (a cancellation) leaves without the frames it came through:
        their locals hold the address."""
        flight = Flight()
        try:
            await self._fly(flight, method, parameters)
        except Exception as error:
            flight.trouble = self._spoken(error)
        except BaseException as error:
            flight.escaped = error.with_traceback(None)
            flight.escaped.__context__ = flight.escaped.__cause__ = None
        if (escaped := flight.escaped) is not None:
            flight.escaped = None
            raise escaped
        return flight

    async def _fly(self, flight: Flight, method: str, parameters: dict[str, Any]) -> None:
        try:
            # Strict UTF-8: a lone surrogate is found here, before anything is opened.
            body = json.dumps(parameters, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            flight.unspeakable = True
            return
        line = await self._take_line()
        try:
            async with asyncio.timeout(self._deadlines.total):
                request = line.client.build_request(
                    "POST",
                    f"http://bot/{method}",
                    content=body,
                    headers={"Content-Type": "application/json"},
                    extensions={"trace": flight.trace},
                )
                response = await line.client.send(request, stream=True)
                try:
                    self._full_in_a_row = 0
                    flight.status = response.status_code
                    flight.retry_after = seconds(response.headers.get("Retry-After"))
                    flight.trouble = "garbled answer"
                    flight.answer = parse(await read_body(response))
                    flight.trouble = "" if flight.answer is not None else flight.trouble
                finally:
                    await response.aclose()
        finally:
            await self._give_back(line)

    async def _take_line(self) -> _Line:
        async with self._making:
            if self._line is not None and self._full_in_a_row >= self._full_pools:
                self._line.retired, self._full_in_a_row = True, 0
                if not self._line.users:
                    await self._line.client.aclose()
                self._line = None
            if self._line is None:
                # httpx and the trust store take longer to load than a frame may take to draw.
                self._line = _Line(await asyncio.to_thread(self._make_client))
            self._line.users += 1
            return self._line

    async def _give_back(self, line: _Line) -> None:
        line.users -= 1
        if line.retired and not line.users:
            await line.client.aclose()

    def _make_client(self) -> httpx.AsyncClient:
        import httpx

        token, base, secure = self._token, self._base, self._base.startswith("https:")

        class Splice(httpx.AsyncBaseTransport):
            """Puts the token into the address; the only place that does."""

            def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
                self._inner = inner

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                url = httpx.URL(base + token.splice(request.url.path))
                headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
                spliced = httpx.Request(
                    request.method,
                    url,
                    headers=[(b"Host", url.netloc), *headers],
                    stream=request.stream,
                    extensions=request.extensions,
                )
                return await self._inner.handle_async_request(spliced)

            async def aclose(self) -> None:
                await self._inner.aclose()

        deadlines = self._deadlines
        # A connection idle for 5 s may be half dead, and what is written into one can't be called unsent any more.
        limits = httpx.Limits(max_connections=self._connections, keepalive_expiry=5.0)
        # In plain http a proxy would be shown the token.
        proxy = _proxy(self._base) if secure else None
        inner = httpx.AsyncHTTPTransport(limits=limits, proxy=proxy, trust_env=secure)
        return httpx.AsyncClient(
            transport=Splice(inner),
            trust_env=False,
            follow_redirects=False,
            # No compression: an answer is small, a decompression bomb is not.
            headers={"Accept-Encoding": "identity", "User-Agent": "frontdesk"},
            timeout=httpx.Timeout(
                connect=deadlines.connect, write=deadlines.write, read=deadlines.read, pool=deadlines.pool
            ),
        )

    def _spoken(self, error: Exception) -> str:
        """An exception in a few words without addresses; counts the full pools."""
        name = type(error).__name__
        self._full_in_a_row = self._full_in_a_row + 1 if name == "PoolTimeout" else 0
        return one_line(self._token.mask(f"{name}: {error}" if str(error) else name), 200)


def _base(api_url: str) -> str:
    """`api_url` without a trailing slash. Raises Usage('bad-url'); the address itself may hold a secret, so the error
    names only what is wrong with it."""
    try:
        parts = urlsplit(api_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Usage("bad-url", setting="telegram-api-url", wrong="port or host") from None
    wrong = None
    if parts.scheme not in ("http", "https"):
        wrong = "scheme"
    elif not host or not api_url.isascii() or not api_url.isprintable() or " " in api_url:
        wrong = "host"
    elif parts.username is not None or parts.query or parts.fragment or redact(api_url) != api_url:
        wrong = "more than an address"
    if wrong is not None:
        raise Usage("bad-url", setting="telegram-api-url", wrong=wrong)
    return api_url.rstrip("/")


def _proxy(base: str) -> str | None:
    """The proxy that the environment names for an https address."""
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(urlsplit(base).hostname or ""):
        return None
    proxies = getproxies()
    proxy = proxies.get("https") or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


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
