"""`frontdesk db copy SOURCE TARGET`: an SQLite file into PostgreSQL or another file, compared row by row afterwards."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from console.output import as_json, complain, say
from console.progress import shown
from console.verbs.common import settings_of
from models.errors import ExitCode, Refused
from models.rules.address import names_server, path_of
from models.rules.address import shown as without_password
from models.rules.clock import monotonic
from models.rules.text import clean
from screens.i18n import _, ngettext

if TYPE_CHECKING:
    from models.store.copy_values import Copied

#: How many changed values a person is shown.
_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help=_("the SQLite file; it is only read"))
    parser.add_argument("target", metavar="TARGET", help=_("a postgresql:// URL, or a new file"))
    parser.add_argument(
        "--catch-up", action="store_true", help=_("the target is a copy: take over what has changed since")
    )


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if settings.read_only:
        raise Refused("read-only-session")
    if names_server(arguments.source):
        arguments.fail(_("SOURCE is an SQLite file"))
    source, target = path_of(arguments.source).absolute(), str(arguments.target)
    from models.store.copy_run import copy

    begun = monotonic()
    with shown(json=arguments.json) as progress:
        done = copy(
            source,
            target,
            catch_up=arguments.catch_up,
            timeout_ms=int(settings.database_timeout),
            progress=progress,
        )
    seconds = monotonic() - begun
    if arguments.json:
        say(as_json(_record(done, seconds)))
    else:
        _tell(done, clean(without_password(target)), seconds)
    return ExitCode.DONE if done.same else ExitCode.FAILED


def _record(done: Copied, seconds: float) -> dict[str, Any]:
    tables = {name: {**asdict(side), "same": side.source == side.target} for name, side in done.tables.items()}
    return {
        "same": done.same,
        "tables": tables,
        "written": done.written,
        "removed": done.removed,
        "changed_values": done.changed_count,
        "changed": [asdict(value) for value in done.changed_values],
        "seconds": round(seconds, 3),
    }


def _tell(done: Copied, target: str, seconds: float) -> None:
    for value in done.changed_values[:_SHOWN]:
        say(f"  {value.table} {value.id} {value.column}: {clean(value.what)}")
    if done.changed_count:
        said = ngettext("{n} value could not go as it is.", "{n} values could not go as they are.", done.changed_count)
        say(said.format(n=done.changed_count))
    rows = sum(side.rows for side in done.tables.values())
    said = _("{target}: {rows:,} rows in {tables} tables, {written:,} written, {removed:,} removed; {seconds:.1f} s.")
    say(
        said.format(
            target=target,
            rows=rows,
            tables=len(done.tables),
            written=done.written,
            removed=done.removed,
            seconds=seconds,
        )
    )
    different = [name for name, side in done.tables.items() if side.source != side.target]
    if different:
        complain(_("these tables differ: {tables}").format(tables=", ".join(different)))
    else:
        say(_("Every table is the same on both sides, by count and digest."))
