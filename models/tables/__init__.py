"""One table a file: the seed's, and our own side tables, each made when it is first asked for."""

from typing import TYPE_CHECKING

from models import lazy

if TYPE_CHECKING:
    from models.tables.console_amends import AmendRow
    from models.tables.console_drafts import DraftRow
    from models.tables.console_journal import JournalRow, JournalTextRow
    from models.tables.console_operators import OperatorRow
    from models.tables.console_outbox import OutboxRow
    from models.tables.console_outbox_log import OutboxLogRow
    from models.tables.console_pacing import PacingRow
    from models.tables.console_reach import ReachRow
    from models.tables.enrollment import Enrollment
    from models.tables.lesson_progress import LessonProgress
    from models.tables.message_codes import MessageDirection
    from models.tables.payment import Payment
    from models.tables.seed import Conversation, Message, User
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "console_amends": ("AmendRow",),
            "console_drafts": ("DraftRow",),
            "console_journal": ("JournalRow", "JournalTextRow"),
            "console_operators": ("OperatorRow",),
            "console_outbox": ("OutboxRow",),
            "console_outbox_log": ("OutboxLogRow",),
            "console_pacing": ("PacingRow",),
            "console_reach": ("ReachRow",),
            "enrollment": ("Enrollment",),
            "lesson_progress": ("LessonProgress",),
            "message_codes": ("MessageDirection",),
            "payment": ("Payment",),
            "seed": ("Conversation", "Message", "User"),
        },
    )

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
