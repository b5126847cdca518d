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

#: People up to whom one SQLite file suits, and from whom on it does not (seed, "Conclusion").
FEW, MANY = 10_000, 100_000


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
    if (advice := advised(status)) is not None:
        say(advice)
    if not status.features.console_tables:
        say(_("Frontdesk's own tables are missing: `frontdesk db upgrade` adds them."))
    return ExitCode.DONE


def advised(status: DatabaseStatus) -> str | None:
    """The seed's thresholds: one file below 10,000 people, a server at 100,000 and more."""
    if status.engine != "sqlite" or status.users < FEW:
        return None
    if status.users >= MANY:
        return _("{n:,} people: move to PostgreSQL (`frontdesk db copy`), one file is too few for them.").format(
            n=status.users
        )
    return _("{n:,} people: one file serves them still; from {many:,} on PostgreSQL is needed.").format(
        n=status.users, many=MANY
    )


def engine_name(engine: str) -> str:
    """The engine as it writes itself."""
    return "PostgreSQL" if engine == "postgresql" else "SQLite"


def record(status: DatabaseStatus, *, read_only: bool) -> dict[str, Any]:
    """A status as scripts read it; `read_only` is what was asked for, since looking never writes."""
    recommended = "postgresql" if status.engine == "postgresql" or status.users >= MANY else "sqlite"
    more = {"missing": list(status.missing), "read_only": read_only, "recommended_engine": recommended}
    return {**asdict(status), **more}
