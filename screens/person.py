"""A person's page: profile, access and why, messages, journal. No session token, no avatar."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from models.rules.access import has_dashboard_access
from models.rules.bands import band
from models.rules.text import one_line
from models.views import JournalEntry, Person, PersonRow
from screens.actions import Context, bindings
from screens.i18n import N_, _, number
from screens.text import plain
from screens.times import stamp
from screens.widgets.lead_panel import score_words

#: Acts of the journal in words.
ACTS: dict[str, str] = {
    "paid.on": N_("gave paid access"),
    "paid.off": N_("took paid access away"),
    "admin.on": N_("made an admin"),
    "admin.off": N_("took the admin right away"),
    "lead.correct": N_("corrected the lead"),
    "lead.accept": N_("took the AI's word over"),
    "lead.restore": N_("brought a correction back"),
    "lead.write": N_("wrote the lead"),
    "ai.pause": N_("paused the AI"),
    "ai.resume": N_("let the AI go on"),
    "ai.reset": N_("reset a stuck AI"),
}


def access_words(row: PersonRow) -> Content:
    """Whether the dashboard is open to this person, and why."""
    if not has_dashboard_access(admin=row.admin, paid=row.paid):
        return plain(_("○ no dashboard access: neither admin nor paid"), "$foreground-muted")
    if row.admin and row.paid:
        return plain(_("★ dashboard access: admin, and an admin is always paid"), "bold")
    if row.admin:
        return plain(_("★ dashboard access: admin (the paid mark is missing)"), "bold")
    return plain(_("$ dashboard access: paid"), "bold")


def values(before: str, after: str) -> str:
    """`paid: no → yes` from the journal's two records; as they stand when they are not ours."""
    try:
        was, becomes = json.loads(before), json.loads(after)
        names = {"paid": _("paid"), "admin": _("admin")}
        words = {True: _("yes"), False: _("no")}
        parts = [
            f"{names.get(name, name)}: {words.get(was.get(name), was.get(name))} → {words.get(value, value)}"
            for name, value in becomes.items()
        ]
        return one_line(", ".join(parts), 200)
    except (ValueError, AttributeError, TypeError):
        return one_line(f"{before} → {after}", 200)


def entry_lines(entry: JournalEntry, now: datetime) -> list[Content]:
    """One act: when, who, what, before → after, from where, why."""
    act = _(ACTS[entry.action]) if entry.action in ACTS else one_line(entry.action, 60)
    head = plain(f"{stamp(entry.at, now)}  ", "$foreground-muted") + plain(
        f"{one_line(entry.operator_name, 60)} {act}", "bold"
    )
    lines = [head, plain(f"  {values(entry.before, entry.after)} · {one_line(entry.source, 80)}", "$foreground-muted")]
    if entry.reason:
        lines.append(plain(f"  {one_line(entry.reason, 500)}"))
    return lines


def details(person: Person, now: datetime) -> Content:
    """The whole page, as lines."""
    row = person.row
    lines: list[Content] = [plain(one_line(row.name, 120), "bold")]
    if row.username:
        lines.append(plain(f"@{one_line(row.username, 64)}", "$foreground-muted"))

    def head(words: str) -> None:
        lines.extend([Content(""), plain(words, "$foreground-muted")])

    def fact(name: str, value: str) -> None:
        lines.append(plain(f"{name}  ", "$foreground-muted") + plain(value))

    fact(_("Telegram id"), str(row.telegram_id))
    fact(_("first name"), one_line(person.first_name or "—", 120))
    fact(_("last name"), one_line(person.last_name or "—", 120))
    fact(_("known since"), stamp(row.created_at, now))
    head(_("Access"))
    lines.append(access_words(row))
    signed_in = _("✓ signed in on the web") if row.authenticated else _("○ never signed in on the web")
    if person.has_session_token:
        signed_in = _("{words}, a session is open").format(words=signed_in)
    lines.append(plain(signed_in, "" if row.authenticated else "$foreground-muted"))
    head(_("Conversation"))
    if row.conversation_id is None:
        lines.append(plain(_("none yet"), "$foreground-disabled"))
    else:
        fact(_("messages from them"), number(person.messages_count))
        fact(_("last message"), stamp(row.last_message_at, now))
        lines.append(score_words(row.score, band(row.score)))
        lines.append(plain(_("Enter opens the conversation"), "$foreground-disabled"))
    head(_("Journal"))
    if not person.journal:
        lines.append(plain(_("no switch was made from here"), "$foreground-disabled"))
    for entry in person.journal:
        lines.extend(entry_lines(entry, now))
    return Content("\n").join(lines)


class PersonPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows the person it is given; asks for the conversation by a message."""

    CONTEXTS = (Context.PERSON,)
    BINDINGS = bindings(Context.PERSON)
    DEFAULT_CSS = """
    PersonPane {
        padding: 0 1; scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $panel;
        Static { height: auto; width: 100%; }
    }
    """

    class ThreadWanted(Message):
        """The conversation of this person is to be opened; None: there is none yet."""

        def __init__(self, conversation_id: int | None) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.person: Person | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="person-details", markup=False)

    def show(self, person: Person | None, words: str = "") -> None:
        """This person, or nobody with a word why."""
        if person is None or self.person is None or person.row.id != self.person.row.id:
            self.scroll_home(animate=False)
        self.person = person
        content = details(person, self._clock()) if person is not None else plain(words, "$foreground-muted")
        self.query_one("#person-details", Static).update(content)

    def action_thread(self) -> None:
        if self.person is not None:
            self.post_message(self.ThreadWanted(self.person.row.conversation_id))
