"""The examination behind `frontdesk doctor`. It reads, asks Telegram two questions, and changes nothing."""

from __future__ import annotations

import asyncio
import locale
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from console.config import Settings, config_path
from console.terminal import no_terminal
from models.errors import FrontdeskError
from models.gateway import BotIdentity, WebhookInfo
from models.rules.address import names_server, server_url
from models.rules.clock import utc_now
from models.views import DatabaseStatus
from screens.i18n import _, ngettext
from screens.wording import words

if TYPE_CHECKING:
    from models.services.desk import Desk

#: Seconds by which a clock may differ from Telegram's, whose header tells whole seconds.
CLOCK_OFF = 30.0


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found and, unless all is well, what to do. Texts may hold foreign names."""

    check: str
    level: Level
    found: str
    do: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """All checks, in the order a person would ask."""
    return [
        *_secrets(settings),
        *asyncio.run(_telegram(settings)),
        *_database(settings),
        _locale(),
        _terminal(),
    ]


def _ok(check: str, found: str) -> Finding:
    return Finding(check, Level.OK, found)


def _warning(check: str, found: str, do: str) -> Finding:
    return Finding(check, Level.WARNING, found, do)


def _problem(check: str, found: str, do: str) -> Finding:
    return Finding(check, Level.PROBLEM, found, do)


def _secrets(settings: Settings) -> Iterator[Finding]:
    """Files that hold the token and that others may read."""
    if settings.token_file is not None:
        yield from _mode(settings.token_file, "token file")
    path = config_path()
    if settings.sources.get("telegram_token", "").startswith(str(path)):
        yield from _mode(path, "configuration")


def _mode(path: Path, check: str) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if mode & 0o077:
        yield _warning(
            check,
            _("others on this machine may read {path} (mode {mode:04o})").format(path=path, mode=mode),
            f"chmod 600 {path}",
        )


def _password(settings: Settings) -> Iterator[Finding]:
    """A password in a URL on the command line is shown to everybody by `ps`."""
    address, source = settings.database or "", settings.sources.get("database_url", "")
    if urlsplit(server_url(address)).password is not None and not source.startswith(("FRONTDESK_", str(config_path()))):
        yield _warning(
            "password",
            _("the command line shows the database's password to everybody on this machine"),
            _("put the URL into FRONTDESK_DATABASE_URL, or the password into ~/.pgpass"),
        )
    if source.startswith(str(config_path())):
        yield from _mode(config_path(), "configuration")


async def _telegram(settings: Settings) -> list[Finding]:
    if settings.token is None:
        return [
            _warning(
                "token",
                _("none: everything but sending works"),
                _("set FRONTDESK_TELEGRAM_TOKEN_FILE (or FRONTDESK_TELEGRAM_TOKEN) to the token from @BotFather"),
            )
        ]
    from console.telegram import TelegramGateway

    gateway = TelegramGateway(settings.token, settings.telegram_api_url)
    findings = []
    try:
        bot = await gateway.get_me()
        findings.append(_identity(bot))
        if bot.server_time is not None:
            findings.append(_clock(bot.server_time))
        findings.append(_receiver(await gateway.get_webhook_info(), settings))
    except FrontdeskError as error:
        check = "updates" if findings else "token"
        do = _("check the token, the network and FRONTDESK_TELEGRAM_API_URL ({url})").format(
            url=settings.telegram_api_url
        )
        findings.append(_problem(check, words(error), do))
    finally:
        await gateway.aclose()
    return findings


def _identity(bot: BotIdentity) -> Finding:
    name = f"@{bot.username}" if bot.username else bot.first_name
    return _ok("token", _("Telegram knows it: {name}, id {id}").format(name=name, id=bot.id))


def _clock(server_time: datetime) -> Finding:
    """This machine's clock against Telegram's: undo windows, leases and the times of messages follow it."""
    off = (utc_now() - server_time).total_seconds()
    if abs(off) <= CLOCK_OFF:
        return _ok("clock", _("agrees with Telegram's"))
    way = _("ahead of") if off > 0 else _("behind")
    found = _("{seconds:,.0f} s {way} Telegram's").format(seconds=abs(off), way=way)
    return _warning("clock", found, _("set this machine's clock, best by NTP: messages would get wrong times"))


def _receiver(webhook: WebhookInfo, settings: Settings) -> Finding:
    """Who gets the bot's updates; the webhook's path may be a secret and is not shown."""
    if webhook.host is None:
        if settings.mode == "attached":
            return _warning(
                "updates",
                _("nobody receives them: the bot has no webhook"),
                _("start the application, which sets its webhook, or unset FRONTDESK_MODE"),
            )
        return _ok("updates", _("the bot has no webhook: Frontdesk receives them while it runs"))
    found = _("the application at {host} receives them, {n} waiting").format(
        host=webhook.host, n=webhook.pending_update_count
    )
    if settings.mode == "standalone":
        return _problem("updates", found, _("unset FRONTDESK_MODE: with a webhook set nobody else may receive"))
    if webhook.last_error_message:
        found = f"{found}; {webhook.last_error_message}"
        return _warning("updates", found, _("look at the application: Telegram can't deliver to it"))
    return _ok("updates", found)


def _database(settings: Settings) -> Iterator[Finding]:
    from console.wiring import open_desk

    if settings.database is None:
        yield _problem(
            "database", _("none is named"), _("set FRONTDESK_DATABASE_URL, or make one with `frontdesk db init`")
        )
        return
    if names_server(settings.database):
        yield from _password(settings)
    else:
        yield from _mode(Path(settings.database), "file mode")
    try:
        desk = open_desk(settings, read_only=True)
    except FrontdeskError as error:
        yield _problem("database", words(error), _("name another with --database or FRONTDESK_DATABASE_URL"))
        return
    try:
        status = desk.status()
        yield from _status(status, settings)
        yield from _quarantine(desk)
    except FrontdeskError as error:
        yield _problem("database", words(error), _("try again; if it stays so, check the file with its application"))
        return
    finally:
        desk.close()
    yield _write_access(settings)


def _quarantine(desk: Desk) -> Iterator[Finding]:
    """Updates that could not be taken in; there is none without our tables."""
    from models.services.receiving import count_quarantined

    if desk.features.console_tables and (count := count_quarantined(desk.database)):
        yield _warning(
            "quarantine",
            ngettext("{n} update could not be read", "{n} updates could not be read", count).format(n=count),
            _("look at the table console_quarantine: it holds them as they came; report what Telegram sent"),
        )


def _status(status: DatabaseStatus, settings: Settings) -> Iterator[Finding]:
    owner = _("the application") if status.owner == "application" else "Frontdesk"
    found = _("{path}: shape {shape}, owner {owner}, version {version}").format(
        path=status.url,
        shape=status.features.shape,
        owner=owner,
        version=status.rails_version or status.console_revision or "-",
    )
    if status.engine == "sqlite":
        found += _(", journal mode {journal}").format(journal=status.journal_mode)
    yield _ok("database", found)
    theirs = [name for name in status.missing if not name.startswith("console_")]
    if theirs:
        yield _warning(
            "schema",
            _("missing: {names}").format(names=", ".join(theirs)),
            _("migrate the application; what needs these stays off"),
        )
    if status.features.console_tables and status.console_revision == status.console_head:
        yield _ok("our tables", _("version {version}").format(version=status.console_revision))
    else:
        yield _warning(
            "our tables",
            _("version {version}, wanted {wanted}").format(
                version=status.console_revision or _("none"), wanted=status.console_head
            ),
            "frontdesk db upgrade",
        )
    if settings.mode == "standalone" and status.features.rails_owned:
        yield _warning(
            "mode",
            _("FRONTDESK_MODE is standalone, but the application owns this database"),
            _("unset FRONTDESK_MODE, or name a database of Frontdesk's own"),
        )
    if status.engine == "postgresql":
        yield _ok("PostgreSQL", _("version {version}").format(version=status.library_version))
    elif status.library_sound:
        yield _ok("SQLite", _("version {version}").format(version=status.library_version))
    else:
        yield _warning(
            "SQLite",
            _("version {version} can corrupt a database in WAL mode (its WAL-reset bug)").format(
                version=status.library_version
            ),
            _("run with a Python whose SQLite is 3.51.3, 3.50.7, 3.44.6 or newer, or where pysqlite3 has a wheel"),
        )


class _Tried(Exception):
    """Rolls the trial transaction back."""


def _write_access(settings: Settings) -> Finding:
    """Takes the write lock and gives it back; nothing is written."""
    if settings.read_only:
        return _ok("write access", _("not tried: --read-only"))
    from models.store.database import Database

    try:
        database = Database.open(settings.database or "", timeout_ms=int(settings.database_timeout), pool=1)
        try:
            with database.write():
                raise _Tried
        finally:
            database.close()
    except _Tried:
        return _ok("write access", _("a transaction that writes can begin"))
    except FrontdeskError as error:
        do = _("check the rights of the file and its folder, or who keeps it locked")
        return _problem("write access", words(error), do)


def _locale() -> Finding:
    try:
        locale.setlocale(locale.LC_CTYPE, "")
        encoding = locale.nl_langinfo(locale.CODESET)
    except locale.Error:
        return _warning(
            "locale", _("the one that is set does not exist here"), _("choose one of `locale -a`, e.g. C.UTF-8")
        )
    if encoding.upper().replace("-", "") != "UTF8":
        found = _("{encoding}: most letters and signs can't be shown").format(encoding=encoding)
        return _warning("locale", found, "export LC_ALL=C.UTF-8")
    return _ok("locale", encoding)


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    name = os.environ.get("TERM") or _("unset")
    if not (sys.__stdout__ is not None and sys.__stdout__.isatty()):
        return _ok("terminal", _("not looked at: the output goes elsewhere (TERM is {name})").format(name=name))
    if (why := no_terminal()) is not None:
        return _warning("terminal", why, _("use a terminal such as xterm, or tmux or screen inside one"))
    found = _("{name}, {columns}x{rows}").format(name=name, columns=size.columns, rows=size.lines)
    if size.columns < 60 or size.lines < 20:
        return _warning("terminal", found, _("the console is at its best from 60x20"))
    return _ok("terminal", found)
