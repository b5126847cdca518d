"""`frontdesk payments`: what was paid, with exact sums; a refund noted, a correction recorded."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, datetime, timedelta

from console.access_records import paid_record
from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_limit, desk_of, limit_of, print_csv, settings_of
from models.errors import ExitCode
from models.rules.money import parse_money
from models.rules.sales import PROCESSORS, STATUSES, TIERS
from models.rules.text import clean
from models.views.access import PaymentFilter
from screens.i18n import _
from screens.money import money
from screens.payment_words import price_word


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--day", type=_day, metavar="DATE", help=_("of this day, such as 2026-11-23"))
    parser.add_argument("--tier", choices=TIERS)
    parser.add_argument("--processor", choices=(*PROCESSORS, "none"), help=_("none: by hand"))
    parser.add_argument("--status", choices=STATUSES)
    parser.add_argument("--user", metavar="USER", help=_("@username, a Telegram id or #id"))
    parser.add_argument("--orphans", action="store_true", help=_("completed, and of no enrollment"))
    parser.add_argument("--refund", metavar="RECEIPT", help=_("note that this payment was given back; needs --reason"))
    parser.add_argument("--correct", metavar="RECEIPT", help=_("what was really paid; needs --amount and --reason"))
    parser.add_argument("--amount", metavar="A", help=_("correct: what was really paid"))
    parser.add_argument("--receipt", metavar="R", help=_("correct: the correction's own number (RECEIPT/1)"))
    parser.add_argument("--reason", metavar="WHY", help=_("why; it goes into the journal"))
    add_limit(parser, csv=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("{text} is no date such as 2026-11-23").format(text=text)) from None


def run(arguments: argparse.Namespace) -> int:
    if arguments.refund and arguments.correct:
        arguments.fail(_("give either --refund or --correct"))
    if (arguments.amount or arguments.receipt) and not arguments.correct:
        arguments.fail(_("--amount and --receipt go with --correct"))
    if arguments.refund:
        return _refund(arguments)
    return _correct(arguments) if arguments.correct else _list(arguments)


def _refund(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments)) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        paid = desk.payments.refund(arguments.refund, arguments.reason or "")
    price = "-" if paid.price is None else money(paid.price)
    say(as_json(paid_record(paid)) if arguments.json else clean(f"{paid.receipt}: {paid.status}, {price}"))
    return ExitCode.DONE


def _correct(arguments: argparse.Namespace) -> int:
    if not arguments.amount:
        arguments.fail(_("--correct needs --amount"))
    with desk_of(settings_of(arguments)) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        standing = desk.payments.standing(arguments.correct)
        meant = parse_money(arguments.amount, standing.currency if standing is not None else "RUB")
        receipt = arguments.receipt or f"{arguments.correct}/1"
        paid = desk.payments.correct_to(arguments.correct, receipt, meant, arguments.reason or "")
    said = _("{receipt}: {difference} beside {old}, together {meant}")
    words = said.format(receipt=paid.receipt, difference=price_word(paid.price), old=paid.corrects, meant=money(meant))
    say(as_json(paid_record(paid)) if arguments.json else clean(words))
    return ExitCode.DONE


def _list(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments), read_only=True) as desk:
        wanted = PaymentFilter(tier=arguments.tier, status=arguments.status, orphans=arguments.orphans)
        if arguments.processor:
            wanted = replace(wanted, processor="" if arguments.processor == "none" else arguments.processor)
        if arguments.day:
            since = datetime.combine(arguments.day, datetime.min.time()).astimezone()
            wanted = replace(wanted, since=since, until=since + timedelta(days=1))
        if arguments.user:
            wanted = replace(wanted, user_id=desk.people.resolve_one(arguments.user).id)
        if arguments.csv:
            return print_csv(arguments, desk.exports.payments(wanted, limit=arguments.limit))
        found = desk.payments.page(wanted, limit=limit_of(arguments))
        sums = desk.payments.sums(wanted)
    if arguments.json:
        say(as_json([paid_record(paid) for paid in found]))
        return ExitCode.DONE
    head = (_("ID"), _("WHEN"), _("STATUS"), _("AMOUNT"), _("TIER"), _("RECEIPT"), _("NAME"))
    rows = [
        (
            str(paid.id),
            local_time(paid.at),
            cell(paid.status, 12),
            "-" if paid.price is None else money(paid.price),
            cell(paid.tier, 12),
            cell(paid.receipt, 40),
            cell(paid.person_name, 40),
        )
        for paid in found
    ]
    for line in table(head, rows):
        say(line)
    for status, amounts in sums.items():
        say(clean(f"{status}: " + ", ".join(map(str, amounts))))
    return ExitCode.DONE
