"""`frontdesk export ID`: a conversation as Markdown, text, JSON or one HTML page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from console.output import complain
from console.verbs.common import desk_of, settings_of, whole_number
from models.errors import ExitCode
from models.rules.clock import utc_now
from screens.i18n import _
from screens.private import write_private
from screens.transcripts import FORMATS


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation_id", type=whole_number, metavar="CONVERSATION_ID")
    parser.add_argument(
        "--format", choices=tuple(FORMATS), help=_("how it is written (as FILE's name says, else text)")
    )
    parser.add_argument("--output", metavar="FILE", help=_("a new file, readable by you only; else standard output"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.json and arguments.format not in (None, "json"):
        arguments.fail(_("--json and --format name different formats"))
    name = "json" if arguments.json else arguments.format or _by_name(arguments.output)
    with desk_of(settings_of(arguments), read_only=True) as desk:
        transcript = desk.exports.transcript(arguments.conversation_id)
    content = FORMATS[name][1](transcript, utc_now()).encode("utf-8", "replace")
    if arguments.output is not None:
        write_private(Path(arguments.output), content)
        complain(_("written: {path}").format(path=arguments.output))
    else:
        sys.stdout.buffer.write(content)
    return ExitCode.DONE


def _by_name(output: str | None) -> str:
    ends = {suffix: name for name, (suffix, _write) in FORMATS.items()}
    return ends.get(Path(output or "").suffix.removeprefix("."), "text")
