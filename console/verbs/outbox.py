"""`frontdesk outbox`: replies not yet delivered, and a person's decision about one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from console.output import as_json, cell, local_time, say, table
from console.verbs.common import add_csv, desk_of, print_csv, settings_of, whole_number
from models.errors import ExitCode
from models.rules.clock import utc_now
from models.rules.delivery import NOT_DELIVERED, Choice, choices
from models.rules.text import clean
from models.views import Reply
from screens.evidence import spoken
from screens.i18n import _

if TYPE_CHECKING:
    from models.services.evidence import Evidence

_ALL = 2**31 - 1


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "choice",
        nargs="?",
        choices=[choice.value for choice in Choice],
        help=_("send again (retry), it arrived (delivered), give up (cancel)"),
    )
    parser.add_argument("id", nargs="?", type=whole_number, metavar="ID", help=_("the reply's id in the outbox"))
    add_csv(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.choice is None:
        with desk_of(settings, read_only=True) as desk:
            if arguments.csv:
                return print_csv(arguments, desk.exports.outbox())
            replies = desk.outbox.list(limit=_ALL)
            known = desk.outbox.evidence([reply.id for reply in replies if reply.state in NOT_DELIVERED])
        _print_list(replies, known, json=arguments.json)
        return ExitCode.DONE
    if arguments.csv:
        arguments.fail(_("--csv goes with the list"))
    if arguments.id is None:
        arguments.fail(_("{choice} needs the ID of a reply").format(choice=arguments.choice))
    with desk_of(settings) as desk:
        if (refused := desk.why_not_write()) is not None:
            raise refused
        reply = desk.outbox.decide(arguments.id, Choice(arguments.choice))
    say(as_json(record(reply)) if arguments.json else line_of(reply))
    return ExitCode.DONE


def record(reply: Reply) -> dict[str, Any]:
    """A reply as scripts read it; `message_id` is our row in `messages`, `telegram_message_id` Telegram's."""
    return {
        "id": reply.id,
        "conversation_id": reply.conversation_id,
        "state": reply.state.value,
        "body": reply.body,
        "error": reply.error,
        "message_id": reply.message_id,
        "telegram_message_id": reply.telegram_message_id,
    }


def line_of(reply: Reply) -> str:
    """A reply and its state in one line, without its text."""
    line = _("reply {id} to conversation {conversation}: {state}").format(
        id=reply.id, conversation=reply.conversation_id, state=reply.state.value
    )
    return f"{line} ({clean(reply.error)})" if reply.error else line


def told(reply: Reply, evidence: Evidence | None) -> dict[str, Any]:
    """A reply with what speaks for and against its having arrived; None where that is no question."""
    return {**record(reply), "evidence": None if evidence is None else asdict(evidence)}


def _print_list(replies: tuple[Reply, ...], known: Mapping[int, Evidence], *, json: bool) -> None:
    if json:
        say(as_json([told(reply, known.get(reply.id)) for reply in replies]))
        return
    now = utc_now()
    head = (_("ID"), _("CONVERSATION"), _("STATE"), _("SINCE"), _("BY"), _("TO"), _("TEXT"), _("ERROR"))
    rows = [
        (
            str(reply.id),
            str(reply.conversation_id),
            reply.state.value,
            local_time(reply.updated_at or reply.created_at),
            cell(reply.operator_name, 20),
            cell(reply.person_name, 30),
            cell(reply.body, 40),
            cell(reply.error or reply.reason),
        )
        for reply in replies
    ]
    first, *lines = table(head, rows)
    say(first)
    for reply, line in zip(replies, lines, strict=True):
        say(line)
        for fact in spoken(known[reply.id], now) if reply.id in known else ():
            say(f"      {fact}")
        if reply.state in NOT_DELIVERED:
            offered = " | ".join(f"frontdesk outbox {choice.value} {reply.id}" for choice in choices(reply.state))
            say(f"      {offered}")
