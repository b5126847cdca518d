"""`frontdesk revoke`: takes paid access away, with a reason; no payment changes."""

from __future__ import annotations

import argparse

from console.access_records import ended_record
from console.output import as_json, say
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode
from models.rules.text import clean
from screens.access_words import ended_line, notice
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help=_("@username, a Telegram id or #id"))
    parser.add_argument("--reason", metavar="WHY", required=True, help=_("why; it goes into the journal"))
    parser.add_argument("--notify", action="store_true", help=_("tell the person"))


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    with desk_of(settings) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        person = desk.people.resolve_one(arguments.user)
        text = notice(settings.presets, "revoked", name=person.name) if arguments.notify else None
        ended = desk.endings.revoke(person.id, arguments.reason, notice=text)
    say(as_json(ended_record(ended)) if arguments.json else clean(ended_line(ended)))
    return ExitCode.DONE
