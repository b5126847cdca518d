"""`frontdesk admin`: makes an admin, who is then always paid, or unmakes one; never the last."""

from __future__ import annotations

import argparse

from console.output import as_json, say
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help=_("@username, a Telegram id or #id"))
    parser.add_argument("switch", choices=["on", "off"])
    parser.add_argument("--reason", metavar="WHY", help=_("why; it goes into the journal"))


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments)) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        found = desk.people.resolve_one(arguments.user)
        row = desk.access.set_admin(found.id, arguments.switch == "on", reason=arguments.reason).row
    if arguments.json:
        say(as_json({"user_id": row.id, "admin": row.admin, "paid": row.paid}))
    else:
        said = _("{name} is an admin") if row.admin else _("{name} is no admin")
        say(clean(said.format(name=row.name)))
    return ExitCode.DONE
