"""`frontdesk db history`: the steps of the schema, and which of them this database has been through."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.output import as_json, say, table
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of_file(arguments), read_only=True, any_step=True) as desk:
        steps = desk.history()
    if arguments.json:
        say(as_json([asdict(step) for step in steps]))
        return ExitCode.DONE
    head = (_("BRANCH"), _("REVISION"), _("APPLIED"), _("WHAT"))
    rows = [(step.branch, step.revision, _("yes") if step.applied else _("no"), clean(_(step.title))) for step in steps]
    for line in table(head, rows):
        say(line)
    return ExitCode.DONE
