"""`frontdesk grant`: paid access for one person, or for a list."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.access_records import batch_record, granted_record
from console.config import Settings
from console.output import as_json, cell, complain, say, table
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode, Refused, Usage
from models.rules.access_lines import parse_lines, parse_tier
from models.rules.clock import utc_now
from models.rules.expiry import Term, parse_term
from models.rules.money import parse_money
from models.rules.receipts import cash_receipt
from models.rules.sales import CURRENCIES, PROCESSORS, TIERS
from models.rules.text import clean
from models.views.access import BatchResult, BatchRow, GrantOrder
from screens.access_words import LINE_WORDS, granted_line, notice_of, preview_line
from screens.i18n import _
from screens.wording import words

if TYPE_CHECKING:
    from models.services.desk import Desk

#: The largest list that is read, in bytes.
_LARGEST = 4 << 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", nargs="?", metavar="USER", help=_("@username, a Telegram id or #id"))
    parser.add_argument("--tier", metavar="T", help=", ".join(TIERS))
    parser.add_argument("--amount", metavar="A", help=_("what was paid; the tier's price unless given"))
    parser.add_argument("--currency", metavar="C", choices=CURRENCIES, help=_("RUB unless given"))
    parser.add_argument("--receipt", metavar="R", help=_("the receipt's number"))
    parser.add_argument("--cash", action="store_true", help=_("no receipt: make a readable number"))
    parser.add_argument("--expires", metavar="D", help=_("12m, 90d, lifetime or a date; the tier's term unless given"))
    parser.add_argument(
        "--processor", choices=PROCESSORS, help=_("through which the payment came; by hand unless given")
    )
    parser.add_argument("--override", metavar="WHY", help=_("why a receipt that looks like a used one is all right"))
    parser.add_argument("--reason", metavar="WHY", help=_("a note for the journal"))
    parser.add_argument("--no-notify", action="store_true", help=_("tell the person nothing"))
    parser.add_argument("--csv", metavar="FILE", help=_("a list: @name or id, tier, amount, receipt; - reads it"))
    parser.add_argument("--dry-run", action="store_true", help=_("say what would be granted, and grant nothing"))


def run(arguments: argparse.Namespace) -> int:
    if (arguments.csv is None) == (arguments.user is None):
        arguments.fail(_("give either USER or --csv FILE"))
    settings = settings_of(arguments)
    if arguments.csv is not None:
        named = [name for name in ("tier", "amount", "receipt", "override") if getattr(arguments, name)]
        if named or arguments.cash:
            arguments.fail(_("--csv takes tier, amount and receipt from the list"))
        return _list(arguments, settings)
    if not arguments.tier or not (arguments.receipt or arguments.cash):
        arguments.fail(_("USER needs --tier and --receipt or --cash"))
    return _one(arguments, settings)


def _one(arguments: argparse.Namespace, settings: Settings) -> int:
    tier = parse_tier(arguments.tier)
    prices = settings.presets.prices_of(tier)
    if arguments.amount is None and not prices:
        arguments.fail(_("{tier} has no price in the configuration: give --amount").format(tier=tier))
    if arguments.amount is None:
        wanted = [price for price in prices if arguments.currency in (None, price.currency)]
        price = wanted[0] if wanted else arguments.fail(_("no price in that currency: give --amount"))
    else:
        price = parse_money(arguments.amount, arguments.currency or "RUB")
        if arguments.currency not in (None, price.currency):
            arguments.fail(_("--amount and --currency differ"))
    term = parse_term(arguments.expires) if arguments.expires else settings.presets.terms_of(tier)[0]
    receipt = arguments.receipt or cash_receipt(utc_now(), secrets.randbits(40))
    with desk_of(settings, read_only=arguments.dry_run) as desk:
        _may_write(desk, arguments)
        person = desk.people.resolve_one(arguments.user)
        order = GrantOrder(
            person.id, tier, price, receipt, term,
            processor=arguments.processor, override=arguments.override, reason=arguments.reason,
        )  # fmt: skip
        preview = desk.grants.preview(order)
        if not arguments.no_notify:
            preview = replace(preview, order=replace(order, notice=notice_of(settings.presets, preview)))
        if arguments.dry_run:
            if preview.refused is not None:
                raise preview.refused
            say(as_json({"user_id": person.id, "expires_at": preview.expires_at, "renewal": preview.renewal})
                if arguments.json else clean(preview_line(preview)))  # fmt: skip
            return ExitCode.DONE
        granted = desk.grants.grant(preview.order, seen=preview.seen)
    say(as_json({**granted_record(granted), "receipt": receipt}) if arguments.json else clean(granted_line(granted)))
    return ExitCode.DONE


def _may_write(desk: Desk, arguments: argparse.Namespace) -> None:
    if not arguments.dry_run and (refused := desk.why_not_write()) is not None:
        raise refused


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    lines = parse_lines(_read(arguments.csv), arguments.currency or "RUB")
    fixed: Term | None = parse_term(arguments.expires) if arguments.expires else None
    with desk_of(settings, read_only=arguments.dry_run) as desk:
        _may_write(desk, arguments)
        rows = desk.batch.resolve(lines, lambda tier: fixed or settings.presets.terms_of(tier)[0])
        results: list[BatchResult] = []
        if not arguments.dry_run:
            from console.progress import shown

            telling = (lambda _preview: None) if arguments.no_notify else (lambda p: notice_of(settings.presets, p))
            with shown(json=arguments.json) as progress:
                for result in desk.batch.apply(rows, telling):
                    results.append(result)
                    progress("people", len(results), len(rows))
    _print(rows, results, json=arguments.json)
    fine = ("new", "renewal", "done")
    failed = sum(row.state.value not in fine for row in rows) + sum(result.error is not None for result in results)
    if failed:
        complain(words(Refused("list-not-granted", count=failed)))
        return ExitCode.REFUSED
    return ExitCode.DONE


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read(_LARGEST)
    try:
        with Path(name).open("rb") as file:
            return file.read(_LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise Usage("bad-setting", name="--csv", why=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise Usage("bad-setting", name="--csv", why=_("is not UTF-8")) from None


def _print(rows: Sequence[BatchRow], results: Sequence[BatchResult], *, json: bool) -> None:
    found: list[BatchResult | None] = [*results] or [None for _row in rows]
    if json:
        say(as_json([batch_record(row, result) for row, result in zip(rows, found, strict=True)]))
        return
    head = (_("LINE"), _("WHO"), _("WHAT"), _("STATE"), _("MORE"))
    printed = []
    for row, result in zip(rows, found, strict=True):
        error = result.error if result is not None and result.error is not None else row.problem
        done = result is not None and result.granted is not None
        more = words(error) if error is not None else ", ".join(f"#{person[0]}" for person in row.people)
        what = preview_line(row.preview) if row.preview is not None and error is None else row.line.text
        state = _(LINE_WORDS[row.state])
        said = _("granted ({state})").format(state=state) if done else state
        printed.append(
            (str(row.line.number), cell(row.person_name or row.line.user, 30), cell(what), said, cell(more, 120))
        )
    for line in table(head, printed):
        say(line)
