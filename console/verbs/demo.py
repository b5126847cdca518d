"""`frontdesk demo`: the console on generated data, with a Telegram stand-in on loopback; leaves nothing behind."""

from __future__ import annotations

import argparse

from models.errors import ExitCode


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    return ExitCode.FAILED
