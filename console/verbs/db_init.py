"""`frontdesk db init`: a new database of the seed's schema."""

from __future__ import annotations

import argparse

from console.config import data_path
from console.output import as_json, say
from console.verbs.common import add_file, settings_of_file
from models.errors import ExitCode, Refused
from models.rules.address import shown
from models.rules.text import clean
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of_file(arguments)
    if settings.read_only:
        raise Refused("read-only-session")
    named = "database_url" in settings.sources
    address = settings.database if named and settings.database else str(data_path())
    from models.store.lifecycle import initialise

    initialise(address)
    if arguments.json:
        say(as_json({"database": shown(address)}))
    else:
        say(_("Made {path}: open it with `frontdesk`.").format(path=clean(shown(address))))
        if named:
            say(_("It is not at the default place: name it with --database or FRONTDESK_DATABASE_URL."))
    return ExitCode.DONE
