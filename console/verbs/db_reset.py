"""`frontdesk db reset`: every row gone, from a database that Frontdesk itself marked as one for tests, and no other."""

from __future__ import annotations

import argparse

from console.output import as_json, say
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of_file(arguments)) as desk:
        from models.store.seeds import reset

        removed = reset(desk.database, desk.clock())
    if arguments.json:
        say(as_json({"removed": removed}))
    else:
        say(_("{n:,} rows removed.").format(n=sum(removed.values())))
    return ExitCode.DONE
