"""`frontdesk demo`: the console on generated data, with a Telegram stand-in on loopback; leaves nothing behind."""

from __future__ import annotations

import argparse
from dataclasses import replace
from decimal import Decimal

from console.config import Settings
from console.output import complain
from console.terminal import no_terminal, open_console
from console.verbs.common import settings_of
from models.errors import ExitCode
from models.rules.access_presets import Presets
from models.rules.expiry import Term
from models.rules.money import Money
from screens.i18n import _

#: What the made-up course costs, and how long it lasts.
SOLD = Presets(
    prices={
        "basic": (Money(Decimal(9000)),),
        "accelerator": (Money(Decimal(19000)), Money(Decimal(200), "USD")),
        "vip": (Money(Decimal(38000)), Money(Decimal(400), "USD")),
    },
    terms={"basic": (Term(months=3),), "accelerator": (Term(months=6),), "vip": (Term(months=12),)},
)


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    if arguments.database is not None:
        arguments.fail(_("the demo makes a database of its own"))
    if arguments.json:
        arguments.fail(_("the demo is a screen: it prints no JSON"))
    settings = settings_of(arguments)
    if (why := no_terminal()) is not None:
        complain(why)
        return ExitCode.FAILED
    return open_demo(settings)


def open_demo(settings: Settings) -> int:
    """The console with the person's own language, theme and keys, and nothing else of theirs. Raises FrontdeskError."""
    from console.demo.run import prepare
    from console.telegram import Token

    with prepare() as session:
        made_up = replace(
            settings,
            database=str(session.database),
            token=Token(session.token),
            token_file=None,
            telegram_api_url=session.api_url,
            mode=None,
            cache_folder=session.folder,
            presets=SOLD,
            export_folder=session.folder / "exports",
            sources={},
        )
        return open_console(made_up)
