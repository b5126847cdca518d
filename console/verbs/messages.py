"""`frontdesk messages ID`: the newest messages of a conversation, oldest first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from console.output import as_json, local_time, say
from console.verbs.common import add_limit, desk_of, settings_of, whole_number
from models.errors import ExitCode
from models.rules.text import clean
from models.views import Cursor, Direction, MessageView
from screens.i18n import _

if TYPE_CHECKING:
    from models.services.inbox import Inbox

_PAGE = 500


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation_id", type=whole_number, metavar="CONVERSATION_ID")
    add_limit(parser)


def run(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments), read_only=True) as desk:
        messages = _newest(desk.inbox, arguments.conversation_id, arguments.limit)
    if arguments.json:
        say(as_json([_record(message) for message in messages]))
        return ExitCode.DONE
    for message in messages:
        say(f"{message.id}  {local_time(message.created_at)}  {_arrow(message)}")
        for line in clean(message.body, multiline=True).split("\n"):
            say(f"    {line}")
    return ExitCode.DONE


def _newest(inbox: Inbox, conversation_id: int, limit: int) -> list[MessageView]:
    """Raises NotFound."""
    messages: list[MessageView] = []
    before: Cursor | None = None
    while len(messages) < limit:
        page = inbox.thread(conversation_id, before=before, limit=min(_PAGE, limit - len(messages)))
        messages[:0] = page.messages
        before = page.older
        if before is None:
            break
    return messages[-limit:]


def _record(message: MessageView) -> dict[str, Any]:
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "user_id": message.user_id,
        "body": message.body,
        "direction": message.direction.value,
        "telegram_message_id": message.telegram_message_id,
        "read": message.read,
        "created_at": message.created_at,
    }


def _arrow(message: MessageView) -> str:
    match message.direction:
        case Direction.INCOMING:
            return _("← in")
        case Direction.OUTGOING:
            return _("→ out")
        case Direction.UNKNOWN:
            return _("? direction not known")
