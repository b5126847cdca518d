"""One table a file: the seed's, and our own side tables."""

from models.tables.console import DraftRow, JournalRow, OperatorRow, OutboxLogRow, OutboxRow, PacingRow, ReachRow
from models.tables.conversation import Conversation
from models.tables.message import Message, MessageDirection
from models.tables.user import User

__all__ = [
    "Conversation",
    "DraftRow",
    "JournalRow",
    "Message",
    "MessageDirection",
    "OperatorRow",
    "OutboxLogRow",
    "OutboxRow",
    "PacingRow",
    "ReachRow",
    "User",
]
