"""`frontdesk report`: the inbox and the sales of a period, as text, JSON, CSV, or one page that needs nothing else."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from console.output import as_json, complain, say
from console.progress import shown
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode, FrontdeskError
from models.rules.days import Period, ahead, day_of, parse_day, period
from screens.i18n import _
from screens.pictures import drawings

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.services.report import Reports
    from models.views.report import Report

#: Days of a period, unless both ends are named.
DAYS = 30
#: Seconds between two looks whether another process has counted to the end.
_ELSEWHERE = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    day = _day(parser)
    parser.add_argument("--since", type=day, metavar="D", help=_("the first day (2026-11-23 or 23.11.2026)"))
    parser.add_argument("--until", type=day, metavar="D", help=_("the last day, inside; today unless named"))
    parser.add_argument("--html", metavar="FILE", help=_("write one page that opens in any browser, offline"))
    parser.add_argument("--csv", metavar="FILE", help=_("write a table for a spreadsheet"))
    parser.add_argument("--names", action="store_true", help=_("people's and operators' names in these files, too"))
    parser.add_argument("--recount", action="store_true", help=_("count all messages again from the first"))


def _day(parser: argparse.ArgumentParser) -> Callable[[str], date]:
    def day(text: str) -> date:
        try:
            return parse_day(text)
        except FrontdeskError as error:
            from screens.wording import words

            raise argparse.ArgumentTypeError(words(error)) from None

    return day


def run(arguments: argparse.Namespace) -> int:
    if arguments.names and not (arguments.html or arguments.csv):
        arguments.fail(_("--names goes with --html or --csv"))
    with desk_of(settings_of(arguments)) as desk:
        today = day_of(desk.clock())
        until = arguments.until or (max(today, arguments.since) if arguments.since else today)
        since = arguments.since or until - timedelta(days=DAYS - 1)
        wanted, coming = period(since, until), ahead(today)
        if arguments.recount:
            desk.report.recount()
        with shown(json=arguments.json) as progress:
            report = counted(desk.report, wanted, coming, progress)
        _write(arguments, desk, report, wanted, coming)
    return ExitCode.DONE


def counted(reports: Reports, wanted: Period, coming: Period, progress: Callable[[str, int, int], None]) -> Report:
    """Counts to the end, or waits for the process that does. Raises DatabaseProblem."""
    while True:
        counting = reports.step()
        progress("count", counting.done, counting.total)
        if counting.elsewhere:
            time.sleep(_ELSEWHERE)
        elif counting.finished and (report := reports.report(wanted, coming)) is not None:
            return report


def _write(arguments: argparse.Namespace, desk: Desk, report: Report, wanted: Period, coming: Period) -> None:
    from console.report_files import keep
    from console.report_records import as_table, record

    pictures = drawings(report, wanted, coming)
    if arguments.html:
        from console.report_page import page

        ending = desk.report.ending(coming) if arguments.names else ()
        keep(arguments.html, page(report, pictures, names=arguments.names, ending=ending))
        complain(_("written: {path}").format(path=arguments.html))
    if arguments.csv:
        keep(arguments.csv, as_table(report, names=arguments.names))
        complain(_("written: {path}").format(path=arguments.csv))
    if arguments.json:
        say(as_json(record(report)))
    elif not (arguments.html or arguments.csv):
        from console.report_text import lines

        for line in lines(report, pictures):
            say(line)
