"""`frontdesk journal`: who did what, newest first; `export` writes all of it, oldest first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_limit, desk_of, limit_of, print_csv, settings_of
from models.errors import ExitCode, NotFound
from models.views import JournalFilter
from screens.exporting import journal_lines, journal_record
from screens.i18n import _

if TYPE_CHECKING:
    from models.services.desk import Desk
from screens.money import money


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["export"], help=_("write every entry as JSON lines"))
    parser.add_argument("--search", metavar="Q", default="", help=_("a receipt, a name, an operator, an action, words"))
    parser.add_argument("--user", metavar="USER", help=_("@username, a Telegram id or #id"))
    add_limit(parser, csv=True)


def _person(desk: Desk, named: str) -> int:
    """Whom the entries are about: somebody who was deleted is known by #id still. Raises NotFound, Refused."""
    try:
        return desk.people.resolve_one(named).id
    except NotFound:
        number = named.strip().removeprefix("#")
        if named.strip().startswith("#") and number.isascii() and number.isdigit() and len(number) < 19:
            gone = int(number)
            if desk.journal.ids(JournalFilter(user_id=gone), limit=1).ids:
                return gone
        raise


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments), read_only=True) as desk:
        user_id = _person(desk, arguments.user) if arguments.user else None
        wanted = JournalFilter(arguments.search, user_id=user_id)
        if arguments.what == "export":
            if arguments.csv:
                return print_csv(arguments, desk.exports.whole_journal(wanted))
            for line in journal_lines(desk.journal.export(wanted), as_csv=False):
                say(line)
            return ExitCode.DONE
        if arguments.csv:
            found = desk.exports.journal(search=arguments.search, user_id=user_id, limit=arguments.limit)
            return print_csv(arguments, found)
        entries = desk.journal.page(search=arguments.search, user_id=user_id, limit=limit_of(arguments))
    if arguments.json:
        say(as_json([journal_record(entry) for entry in entries]))
        return ExitCode.DONE
    head = (_("ID"), _("WHEN"), _("WHO"), _("WHAT"), _("TIER"), _("RECEIPT"), _("AMOUNT"), _("PERSON"), _("WHY"))
    rows = [
        (
            str(entry.id),
            local_time(entry.at),
            cell(entry.operator_name, 20),
            cell(entry.action, 20),
            cell(entry.tier, 12),
            cell(entry.receipt, 30),
            "-" if entry.amount is None else money(entry.amount),
            cell(entry.person_name or f"#{entry.subject_id}", 30),
            cell(entry.reason),
        )
        for entry in entries
    ]
    for line in table(head, rows):
        say(line)
    return ExitCode.DONE
