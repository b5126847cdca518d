"""`frontdesk db upgrade`: the schema moved on, after a backup. Of the application's tables none is ever touched."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from console.backups import before_change
from console.output import as_json, say
from console.verbs.common import add_revision, desk_of, settings_of_revision
from models.errors import ExitCode, Refused
from models.rules.text import clean
from models.schema import SchemaStep
from models.views import UpgradePlan
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_revision(parser)
    parser.add_argument(
        "--planned-tables",
        action="store_true",
        help=_("enrollments, lesson_progress and payments, too, in a database that the application owns"),
    )
    parser.add_argument("--no-backup", action="store_true", help=_("take no backup first"))


def run(arguments: argparse.Namespace) -> int:
    settings, target = settings_of_revision(arguments)
    with desk_of(settings, any_step=True) as desk:
        if desk.database.read_only:
            raise Refused("read-only-session")
        wanted = {"target": target, "planned_tables": arguments.planned_tables}
        backup = None
        if desk.plan_upgrade(**wanted).steps and not arguments.no_backup:
            backup = before_change(desk.database, settings, json=arguments.json)
        plan = desk.upgrade(**wanted)
    if arguments.json:
        say(as_json({**_record(plan), "backup": None if backup is None else str(backup.path)}))
        return ExitCode.DONE
    for step in plan.steps:
        say(line_of(step))
    if not plan.steps:
        say(_("Nothing to do: version {version}.").format(version=plan.current or "-"))
    elif all(step.branch != "seed" for step in plan.steps):
        say(
            _("Added: {tables}. The application's tables are as they were.").format(
                tables=", ".join(plan.tables) or "-"
            )
        )
    return ExitCode.DONE


def line_of(step: SchemaStep) -> str:
    """A step as people read it."""
    return f"{'+' if step.up else '-'} {step.branch}@{step.revision}  {clean(_(step.title))}"


def _record(plan: UpgradePlan) -> dict[str, Any]:
    return {
        "added": list(plan.tables),
        "from": plan.current,
        "to": plan.head,
        "steps": [asdict(step) for step in plan.steps],
    }
