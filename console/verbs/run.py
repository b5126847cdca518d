"""`frontdesk run`: delivers and receives without a screen until SIGTERM or Ctrl+C; what is in flight is finished first.

One line an outcome, without the texts; with --json one object a line.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from console.config import SCHEDULES, Settings
from console.counting import Counting
from console.daily import DailyBackups
from console.expiring import Expiring
from console.output import complain, say
from console.verbs.common import desk_of, settings_of
from console.watching import Watching
from models.errors import ExitCode, Refused, TelegramProblem
from models.rules.clock import iso_z, utc_now
from models.rules.mode import STANDALONE
from models.rules.text import clean, redact
from screens.i18n import _, ngettext
from screens.wording import words

if TYPE_CHECKING:
    from models.loops.delivery import Delivered
    from models.services.desk import Desk
    from models.views import BotHealth, Pause

#: Seconds between looks at whether delivery is in trouble.
_LOOK = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backup", choices=SCHEDULES, help=_("take backups, too (FRONTDESK_BACKUP_SCHEDULE)"))


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.backup is not None:
        settings = replace(settings, backup_schedule=arguments.backup)
    if settings.token is None:
        raise Refused("no-token")
    with desk_of(settings) as desk, ThreadPoolExecutor(4, thread_name_prefix="run") as executor:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        if settings.mode == STANDALONE:
            asyncio.run(_refuse_a_webhook(settings))
        asyncio.run(_deliver(desk, settings, executor, as_json=arguments.json))
    return ExitCode.DONE


async def _refuse_a_webhook(settings: Settings) -> None:
    """Raises Refused('webhook-set'). Without an answer it is found out later, and nothing polls until then."""
    from console.telegram import TelegramGateway

    assert settings.token is not None
    gateway = TelegramGateway(settings.token, settings.telegram_api_url)
    try:
        with contextlib.suppress(TelegramProblem):
            host = (await gateway.get_webhook_info()).host
            if host is not None:
                raise Refused("webhook-set", host=host)
    finally:
        await gateway.aclose()


async def _deliver(desk: Desk, settings: Settings, executor: ThreadPoolExecutor, *, as_json: bool) -> None:
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

    from console.courier import Courier

    courier = Courier(desk, settings.token, settings, executor=executor, on_outcome=tell, receive=True)
    complain(_("delivering the outbox of {database}").format(database=settings.database_shown))
    daily = DailyBackups(desk.database, settings, complain) if settings.backup_schedule is not None else None
    expiring = Expiring(desk, settings, executor, complain) if settings.expire_access else None
    watching = Watching(desk, executor)
    counting = Counting(desk, executor)
    spoken: str | None = None
    told: str | None = None
    try:
        while not leaving.is_set():
            watching.look()
            counting.look()
            if daily is not None:
                daily.look()
            if expiring is not None:
                expiring.look()
            health = courier.receiver.health if courier.receiver is not None else None
            if health is not None and (line := health_line(health)) != told:
                told = line
                complain(line)
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
        if daily is not None:
            await loop.run_in_executor(executor, daily.stop)
        await courier.stop()


def health_line(health: BotHealth) -> str:
    """Who receives, in one line that changes only when that does."""
    if health.refused:
        return words(Refused("webhook-set", host=health.webhook_host))
    match health.receiver:
        case "webhook":
            line = _("the application at {host} receives the updates").format(host=clean(health.webhook_host or "?"))
        case "us":
            line = _("receiving the updates")
        case "another console":
            line = _("another Frontdesk receives the updates")
        case "another program":
            line = _("another program receives this bot's updates; nothing is lost, it has them")
        case _:
            line = _("nobody receives the updates yet")
    if health.last_error:
        line += ": " + clean(redact(health.last_error))
    if health.quarantined:
        many = ngettext("{n} could not be read", "{n} could not be read", health.quarantined)
        line += "; " + many.format(n=health.quarantined)
    if health.gap is not None:
        since, until = (iso_z(moment.replace(microsecond=0)) for moment in health.gap)
        line += "; " + _("messages between {since} and {until} may be missing").format(since=since, until=until)
    return line


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
