"""`frontdesk reply ID TEXT`: queue, deliver, wait for the outcome. Without a screen there is no undo window."""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from console.config import Settings
from console.output import as_json, complain, say
from console.verbs.common import desk_of, settings_of, whole_number
from console.verbs.outbox import line_of, record
from models.errors import DatabaseProblem, ExitCode, FrontdeskError, Refused
from models.rules.delivery import Choice, Reason, State
from models.views import Pause, Reply
from screens.i18n import _
from screens.wording import words

if TYPE_CHECKING:
    from console.courier import Courier
    from models.services.desk import Desk

T = TypeVar("T")

#: Seconds until a reply is given up unless told otherwise.
WAIT = 60.0
#: Seconds between looks at what became of it.
_LOOK = 0.1
#: Seconds that a reply in another process's hands is watched beyond the wait.
_GRACE = 2.0
_MOVING = (State.CLAIMED, State.SENDING)
_UNSETTLED = (State.QUEUED, *_MOVING)
#: From good to bad: a text is as delivered as its worst part.
_RANK = (State.SENT, State.QUEUED, State.CANCELLED, State.FAILED, State.CLAIMED, State.SENDING, State.UNKNOWN)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation_id", type=whole_number, metavar="CONVERSATION_ID")
    parser.add_argument("text", metavar="TEXT", help=_("what to send; after -- it may begin with a dash"))
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=WAIT,
        metavar="S",
        help=_("seconds to wait for the outcome; still unclaimed then, it is cancelled ({n})").format(n=f"{WAIT:g}"),
    )
    parser.add_argument("--anyway", action="store_true", help=_("also to somebody who can't be reached"))
    parser.add_argument("--no-wait", action="store_true", help=_("only queue it, for whoever delivers"))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(_("{text} is not a number of seconds up to 86400").format(text=text))
    return seconds


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    with desk_of(settings) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        key = uuid.uuid4().hex
        parts = desk.outbox.enqueue(arguments.conversation_id, arguments.text, client_key=key, anyway=arguments.anyway)
        why = None
        if not arguments.no_wait:
            with ThreadPoolExecutor(2, thread_name_prefix="reply") as executor:
                parts, why = asyncio.run(_Sending(desk, settings, key, executor).wait(arguments.wait))
    whole = _whole(parts, arguments.text)
    say(as_json(_record(whole, parts)) if arguments.json else line_of(whole))
    if arguments.no_wait:
        return ExitCode.DONE
    if why:
        complain(why)
    return _code(parts)


class _Sending:
    """One text on its way, watched from the event loop."""

    def __init__(self, desk: Desk, settings: Settings, key: str, executor: ThreadPoolExecutor) -> None:
        self.desk = desk
        self.settings = settings
        self.key = key
        self.executor = executor
        self._interrupted = asyncio.Event()

    async def wait(self, seconds: float) -> tuple[tuple[Reply, ...], str | None]:
        """What became of the parts, and in words why some were not sent."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted.set)
        courier: Courier | None = None
        if self.settings.token is not None:
            from console.courier import Courier

            courier = Courier(self.desk, self.settings.token, self.settings, executor=self.executor)
        try:
            parts = await self._watch(loop.time() + seconds)
        finally:
            if courier is not None:
                # Before anything is cancelled: what is in flight has an outcome, and nothing more is claimed here.
                await courier.stop()
        parts = await self._look()
        why = None
        if _any(parts, (State.QUEUED,)):
            why = self._why(parts, seconds, await self._call(self.desk.outbox.pause))
            await self._give_up(parts)
        until = loop.time() + _GRACE
        while _any(parts := await self._look(), _MOVING) and loop.time() < until:
            await asyncio.sleep(_LOOK)
        return parts, why if _any(parts, (State.CANCELLED,)) else None

    async def _watch(self, deadline: float) -> tuple[Reply, ...]:
        """Until every part is settled, the time is up, somebody interrupts or the token turns out to be wrong."""
        loop = asyncio.get_running_loop()
        while True:
            parts = await self._look()
            if not _any(parts, _UNSETTLED) or self._interrupted.is_set() or loop.time() >= deadline:
                return parts
            # What follows a part that failed waits for a person; a wrong token does not get right by waiting.
            if not _any(parts, _MOVING) and (_any(parts, (State.FAILED, State.UNKNOWN, State.CANCELLED))):
                return parts
            if any(part.reason == Reason.UNAUTHORIZED for part in parts):
                return parts
            try:
                async with asyncio.timeout(min(_LOOK, max(0.0, deadline - loop.time()))):
                    await self._interrupted.wait()
            except TimeoutError:
                continue

    async def _look(self) -> tuple[Reply, ...]:
        return await self._call(lambda: self.desk.outbox.by_key(self.key))

    async def _give_up(self, parts: Sequence[Reply]) -> None:
        """Cancels what is still queued; whoever has claimed it meanwhile keeps it."""
        for part in parts:
            if part.state is State.QUEUED:
                cancel = partial(self.desk.outbox.decide, part.id, Choice.CANCEL, reason="not sent in time")
                try:
                    await self._call(cancel)
                except Refused:
                    continue
                except DatabaseProblem as error:
                    raise StillQueued(error) from None

    def _why(self, parts: Sequence[Reply], seconds: float, pause: Pause | None) -> str:
        waits = [part.not_before for part in parts if part.reason == Reason.RATE and part.not_before is not None]
        until = max([*waits, *([pause.until] if pause else [])], default=None)
        sent = sum(part.state is State.SENT for part in parts)
        if self._interrupted.is_set():
            why = _("interrupted")
        elif any(part.reason == Reason.UNAUTHORIZED for part in parts):
            why = _("Telegram does not know this token")
        elif _any(parts, (State.FAILED, State.UNKNOWN)):
            why = _("an earlier part did not arrive for certain")
        elif self.settings.token is None:
            why = _("there is no bot token here, and nobody else claimed it within {n} s").format(n=f"{seconds:g}")
        elif any(part.reason == Reason.UNREACHABLE for part in parts):
            why = _("Telegram could not be reached within {n} s").format(n=f"{seconds:g}")
        elif until is not None:
            why = _("Telegram asks to wait until {time}").format(time=f"{until.astimezone():%H:%M:%S}")
        else:
            why = _("not claimed within {n} s").format(n=f"{seconds:g}")
        if sent:
            return _("{sent} of {all} parts sent, the rest not: {why}").format(sent=sent, all=len(parts), why=why)
        return _("not sent: {why}").format(why=why)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)


class StillQueued(FrontdeskError):
    """The reply could not be cancelled: whoever delivers next may send it."""

    exit_code = ExitCode.UNKNOWN

    def __init__(self, error: FrontdeskError) -> None:
        super().__init__("still-queued", why=words(error))


def _any(parts: Sequence[Reply], states: Sequence[State]) -> bool:
    return any(part.state in states for part in parts)


def _whole(parts: Sequence[Reply], text: str) -> Reply:
    """A text that was split as one reply: the worst part's state and error, the first part's id."""
    worst = max(parts, key=lambda part: _RANK.index(part.state))
    if len(parts) == 1:
        return worst
    return replace(worst, id=parts[0].id, body=text)


def _record(whole: Reply, parts: Sequence[Reply]) -> dict[str, Any]:
    if len(parts) == 1:
        return record(whole)
    return {**record(whole), "parts": [record(part) for part in parts]}


def _code(parts: Sequence[Reply]) -> ExitCode:
    if _any(parts, (State.UNKNOWN, *_MOVING)):
        return ExitCode.UNKNOWN
    return ExitCode.DONE if all(part.state is State.SENT for part in parts) else ExitCode.FAILED
