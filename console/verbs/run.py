"""`frontdesk run`: delivers the outbox without a screen until SIGTERM or Ctrl+C; what is in flight is finished first.

One line an outcome, without the texts; with --json one object a line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from console.config import Settings
from console.output import complain, say
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode, Refused
from models.rules.clock import iso_z, utc_now
from models.rules.text import clean, redact
from screens.i18n import _

if TYPE_CHECKING:
    from models.loops.delivery import Delivered
    from models.services.desk import Desk
    from models.views import Pause

#: Seconds between looks at whether delivery is in trouble.
_LOOK = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if settings.token is None:
        raise Refused("no-token")
    with desk_of(settings) as desk, ThreadPoolExecutor(4, thread_name_prefix="run") as executor:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        asyncio.run(_deliver(desk, settings, executor, as_json=arguments.json))
    return ExitCode.DONE


async def _deliver(desk: Desk, settings: Settings, executor: ThreadPoolExecutor, *, as_json: bool) -> None:
    from console.wiring import Courier

    assert settings.token is not None
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leaving.set)

    def tell(delivered: Delivered) -> None:
        try:
            _tell(delivered, as_json=as_json)
        except OSError:
            # Nobody reads the log any more: leave as for a signal, and drop nothing that is in flight.
            leaving.set()

    courier = Courier(desk, settings.token, settings, executor=executor, on_outcome=tell)
    complain(_("delivering the outbox of {database}").format(database=settings.database_shown))
    spoken: str | None = None
    try:
        while not leaving.is_set():
            state = _state(courier.delivery.trouble.kind, courier.delivery.pause)
            if state != spoken:
                spoken = state
                complain(state or _("delivering again"))
            try:
                async with asyncio.timeout(_LOOK):
                    await leaving.wait()
            except TimeoutError:
                continue
    finally:
        await courier.stop()


def _state(trouble: str | None, pause: Pause | None) -> str | None:
    """What keeps replies from leaving, in one line; None: nothing does."""
    match trouble:
        case "unauthorized":
            return _("Telegram does not know this token: replies wait")
        case "unreachable":
            return _("Telegram can't be reached: replies wait")
        case "database":
            return _("the database can't be used: replies wait")
    if pause is None:
        return None
    return _("Telegram asks to wait until {time}: replies wait").format(time=f"{pause.until.astimezone():%H:%M:%S}")


def _tell(delivered: Delivered, *, as_json: bool) -> None:
    state = delivered.state.value if delivered.state is not None else "lost"
    error = None if delivered.error is None else redact(delivered.error)
    now = iso_z(utc_now().replace(microsecond=0))
    if as_json:
        thing = {
            "at": now,
            "id": delivered.id,
            "conversation_id": delivered.conversation_id,
            "state": state,
            "error": error,
        }
        line = json.dumps(thing)
    else:
        line = f"{now} reply={delivered.id} conversation={delivered.conversation_id} state={state}"
        line += f" error={clean(error)}" if error else ""
    say(line)
    # A log that waits in a buffer is none.
    sys.stdout.flush()
