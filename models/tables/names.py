"""What our side tables are called, and how far the migrations go: known without making a single table."""

#: The newest revisions of the branches `console` and `seed`; a test compares them with the migrations.
CONSOLE_HEAD = "2026_11_28_133000"
SEED_HEAD = "2025_10_16_000000"
VERSION_TABLE = "console_schema_version"

#: A test compares them with `models.tables.whole`.
TABLE_NAMES: tuple[str, ...] = (
    "console_operators",
    "console_outbox",
    "console_outbox_log",
    "console_journal",
    "console_journal_texts",
    "console_drafts",
    "console_reach",
    "console_pacing",
    "console_poller",
    "console_updates",
    "console_quarantine",
    "console_message_keys",
    "console_edits",
    "console_reactions",
    "console_events",
    "console_business_connections",
    "console_marks",
    "console_amends",
    "console_triage",
    "console_tags",
    "console_notes",
    "console_triage_acts",
    "console_triage_log",
    "console_presence",
    "console_choices",
    "console_lead_corrections",
    "console_lead_scores",
    "console_templates",
    "console_report_state",
    "console_report_times",
    "console_report_answers",
    "console_report_conversations",
    "console_report_scores",
    "console_inbox",
    "console_inbox_state",
    "console_search",
    "console_search_people",
)
