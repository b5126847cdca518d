"""`frontdesk outbox`: replies not yet delivered, and a person's decision about one."""

from __future__ import annotations

import argparse
from typing import Any

from console.output import as_json, cell, local_time, say, table
from console.verbs.common import desk_of, settings_of, whole_number
from models.errors import ExitCode
from models.rules.delivery import Choice
from models.rules.text import clean
from models.views import Reply
from screens.i18n import _

_ALL = 2**31 - 1


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "choice",
        nargs="?",
        choices=[choice.value for choice in Choice],
        help=_("send again (retry), it arrived (delivered), give up (cancel)"),
    )
    parser.add_argument("id", nargs="?", type=whole_number, metavar="ID", help=_("the reply's id in the outbox"))


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    if arguments.choice is None:
        with desk_of(settings, read_only=True) as desk:
            replies = desk.outbox.list(limit=_ALL)
        _print_list(replies, json=arguments.json)
        return ExitCode.DONE
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


def _print_list(replies: tuple[Reply, ...], *, json: bool) -> None:
    if json:
        say(as_json([record(reply) for reply in replies]))
        return
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
    for line in table(head, rows):
        say(line)
