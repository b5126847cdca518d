"""`frontdesk db upgrade`: our own tables, added or moved on. The application's are never touched."""

from __future__ import annotations

import argparse
from typing import Any

from console.output import as_json, say
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode, Refused
from models.views import UpgradePlan
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of_file(arguments)) as desk:
        if desk.database.read_only:
            raise Refused("read-only-session")
        plan = desk.upgrade()
    if arguments.json:
        say(as_json(_record(plan)))
    elif plan.tables or plan.current != plan.head:
        say(
            _("Added: {tables}. The application's tables are as they were.").format(
                tables=", ".join(plan.tables) or "-"
            )
        )
    else:
        say(_("Nothing to do: version {version}.").format(version=plan.head))
    return ExitCode.DONE


def _record(plan: UpgradePlan) -> dict[str, Any]:
    return {"added": list(plan.tables), "from": plan.current, "to": plan.head}
