"""One pool of connections to the Bot API and single requests over it, never repeated.

The token is spliced into the address inside the transport: httpx and everything above it see `http://bot/METHOD`, so
there is nothing to leak in logs, reprs or tracebacks. Whether a request may have been delivered is read from httpcore's
trace: before `send_request_headers.started` not a byte has left this host, after it only a well-formed answer settles
what became of the request (exception classes do not tell: a reset shows as a read error either way).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from console.envelope import BODY_LIMIT, Flight, http_date, parse, read_body, seconds
from models.errors import Usage
from models.rules.text import one_line, redact

if TYPE_CHECKING:
    import httpx

    from console.telegram import Token


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


class Wire:
    """Belongs to one event loop."""

    def __init__(
        self,
        token: Token,
        base: str,
        deadlines: Deadlines,
        *,
        connections: int,
        full_pools: int = 3,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        """`full_pools`: after so many requests in a row that found no free connection, the client is made anew, since
        httpcore can lose slots to cancelled requests for ever. `body_limit`: bytes of an answer that are read."""
        self._token = token
        self._base = base
        self._deadlines = deadlines
        self._connections = connections
        self._full_pools = full_pools
        self._body_limit = body_limit
        self._full_in_a_row = 0
        self._line: _Line | None = None
        self._making = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Wire({self._base!r})"

    async def aclose(self) -> None:
        """Closes the connections; a later request makes new ones."""
        line, self._line = self._line, None
        if line is not None:
            await line.client.aclose()

    async def post(
        self, method: str, parameters: dict[str, Any], *, read: float | None = None, total: float | None = None
    ) -> Flight:
        """One request, never repeated; `read` and `total` are seconds in place of the deadlines'. What escapes (a
        cancellation) leaves without the frames it came through: their locals hold the address."""
        flight = Flight()
        try:
            await self._fly(flight, method, parameters, read or self._deadlines.read, total or self._deadlines.total)
        except Exception as error:
            flight.trouble = self._spoken(error)
        except BaseException as error:
            flight.escaped = error.with_traceback(None)
            flight.escaped.__context__ = flight.escaped.__cause__ = None
        if (escaped := flight.escaped) is not None:
            flight.escaped = None
            raise escaped
        return flight

    async def _fly(self, flight: Flight, method: str, parameters: dict[str, Any], read: float, total: float) -> None:
        try:
            # Strict UTF-8: a lone surrogate is found here, before anything is opened.
            body = json.dumps(parameters, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            flight.unspeakable = True
            return
        line = await self._take_line()
        try:
            async with asyncio.timeout(total):
                request = line.client.build_request(
                    "POST",
                    f"http://bot/{method}",
                    content=body,
                    headers={"Content-Type": "application/json"},
                    timeout=self._timeout(read),
                    extensions={"trace": flight.trace},
                )
                response = await line.client.send(request, stream=True)
                try:
                    self._full_in_a_row = 0
                    flight.status = response.status_code
                    flight.server_time = http_date(response.headers.get("Date"))
                    flight.retry_after = seconds(response.headers.get("Retry-After"))
                    flight.trouble = "garbled answer"
                    flight.answer = parse(await read_body(response, self._body_limit))
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
            timeout=None,  # each request names its own
        )

    def _timeout(self, read: float) -> httpx.Timeout:
        import httpx

        ours = self._deadlines
        return httpx.Timeout(connect=ours.connect, write=ours.write, read=read, pool=ours.pool)

    def _spoken(self, error: Exception) -> str:
        """An exception in a few words without addresses; counts the full pools."""
        name = type(error).__name__
        self._full_in_a_row = self._full_in_a_row + 1 if name == "PoolTimeout" else 0
        return one_line(self._token.mask(f"{name}: {error}" if str(error) else name), 200)


def base_of(api_url: str) -> str:
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
