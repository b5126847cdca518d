"""`frontdesk conversations`: the inbox as a list."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial

from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_limit, collect, desk_of, limit_of, print_csv, settings_of
from models.errors import ExitCode
from models.rules.triage import tag_of
from models.views import View
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--view", choices=[view.value for view in View], default=View.ALL.value, help=_("which of them (all)")
    )
    parser.add_argument("--tag", help=_("of those with a tag, only with this one"))
    add_limit(parser, csv=True)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    with desk_of(settings, read_only=True) as desk:
        from models.services.records import conversation_records

        tag = tag_of(arguments.tag) if arguments.tag else None
        view = View.TAGGED if tag is not None else View(arguments.view)
        if arguments.csv:
            return print_csv(arguments, desk.exports.conversations(view, limit=arguments.limit, tag=tag))
        pages = partial(desk.inbox.ids, view, tag=tag)
        ids = collect(lambda after, limit: pages(after=after, limit=limit), limit_of(arguments))
        records = conversation_records(desk.database, ids)
    if arguments.json:
        say(as_json([asdict(record) for record in records]))
        return ExitCode.DONE
    head = (_("ID"), _("LAST"), _("UNREAD"), _("SCORE"), _("NAME"), _("USERNAME"), _("LAST MESSAGE"))
    rows = [
        (
            str(record.id),
            local_time(record.last_message_at),
            str(record.unread_count),
            cell(record.ai_ready_score),
            cell(record.name, 30),
            cell(record.username and f"@{record.username}", 33),
            cell(record.last_message),
        )
        for record in records
    ]
    for line in table(head, rows):
        say(line)
    return ExitCode.DONE
