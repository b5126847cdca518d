"""`frontdesk db check`: what is wrong in the database; with --repair one kind of it is mended."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from console.asking import typed
from console.backups import before_change
from console.config import Settings
from console.output import as_json, say
from console.progress import shown
from console.verbs.common import add_file, desk_of, settings_of_file
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _, ngettext

if TYPE_CHECKING:
    from models.services.check import Finding

#: How many rows of a kind a person is shown.
_SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--repair", metavar="NAME", help=_("mend this kind: preview, confirmation, backup"))
    parser.add_argument("--yes", metavar="COUNT", help=_("the number of rows, instead of being asked for it"))


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of_file(arguments)
    if arguments.repair is not None:
        return _repair(arguments, settings)
    from models.services.check import check
    from models.services.repair import MENDS

    with desk_of(settings, read_only=True) as desk, shown(json=arguments.json) as progress:
        findings = check(desk.database, desk.clock, progress=progress)
    wrong = any(finding.count for finding in findings)
    if arguments.json:
        say(as_json([{**asdict(finding), "repairable": finding.name in MENDS} for finding in findings]))
        return ExitCode.FAILED if wrong else ExitCode.DONE
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        state = _("ok") if not finding.count else ngettext("{n} row", "{n} rows", finding.count)
        say(f"{finding.name:<{width}}  {state.format(n=finding.count)}")
        _show(finding)
        if finding.count and finding.name in MENDS:
            say("  → frontdesk db check --repair " + finding.name)
    return ExitCode.FAILED if wrong else ExitCode.DONE


def _show(finding: Finding) -> None:
    for row in finding.rows[:_SHOWN]:
        say(f"  {row.table} {row.id}: {clean(row.what)}")
    if finding.count > _SHOWN:
        say("  " + _("… and {n} more").format(n=finding.count - _SHOWN))


def _repair(arguments: argparse.Namespace, settings: Settings) -> int:
    from models.services.check import check
    from models.services.repair import mender, repair

    with desk_of(settings) as desk:
        mender(arguments.repair)
        operator = desk.require_operator()
        with shown(json=arguments.json) as progress:
            [finding] = check(desk.database, desk.clock, kinds=[arguments.repair], progress=progress)
        if not arguments.json:
            say(
                ngettext("{n} row of {name}", "{n} rows of {name}", finding.count).format(
                    n=finding.count, name=finding.name
                )
            )
            _show(finding)
        backup = None
        mended, left = 0, []
        if finding.count:
            typed(str(finding.count), given=arguments.yes, what=_("These rows will be changed."))
            backup = before_change(desk.database, settings, json=arguments.json)
            with shown(json=arguments.json) as progress:
                done = repair(
                    desk.database,
                    desk.clock,
                    operator,
                    desk.source,
                    finding.name,
                    expected=finding.count,
                    progress=progress,
                )
            mended, left = done.count, [asdict(row) for row in done.left]
    if arguments.json:
        where = None if backup is None else str(backup.path)
        say(as_json({"name": finding.name, "mended": mended, "left": left, "backup": where}))
    else:
        say(ngettext("{n} row mended.", "{n} rows mended.", mended).format(n=mended))
        if left:
            say(ngettext("{n} left for you to decide.", "{n} left for you to decide.", len(left)).format(n=len(left)))
    return ExitCode.DONE
