"""One table a file: the seed's, and our own side tables."""

from models.tables.console import (
    DraftRow,
    JournalRow,
    JournalTextRow,
    OperatorRow,
    OutboxLogRow,
    OutboxRow,
    PacingRow,
    ReachRow,
)
from models.tables.console_amends import AmendRow
from models.tables.conversation import Conversation
from models.tables.enrollment import Enrollment
from models.tables.lesson_progress import LessonProgress
from models.tables.message import Message, MessageDirection
from models.tables.payment import Payment
from models.tables.user import User

__all__ = [
    "AmendRow",
    "Conversation",
    "DraftRow",
    "Enrollment",
    "JournalRow",
    "JournalTextRow",
    "LessonProgress",
    "Message",
    "MessageDirection",
    "OperatorRow",
    "OutboxLogRow",
    "OutboxRow",
    "PacingRow",
    "Payment",
    "ReachRow",
    "User",
]
