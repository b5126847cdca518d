"""`frontdesk lead ID`: the lead of a conversation, or, with fields, writes them as the application's AI does."""

from __future__ import annotations

import argparse
from typing import Any

from console.output import as_json, local_time, say, table
from console.verbs.common import desk_of, settings_of, whole_number
from models.errors import ExitCode
from models.rules.text import clean, one_line
from models.views import Field, Lead
from screens.i18n import _, ngettext
from screens.lead_words import FIELD_WORDS, score_text

#: Changes of the score that are printed.
_CHANGES = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("conversation_id", type=whole_number, metavar="CONVERSATION_ID")
    parser.add_argument(
        "--real-name", metavar="TEXT", help=_("the real name; an empty text never erases what is known")
    )
    parser.add_argument("--background", metavar="TEXT", help=_("the business context"))
    parser.add_argument("--query", metavar="TEXT", help=_("what they ask for"))
    parser.add_argument("--score", metavar="N", help=_("how ready to buy, from 0 to 100"))


def run(arguments: argparse.Namespace) -> int:
    given = {field: getattr(arguments, field.value) for field in Field}
    given = {field: text for field, text in given.items() if text is not None}
    id = arguments.conversation_id
    with desk_of(settings_of(arguments), read_only=not given) as desk:
        if given:
            if (refused := desk.why_not_write()) is not None:
                raise refused
            desk.leads.write(id, given)
        lead = desk.inbox.lead(id)
    if arguments.json:
        say(as_json(record(lead)))
        return ExitCode.DONE
    for line in _lines(lead):
        say(line)
    return ExitCode.DONE


def record(lead: Lead) -> dict[str, Any]:
    """A lead under the seed's column names; `ai_said` is what the AI had said before somebody corrected it."""
    return {
        "id": lead.conversation_id,
        "user_id": lead.user_id,
        "name": lead.name,
        "username": lead.username,
        "telegram_id": lead.telegram_id,
        "ai_real_name": lead.real_name,
        "ai_background": lead.background,
        "ai_query": lead.query,
        "ai_ready_score": lead.score,
        "band": None if lead.band is None else lead.band.value,
        "ai_processing": lead.ai_processing,
        "ai_paused": lead.ai_paused,
        "corrections": [
            {
                "field": each.field.column,
                "value": each.value,
                "ai_said": each.said,
                "operator": each.operator_name,
                "at": each.at,
                "overwritten": each.overwritten,
            }
            for each in lead.facts.corrections
        ],
        "score_changes": [
            {
                "at": each.at,
                "before": each.before,
                "score": each.score,
                "message_id": each.message_id,
                "operator": each.operator_name,
            }
            for each in lead.facts.changes
        ],
        "messages_since_score": lead.facts.messages_since,
    }


def _lines(lead: Lead) -> list[str]:
    texts = {Field.REAL_NAME: lead.real_name, Field.BACKGROUND: lead.background, Field.QUERY: lead.query}
    lines = [clean(one_line(lead.name, 120))]
    rows = [(_(FIELD_WORDS[Field.SCORE]), score_text(lead.score, lead.band))]
    rows += [(_(FIELD_WORDS[field]), one_line(text or "-", 500)) for field, text in texts.items()]
    lines += table(*_headless(rows))
    for each in lead.facts.corrections:
        line = _("{field}: corrected by {who}, {when}; the AI had said: {said}").format(
            field=_(FIELD_WORDS[each.field]),
            who=one_line(each.operator_name, 40),
            when=local_time(each.at),
            said=one_line(each.said or "-", 200),
        )
        lines.append(clean(line))
        if each.overwritten:
            wanted = one_line(each.value or "-", 200)
            lines.append(clean(_("  the AI has written over it since; it was {value}").format(value=wanted)))
    for change in lead.facts.changes[-_CHANGES:]:
        before, after = ("-" if score is None else str(score) for score in (change.before, change.score))
        lines.append(f"{local_time(change.at)}  {before} → {after}")
    since = lead.facts.messages_since
    if since:
        words = ngettext("scored {n} message ago", "scored {n} messages ago", since)
        lines.append(words.format(n=since))
    return lines


def _headless(rows: list[tuple[str, str]]) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    return rows[0], rows[1:]
