"""What several verbs ask for in the same way."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.config import Settings, load
from models.errors import ExitCode
from screens.i18n import _, set_language

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.views import Cursor, IdPage

#: How many rows a list prints unless told otherwise.
LIMIT = 50
#: How many ids are asked for at a time.
_PAGE = 500
#: Ids and limits beyond SQLite's integers can't name a row.
_LARGEST = 2**63 - 1


def settings_of(arguments: argparse.Namespace, *, file: str | None = None) -> Settings:
    """Settings, with the database that the command line names. Raises Usage."""
    database = file if file is not None else arguments.database
    settings = load(database=database, flag="FILE" if file is not None else "--database", read_only=arguments.read_only)
    if settings.lang:
        set_language(settings.lang)
    return settings


def add_file(parser: argparse.ArgumentParser) -> None:
    """The database as an argument of the verbs that are about the database itself."""
    parser.add_argument("file", nargs="?", metavar="FILE", help=_("the database, unless --database names it"))


#: `2025_10_16_000000`, `console@base`: what is no file.
_REVISION = re.compile(r"(?:\w+@)?(?:\d{4}_\d\d_\d\d_\d{6}|base|head)")


def add_revision(parser: argparse.ArgumentParser) -> None:
    """A revision and the database, in either order, both optional."""
    parser.add_argument(
        "words", nargs="*", metavar="REV | FILE", help=_("a revision (see `frontdesk db history`), the database")
    )


def settings_of_revision(arguments: argparse.Namespace) -> tuple[Settings, str | None]:
    """Settings with the database that is named, and the revision. Raises Usage."""
    revisions = [word for word in arguments.words if _REVISION.fullmatch(word)]
    files = [word for word in arguments.words if not _REVISION.fullmatch(word)]
    if len(revisions) > 1 or len(files) > 1:
        arguments.fail(_("give one revision and one database at most"))
    arguments.file = files[0] if files else None
    return settings_of_file(arguments), revisions[0] if revisions else None


def add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="FOLDER", help=_("the folder of backups (FRONTDESK_BACKUP_FOLDER)"))


def with_folder(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """The settings with the folder of backups that --folder names."""
    if arguments.folder is None:
        return settings
    return replace(settings, backup_folder=Path(arguments.folder).expanduser().absolute())


def settings_of_file(arguments: argparse.Namespace) -> Settings:
    """Settings with the database that FILE or --database names. Raises Usage."""
    if arguments.file is not None and arguments.database is not None:
        arguments.fail(_("FILE and --database both name a database: give one"))
    return settings_of(arguments, file=arguments.file)


def whole_number(text: str) -> int:
    """An argparse type: a positive whole number."""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:20]) <= _LARGEST or len(text) > 20:
        raise argparse.ArgumentTypeError(_("{text} is not a positive whole number").format(text=text))
    return int(text)


def add_limit(parser: argparse.ArgumentParser, *, csv: bool = False) -> None:
    """`csv`: a list that a spreadsheet may have, too, all of it unless --limit is given (see `print_csv`)."""
    parser.add_argument(
        "--limit",
        type=whole_number,
        default=None if csv else LIMIT,
        metavar="N",
        help=_("at most so many ({n})").format(n=LIMIT),
    )
    if csv:
        add_csv(parser)


def add_csv(parser: argparse.ArgumentParser) -> None:
    """The list for a spreadsheet."""
    parser.add_argument("--csv", action="store_true", help=_("print CSV for a spreadsheet; all of it, without --limit"))


def limit_of(arguments: argparse.Namespace) -> int:
    """How many rows are printed."""
    return LIMIT if arguments.limit is None else int(arguments.limit)


def print_csv(arguments: argparse.Namespace, lines: Iterable[str]) -> int:
    """Lines of `models.rules.csv_text`, as they are: a spreadsheet reads UTF-8 whatever the terminal's locale."""
    if arguments.json:
        arguments.fail(_("--csv and --json are two formats: give one"))
    for line in lines:
        sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    return ExitCode.DONE


@contextmanager
def desk_of(settings: Settings, *, read_only: bool = False, any_step: bool = False) -> Iterator[Desk]:
    """An open desk, closed afterwards. Raises FrontdeskError."""
    from console.wiring import open_desk

    desk = open_desk(settings, read_only=read_only, any_step=any_step)
    try:
        yield desk
    finally:
        desk.close()


def collect(page: Callable[[Cursor | None, int], IdPage], limit: int) -> list[int]:
    """The first `limit` ids of a list, page by page."""
    ids: list[int] = []
    after: Cursor | None = None
    while len(ids) < limit:
        found = page(after, min(_PAGE, limit - len(ids)))
        ids += found.ids
        after = found.next
        if after is None:
            break
    return ids[:limit]
