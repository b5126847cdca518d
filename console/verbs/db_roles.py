"""`frontdesk db roles`: the rights that Frontdesk needs on a PostgreSQL server, as SQL; it changes nothing."""

from __future__ import annotations

import argparse

from console.output import as_json, say
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--owner", default="frontdesk_owner", metavar="NAME", help=_("who may alter our tables"))
    parser.add_argument("--operator", default="frontdesk_operator", metavar="NAME", help=_("who runs the console"))


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of_file(arguments), read_only=True) as desk:
        from models.store.roles import roles_sql

        statements = roles_sql(desk.database, owner=arguments.owner, operator=arguments.operator)
    if arguments.json:
        say(as_json({"owner": arguments.owner, "operator": arguments.operator, "sql": statements}))
    else:
        for line in statements.splitlines():
            say(clean(line))
    return ExitCode.DONE
