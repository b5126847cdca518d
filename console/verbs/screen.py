"""`frontdesk [FILE]`: the console itself."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from console.config import Settings, data_path, database_address
from console.output import complain
from console.terminal import no_terminal, open_console, speak_utf8
from console.verbs.common import settings_of
from models.errors import DatabaseProblem, ExitCode
from models.rules.address import names_server
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help=_("a database: a path, or an sqlite:/// or postgresql:// URL")
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.file is not None and arguments.database is not None:
        arguments.fail(_("FILE and --database both name a database: give one"))
    if arguments.json:
        arguments.fail(_("--json needs a verb"))
    if arguments.file is not None and (near := _meant(arguments.file)) is not None:
        arguments.fail(
            _("{name} is neither a verb nor a file; did you mean `frontdesk {near}`?").format(
                name=arguments.file, near=near
            )
        )
    settings = settings_of(arguments, file=arguments.file)
    if (why := no_terminal()) is not None:
        complain(why)
        return ExitCode.FAILED
    if settings.database is None:
        return welcome(settings)
    return open_console(settings)


def _meant(name: str) -> str | None:
    """The verb that a first argument almost is, when no file has that name."""
    if os.sep in name or "." in name or "://" in name or Path(name).exists():
        return None
    from difflib import get_close_matches

    from console.cli import VERBS

    near = get_close_matches(name, VERBS, n=1, cutoff=0.7)
    return near[0] if near else None


def welcome(settings: Settings) -> int:
    """Nothing is configured: asks what to open, and opens it. Raises FrontdeskError when it can't be made."""
    from screens.welcome import WelcomeApp

    speak_utf8()
    answer = WelcomeApp(data_path(), theme=settings.theme, check=_check).run()
    if answer is None:
        return ExitCode.DONE
    if answer.kind == "demo" or answer.path is None:
        from console.verbs.demo import open_demo

        return open_demo(settings)
    address = database_address(answer.path, "FILE")
    if answer.kind == "new":
        from models.store.lifecycle import initialise

        initialise(address)
    return open_console(replace(settings, database=address))


def _check(path: str) -> None:
    """Whether there is such a file; what is in it is judged, and a server asked, when it is opened. Raises
    FrontdeskError."""
    address = database_address(path, "FILE")
    if names_server(address):
        return
    found = Path(address)
    if not found.exists():
        raise DatabaseProblem("not-found", path=str(found))
    if found.is_dir():
        raise DatabaseProblem("is-directory", path=str(found))
