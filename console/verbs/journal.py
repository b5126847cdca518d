"""`frontdesk journal`: who did what, newest first; `export` writes all of it, oldest first."""

from __future__ import annotations

import argparse
import json

from console.access_records import JOURNAL_COLUMNS, csv_lines, journal_record
from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_limit, desk_of, settings_of
from models.errors import ExitCode
from models.rules.clock import iso_z
from screens.i18n import _
from screens.money import money


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["export"], help=_("write every entry as JSON lines"))
    parser.add_argument("--csv", action="store_true", help=_("export: CSV instead"))
    parser.add_argument("--search", metavar="Q", default="", help=_("a receipt, a name, an operator, an action, words"))
    parser.add_argument("--user", metavar="USER", help=_("@username, a Telegram id or #id"))
    add_limit(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.csv and arguments.what != "export":
        arguments.fail(_("--csv goes with export"))
    with desk_of(settings_of(arguments), read_only=True) as desk:
        if arguments.what == "export":
            records = (journal_record(entry) for entry in desk.journal.export())
            lines = csv_lines(JOURNAL_COLUMNS, records) if arguments.csv else map(_json_line, records)
            for line in lines:
                say(line)
            return ExitCode.DONE
        user_id = desk.people.resolve_one(arguments.user).id if arguments.user else None
        entries = desk.journal.page(search=arguments.search, user_id=user_id, limit=arguments.limit)
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


def _json_line(record: dict[str, object]) -> str:
    return json.dumps(record, default=lambda value: iso_z(value) if hasattr(value, "astimezone") else str(value))
