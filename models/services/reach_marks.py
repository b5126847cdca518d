"""What is known against a chat, as rows show it; how it comes to be known is in `models.services.reach`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from models.tables.console_reach import ReachRow
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import SOURCE_BUSINESS, MessageDirection
from models.views import Features, Reach, Unreachable

reach_table = ReachRow.__table__  # type: ignore[attr-defined]

#: `kind` of a chat whose id has changed; it is no obstacle, replies follow.
MOVED = "moved"


def to_reach(kind: str | None, since: datetime | None, said: str | None) -> Reach | None:
    """The columns of `console_reach` as a fact; a kind that a newer program wrote is none for this one."""
    if kind is None or since is None or kind not in set(Unreachable):
        return None
    return Reach(Unreachable(kind), since, said or "")


def came_back(features: Features, telegram_id: ColumnElement[int], since: ColumnElement[Any]) -> ColumnElement[bool]:
    """An SQL condition: the person has written to the bot since. Needed where nobody receives here: the application
    does, and only its rows tell."""
    theirs = select(messages.c.id).select_from(
        messages.join(conversations, conversations.c.id == messages.c.conversation_id).join(
            users, users.c.id == conversations.c.user_id
        )
    )
    written = theirs.where(
        users.c.telegram_id == telegram_id,
        messages.c.direction == int(MessageDirection.INCOMING),
        messages.c.created_at > since,
    )
    if features.channels:
        written = written.where(messages.c.source_type.is_distinct_from(SOURCE_BUSINESS))
    return written.exists()
