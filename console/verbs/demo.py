"""`frontdesk demo`: the console on generated data, with a Telegram stand-in on loopback; leaves nothing behind."""

from __future__ import annotations

import argparse

from console.config import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    from console.verbs.common import settings_of

    return open_demo(settings_of(arguments))


def open_demo(settings: Settings) -> int:
    raise NotImplementedError
