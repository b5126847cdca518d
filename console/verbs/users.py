"""`frontdesk users`: people, searched and filtered."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_limit, collect, desk_of, limit_of, print_csv, settings_of
from models.errors import ExitCode
from models.rules.access import full_name
from models.views import PeopleFilter, PeopleSort
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--search", metavar="Q", default="", help=_("part of a name, a @username, a Telegram id, or words they wrote")
    )
    parser.add_argument(
        "--filter", choices=[each.value for each in PeopleFilter], default=PeopleFilter.ALL.value, help=_("which (all)")
    )
    parser.add_argument(
        "--sort", choices=[each.value for each in PeopleSort], default=PeopleSort.NEWEST.value, help=_("order (newest)")
    )
    add_limit(parser, csv=True)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments), read_only=True) as desk:
        from models.services.records import user_records

        wanted, order = PeopleFilter(arguments.filter), PeopleSort(arguments.sort)
        if arguments.csv:
            found = desk.exports.users(arguments.search, wanted, order, limit=arguments.limit)
            return print_csv(arguments, found)
        ids = collect(
            lambda after, limit: desk.people.ids(
                search=arguments.search, filter=wanted, sort=order, after=after, limit=limit
            ),
            limit_of(arguments),
        )
        records = user_records(desk.database, ids)
    if arguments.json:
        say(as_json([asdict(record) for record in records]))
        return ExitCode.DONE
    head = (_("ID"), _("TELEGRAM ID"), _("CREATED"), _("ACCESS"), _("NAME"), _("USERNAME"))
    rows = [
        (
            str(record.id),
            str(record.telegram_id),
            local_time(record.created_at),
            _("admin") if record.admin else _("paid") if record.paid else "-",
            cell(full_name(record.first_name, record.last_name), 40),
            cell(record.username and f"@{record.username}", 33),
        )
        for record in records
    ]
    for line in table(head, rows):
        say(line)
    return ExitCode.DONE
