"""`frontdesk db status`: whose the database is, its versions, what is missing, how much is in it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from console.output import as_json, cell, say
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode
from models.views import DatabaseStatus
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of_file(arguments), read_only=True) as desk:
        status = desk.status()
    if arguments.json:
        say(as_json(record(status, read_only=arguments.read_only)))
        return ExitCode.DONE
    lines = {
        _("database"): status.url,
        _("shape"): status.features.shape,
        _("owner"): _("the application") if status.owner == "application" else _("Frontdesk"),
        _("application's version"): status.rails_version,
        _("application's environment"): status.rails_environment,
        _("our version"): status.console_revision,
        _("our version wanted"): status.console_head,
        _("missing"): ", ".join(status.missing),
        **({_("journal mode"): status.journal_mode} if status.engine == "sqlite" else {}),
        engine_name(status.engine): status.library_version,
        _("rows"): _("{conversations} conversations, {messages} messages, {users} people").format(
            conversations=status.conversations, messages=status.messages, users=status.users
        ),
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        say(f"{name:<{width}}  {cell(value, 400)}")
    if not status.features.console_tables:
        say(_("Frontdesk's own tables are missing: `frontdesk db upgrade` adds them."))
    return ExitCode.DONE


def engine_name(engine: str) -> str:
    """The engine as it writes itself."""
    return "PostgreSQL" if engine == "postgresql" else "SQLite"


def record(status: DatabaseStatus, *, read_only: bool) -> dict[str, Any]:
    """A status as scripts read it; `read_only` is what was asked for, since looking never writes."""
    return {**asdict(status), "missing": list(status.missing), "read_only": read_only}
