"""Every table at once, for whoever needs the whole metadata.

Ours are kept in the application's database, so that an action and its journal entry commit together. No foreign keys to
the application's tables: Rails rebuilds tables by copy and rename, and would break or cascade.
"""

from sqlmodel import SQLModel

from models.tables import Conversation, Enrollment, LessonProgress, Message, Payment, User
from models.tables.console_acts import TriageActRow
from models.tables.console_amends import AmendRow
from models.tables.console_connections import BusinessConnectionRow
from models.tables.console_drafts import DraftRow
from models.tables.console_inbox import InboxRow, InboxStateRow
from models.tables.console_journal import JournalRow, JournalTextRow
from models.tables.console_lead import CorrectionRow, ScoreRow
from models.tables.console_marks import MarkRow
from models.tables.console_messages import EditRow, MessageKeyRow, ReactionRow
from models.tables.console_notes import NoteRow
from models.tables.console_operators import OperatorRow
from models.tables.console_outbox import OutboxRow
from models.tables.console_outbox_log import OutboxLogRow
from models.tables.console_pacing import PacingRow
from models.tables.console_presence import ChoiceRow, PresenceRow
from models.tables.console_reach import ReachRow
from models.tables.console_receiving import EventRow, PollerRow, QuarantineRow, UpdateRow
from models.tables.console_report import (
    ReportAnswerRow,
    ReportConversationRow,
    ReportScoreRow,
    ReportStateRow,
    ReportTimeRow,
)
from models.tables.console_search import SearchPersonRow, SearchRow
from models.tables.console_templates import TemplateRow
from models.tables.console_triage import TagRow, TriageRow
from models.tables.console_triage_log import TriageLogRow

#: The application's own, and the planned ones.
THEIRS: tuple[type[SQLModel], ...] = (User, Conversation, Message, Enrollment, Payment, LessonProgress)
#: Ours, in the order of `models.tables.names.TABLE_NAMES`.
TABLES: tuple[type[SQLModel], ...] = (
    OperatorRow,
    OutboxRow,
    OutboxLogRow,
    JournalRow,
    JournalTextRow,
    DraftRow,
    ReachRow,
    PacingRow,
    PollerRow,
    UpdateRow,
    QuarantineRow,
    MessageKeyRow,
    EditRow,
    ReactionRow,
    EventRow,
    BusinessConnectionRow,
    MarkRow,
    AmendRow,
    TriageRow,
    TagRow,
    NoteRow,
    TriageActRow,
    TriageLogRow,
    PresenceRow,
    ChoiceRow,
    CorrectionRow,
    ScoreRow,
    TemplateRow,
    ReportStateRow,
    ReportTimeRow,
    ReportAnswerRow,
    ReportConversationRow,
    ReportScoreRow,
    InboxRow,
    InboxStateRow,
    SearchRow,
    SearchPersonRow,
)
