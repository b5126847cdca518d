"""The token shows nowhere: not in logs at any level, not in reprs, not in what escapes with all its locals."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from console.standin import Action, Fault, StandIn
from console.telegram import Deadlines, TelegramGateway, Token
from models.errors import TelegramProblem, Usage

CANARY = "987654321:AAcanaryCANARYcanaryCANARYcanaryCANARY"
QUICK = Deadlines(connect=1, write=1, read=0.2, pool=0.1, total=1)


class Everything(logging.Handler):
    """Keeps each record as a formatter would write it, and its parts."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + repr(record.msg) + repr(record.args) + "\n"


@pytest.fixture
def log() -> Iterator[Everything]:
    """All loggers wide open, as in the worst debugging session."""
    keeper = Everything()
    root = logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield keeper
    root.removeHandler(keeper)
    root.setLevel(level)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def open_all() -> None:
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        logging.getLogger(name).setLevel(logging.DEBUG)


def locals_of(error: BaseException) -> str:
    """What a traceback with locals tells of our own frames, and the error itself."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    assert any(frame.filename.endswith("telegram.py") for frame in frames)
    ours = (repr(frame.locals) for frame in frames if "tests" not in Path(frame.filename).parts)
    return "".join(ours) + repr(error) + repr(error.__context__) + repr(error.__cause__)


def everything_of(error: BaseException) -> str:
    return (
        "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        + repr(error)
        + str(error)
    )


def hits(text: str) -> int:
    return text.count("AAcanary") + text.count("987654321")


FAULTS = [
    None,
    *[Fault(action, after=True) for action in Action if action is not Action.STALL],
    Fault(Action.STALL, seconds=5, after=True),
    Fault(Action.STATUS, code=400, body=f'{{"ok":false,"error_code":400,"description":"no /bot{CANARY}/getMe here"}}'),
    Fault(Action.STATUS, code=302, body=f"/bot{CANARY}/getMe"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault and f"{fault.action}-{fault.code}")
async def test_no_failure_shows_it(log: Everything, fault: Fault | None) -> None:
    async with StandIn(CANARY, faults=[fault] if fault else []) as server:
        door = TelegramGateway(Token(CANARY), server.url, deadlines=QUICK)
        open_all()
        seen = repr(door) + repr(await door.send_message(7, "x")) + repr(await door.edit_message_text(7, 1, "x"))
        seen += repr(await door.delete_message(7, 1)) + repr(
            await door.delete_message(7, 1, business_connection_id="c")
        )
        # Between the poll's own limit and this there is nothing to wait for: it is cancelled as at leaving.
        polling = asyncio.create_task(door.get_updates(offset=None, limit=1, timeout=0, allowed_updates=["message"]))
        await asyncio.wait({polling}, timeout=1)
        polling.cancel()
        try:
            seen += repr(await polling)
        except asyncio.CancelledError as error:
            seen += everything_of(error)
        for call in (door.get_me, door.get_webhook_info, partial(door.answer_callback_query, "77")):
            try:
                seen += repr(await call())
            except Exception as error:
                seen += locals_of(error)
        await door.send_chat_action(7)
        await door.aclose()
    assert "http" in log.text
    assert hits(log.text) == 0
    assert hits(seen.replace("'id': 987654321", "").replace("id=987654321", "")) == 0


async def test_unreachable_shows_nothing(log: Everything) -> None:
    door = TelegramGateway(Token(CANARY), "http://nowhere.invalid", deadlines=QUICK)
    open_all()
    seen = repr(await door.send_message(7, "x"))
    with pytest.raises(TelegramProblem) as caught:
        await door.get_me()
    assert caught.value.__context__ is None
    seen += everything_of(caught.value)
    await door.aclose()
    assert hits(log.text + seen) == 0


async def test_cancellation_shows_nothing(log: Everything) -> None:
    async with StandIn(CANARY, faults=[Fault(Action.STALL, seconds=60, after=True)]) as server:
        door = TelegramGateway(Token(CANARY), server.url, deadlines=Deadlines())
        open_all()
        sending = asyncio.create_task(door.send_message(7, "x"))
        async with asyncio.timeout(10):
            while not server.messages:
                await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await sending
        assert caught.value.__context__ is None
        assert hits(everything_of(caught.value) + log.text) == 0
        await door.aclose()


async def test_a_stranger_in_the_transport_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever httpx raises one day, with the address in its message and its locals."""
    import httpx

    async def broken(self: object, request: httpx.Request) -> httpx.Response:
        address = str(request.url)
        raise ExceptionGroup(address, [ValueError(address)])

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", broken)
    door = TelegramGateway(Token(CANARY), "http://127.0.0.1:9")
    assert hits(repr(await door.send_message(7, "x"))) == 0
    await door.aclose()


def test_token_is_masked() -> None:
    token = Token(CANARY)
    assert hits(f"{token} {token!r} {[token]}") == 0
    assert token.bot_id == 987654321
    assert token.mask(f"a {CANARY} {CANARY.replace(':', '%3A')} b") == "a ‹token› ‹token› b"
    assert Token("123:abc").mask("x123:abcx") == "x‹token›x"
    with pytest.raises(TypeError):
        pickle.dumps(token)
    with pytest.raises(TypeError):
        copy.copy(token)


@pytest.mark.parametrize(
    "text", ["", " ", "abc", f"{CANARY}\n", f" {CANARY}", "123:", ":abc", "123:a b", "123:a/b", "12x:abc", "123:ж"]
)
def test_malformed_tokens(text: str) -> None:
    with pytest.raises(Usage, match="bad-token") as caught:
        Token(text)
    assert hits(locals_of(caught.value)) == 0
    with pytest.raises(Usage, match="bad-token") as caught:
        Token.from_environment({"FRONTDESK_TELEGRAM_TOKEN": text or " "})
    assert hits(locals_of(caught.value)) == 0


def test_token_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{CANARY}\n")
    assert Token.from_file(path).bot_id == 987654321
    path.write_text(f"{CANARY}\nmore\n")
    with pytest.raises(Usage, match="bad-token") as caught:
        Token.from_file(path)
    assert hits(locals_of(caught.value)) == 0
    with pytest.raises(Usage, match="bad-token"):
        Token.from_file(tmp_path / "none")


def test_token_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(CANARY)
    assert Token.from_environment({}) is None
    for environ in ({"FRONTDESK_TELEGRAM_TOKEN": CANARY}, {"FRONTDESK_TELEGRAM_TOKEN_FILE": str(path)}):
        token = Token.from_environment(environ)
        assert token is not None
        assert token.bot_id == 987654321
