"""The registry of actions: bindings, footer, help, palette and the README's key table all read it.

The same letter means the same everywhere; a letter works by its place on a Cyrillic keyboard as well as by its
character. Textual has no chords, and Ctrl+H, I, M and [ are other keys to a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding, BindingType
from textual.keys import _character_to_key

from screens.i18n import N_


class Context(StrEnum):
    """Where an action is bound; one focus sees a chain of them (see CHAINS)."""

    APP = "app"
    INBOX = "inbox"
    LIST = "list"
    CONVERSATIONS = "conversations"
    THREAD = "thread"
    COMPOSER = "composer"
    LEAD = "lead"
    FIELD = "field"
    USERS = "users"
    PERSON = "person"
    OUTBOX = "outbox"
    PAYMENTS = "payments"
    JOURNAL = "journal"
    GRANT = "grant"
    CHOICE = "choice"
    PRESET = "preset"
    REPORT = "report"
    BATCH = "batch"
    SEARCH = "search"


#: Which contexts are alive together, outermost first; within a chain no key may mean two things.
CHAINS: dict[str, tuple[Context, ...]] = {
    "inbox list": (Context.APP, Context.INBOX, Context.LIST, Context.CONVERSATIONS),
    "thread": (Context.APP, Context.INBOX, Context.THREAD),
    "composer": (Context.APP, Context.INBOX, Context.COMPOSER),
    "lead": (Context.APP, Context.INBOX, Context.LEAD),
    "lead field": (Context.APP, Context.INBOX, Context.FIELD),
    "users": (Context.APP, Context.LIST, Context.USERS),
    "person": (Context.APP, Context.USERS, Context.PERSON),
    "outbox": (Context.APP, Context.LIST, Context.OUTBOX),
    "payments": (Context.APP, Context.LIST, Context.PAYMENTS),
    "journal": (Context.APP, Context.LIST, Context.JOURNAL),
    "a choice of the grant sheet": (Context.APP, Context.GRANT, Context.CHOICE),
    "a field of the grant sheet": (Context.APP, Context.GRANT, Context.PRESET),
    "report": (Context.APP, Context.LIST, Context.REPORT),
    "a list of grants": (Context.APP, Context.LIST, Context.BATCH),
    "search": (Context.APP, Context.LIST, Context.SEARCH),
}

#: Where letters are text; keys of these contexts come before the text area takes them.
TEXTS = frozenset({Context.COMPOSER, Context.FIELD})
_STEPS_OUT = frozenset({("inbox.out", "composer.leave"), ("inbox.out", "field.leave")})


#: Where that is, for people; in the order of the README and of `frontdesk keys`.
CONTEXT_WORDS: dict[Context, str] = {
    Context.APP: N_("Everywhere"),
    Context.INBOX: N_("Inbox, in any pane"),
    Context.LIST: N_("In a list"),
    Context.CONVERSATIONS: N_("In the conversation list"),
    Context.THREAD: N_("In the thread"),
    Context.COMPOSER: N_("In the composer"),
    Context.LEAD: N_("In the lead"),
    Context.FIELD: N_("While a field is corrected"),
    Context.USERS: N_("Users"),
    Context.PERSON: N_("On a person's page"),
    Context.OUTBOX: N_("Outbox"),
    Context.PAYMENTS: N_("Payments"),
    Context.JOURNAL: N_("Journal"),
    Context.GRANT: N_("The grant sheet"),
    Context.CHOICE: N_("A choice of the grant sheet"),
    Context.PRESET: N_("A field of the grant sheet"),
    Context.REPORT: N_("Report"),
    Context.BATCH: N_("Access by a list"),
    Context.SEARCH: N_("Search"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """`id` names it in a keymap; `action` is Textual's, with `{key}` for the key that was pressed; `footer` is the
    short word shown at the bottom, none: not shown there; `writes`: dim while nothing can be written."""

    id: str
    context: Context
    keys: tuple[str, ...]
    action: str
    description: str
    footer: str = ""
    writes: bool = False

    @property
    def name(self) -> str:
        """Textual's action without its target and arguments."""
        return self.action.partition("(")[0].rpartition(".")[2]


def _do(
    context: Context, id: str, keys: str, action: str, description: str, footer: str = "", *, writes: bool = False
) -> Action:
    return Action(f"{context}.{id}", context, tuple(keys.split()), action, description, footer, writes)


_C = Context

ACTIONS: tuple[Action, ...] = (
    # Everywhere
    _do(_C.APP, "help", "? f1", "app.help", N_("Help for what has focus"), N_("help")),
    _do(_C.APP, "palette", ": ctrl+p", "app.command_palette", N_("Command palette"), N_("commands")),
    _do(_C.APP, "inbox", "f2", "app.mode('inbox')", N_("Inbox"), N_("inbox")),
    _do(_C.APP, "users", "f3", "app.mode('users')", N_("Users"), N_("users")),
    _do(_C.APP, "outbox", "f4", "app.mode('outbox')", N_("Outbox"), N_("outbox")),
    _do(_C.APP, "journal", "f5", "app.mode('journal')", N_("Journal: who did what"), N_("journal")),
    _do(_C.APP, "payments", "f7", "app.mode('payments')", N_("Payments"), N_("payments")),
    _do(_C.APP, "report", "f6", "app.mode('report')", N_("Report"), N_("report")),
    _do(_C.APP, "list", "L", "app.grant_list", N_("Access by a list that is pasted")),
    _do(_C.APP, "search", "ctrl+f", "app.search", N_("Search all messages and people"), N_("search")),
    _do(_C.APP, "leave", "q ctrl+q", "app.leave", N_("Leave"), N_("leave")),
    _do(_C.APP, "copy", "ctrl+c", "app.copy_or_leave", N_("Copy the selection, else leave")),
    _do(_C.APP, "redraw", "ctrl+l", "app.redraw", N_("Draw the whole screen again")),
    # Inbox, whatever pane has focus
    _do(_C.INBOX, "reply", "r", "reply", N_("Reply"), N_("reply"), writes=True),
    _do(_C.INBOX, "access", "a", "access", N_("Access: the grant sheet"), N_("access"), writes=True),
    _do(_C.INBOX, "read", "m", "mark_read", N_("Mark read"), N_("read"), writes=True),
    _do(_C.INBOX, "unread", "u", "mark_unread", N_("Mark unread"), N_("unread"), writes=True),
    _do(_C.INBOX, "done", "e", "done", N_("Done, on to the next; what is done comes back"), N_("done"), writes=True),
    _do(_C.INBOX, "snooze", "s", "snooze", N_("Snooze until a time, or until they write"), N_("snooze"), writes=True),
    _do(_C.INBOX, "claim", "c", "claim", N_("Claim it, or give it free"), N_("claim"), writes=True),
    _do(_C.INBOX, "tag", "#", "tag", N_("Tag"), writes=True),
    _do(_C.INBOX, "note", ";", "note", N_("Note for colleagues, never sent"), writes=True),
    _do(_C.INBOX, "outcome", "d", "outcome", N_("Outcome: bought, lost, not a lead"), writes=True),
    _do(_C.INBOX, "mark", "x", "mark", N_("Mark for an act on many, on to the next"), N_("mark")),
    _do(_C.INBOX, "mark-range", "X", "mark_range", N_("Mark from the last mark to here")),
    _do(_C.INBOX, "mark-all", "*", "mark_all", N_("Mark all that the view holds, or none")),
    _do(_C.INBOX, "reply-many", "R", "reply_many", N_("One reply to all that are marked"), writes=True),
    _do(_C.INBOX, "take-back", "z", "take_back", N_("Take back the last act"), N_("take back"), writes=True),
    _do(_C.INBOX, "redo", "Z", "redo", N_("Do again what was taken back"), writes=True),
    _do(_C.INBOX, "repeat", "v", "repeat", N_("The last act once more, here"), writes=True),
    _do(_C.INBOX, "waiting", "n", "waiting(1)", N_("Next that waits for us, or next hit"), N_("next waiting")),
    _do(_C.INBOX, "waiting-back", "N", "waiting(-1)", N_("Previous that waits for us, or previous hit")),
    _do(_C.INBOX, "next", "J alt+down", "conversation(1)", N_("Next conversation, from the thread too")),
    _do(_C.INBOX, "previous", "K alt+up", "conversation(-1)", N_("Previous conversation, from the thread too")),
    _do(_C.INBOX, "view-back", "[", "view(-1)", N_("Previous view")),
    _do(_C.INBOX, "view-on", "]", "view(1)", N_("Next view")),
    _do(_C.INBOX, "view", "1 2 3 4 5 6 7 8 9", "view_number({key})", N_("A view by its number")),
    _do(_C.INBOX, "order", "o", "order", N_("Order: recent, waiting, score, score × waiting"), N_("order")),
    _do(_C.INBOX, "channel", "b", "channel", N_("Channel: all, bot, business account")),
    _do(_C.INBOX, "lead", "i", "lead", N_("Lead drawer"), N_("lead")),
    _do(_C.INBOX, "templates", "t", "templates", N_("Templates: a digit or letters of the text"), N_("templates")),
    _do(_C.INBOX, "bring-back", "B", "bring_back", N_("Bring corrections back that the AI wrote over"), writes=True),
    _do(_C.INBOX, "pause", "p", "pause", N_("Pause the AI in this conversation, or let it go on"), writes=True),
    _do(_C.INBOX, "reset-ai", "!", "reset_ai", N_("Reset an AI that is stuck"), writes=True),
    _do(_C.INBOX, "who", "w", "who", N_("Who is this: the person's page"), N_("who")),
    _do(_C.INBOX, "out", "escape h left", "out", N_("One step out")),
    _do(_C.INBOX, "pane-on", "tab", "app.focus_next", N_("Next pane")),
    _do(_C.INBOX, "pane-back", "shift+tab", "app.focus_previous", N_("Previous pane")),
    _do(_C.INBOX, "enlarge", "+", "resize_pane(1)", N_("Enlarge the pane")),
    _do(_C.INBOX, "shrink", "_", "resize_pane(-1)", N_("Shrink the pane")),
    # Every list
    _do(_C.LIST, "down", "j down", "cursor_down", N_("Next")),
    _do(_C.LIST, "up", "k up", "cursor_up", N_("Previous")),
    _do(_C.LIST, "first", "g home", "cursor_first", N_("First")),
    _do(_C.LIST, "last", "G end", "cursor_last", N_("Last")),
    _do(_C.LIST, "middle", "%", "cursor_middle", N_("The middle")),
    _do(_C.LIST, "page-down", "pagedown ctrl+d", "page_down", N_("A page down")),
    _do(_C.LIST, "page-up", "pageup ctrl+u", "page_up", N_("A page up")),
    _do(_C.LIST, "open", "enter l right", "open", N_("Open"), N_("open")),
    # The conversations
    _do(_C.CONVERSATIONS, "filter", "/", "screen.filter_people", N_("Filter people"), N_("people")),
    _do(_C.CONVERSATIONS, "copy", "y", "screen.copy_link", N_("Copy the username or link")),
    # The thread
    _do(_C.THREAD, "down", "j down", "cursor_down", N_("Next message")),
    _do(_C.THREAD, "up", "k up", "cursor_up", N_("Previous message")),
    _do(_C.THREAD, "first", "g home", "cursor_first", N_("Oldest message loaded")),
    _do(_C.THREAD, "last", "G end", "cursor_last", N_("Newest message")),
    _do(_C.THREAD, "page-down", "pagedown ctrl+d", "page_down", N_("A page down")),
    _do(_C.THREAD, "page-up", "pageup ctrl+u", "page_up", N_("A page up")),
    _do(
        _C.THREAD, "enter", "enter l right", "enter", N_("Unfold the message, or decide about the reply"), N_("unfold")
    ),
    _do(_C.THREAD, "find", "/", "screen.find", N_("Find in the thread"), N_("find")),
    _do(_C.THREAD, "copy", "y", "ask('copy')", N_("Copy the message"), N_("copy")),
    _do(_C.THREAD, "edit", "f", "ask('edit')", N_("Fix our message, for the person too"), N_("fix"), writes=True),
    _do(_C.THREAD, "delete", "F delete", "ask('delete')", N_("Delete our message for both, asks first"), writes=True),
    # The composer: letters are text there
    _do(_C.COMPOSER, "send", "enter", "submit", N_("Send"), N_("send"), writes=True),
    _do(
        _C.COMPOSER,
        "send-done",
        "ctrl+s",
        "submit_done",
        N_("Send, done, on to the next"),
        N_("send, done"),
        writes=True,
    ),
    _do(_C.COMPOSER, "line", "ctrl+j alt+enter shift+enter", "line", N_("New line"), N_("new line")),
    _do(_C.COMPOSER, "leave", "escape", "leave", N_("Back, keep the draft"), N_("keep the draft")),
    _do(_C.COMPOSER, "edit", "up", "edit_or_up", N_("Fix our newest message, while nothing is written"), writes=True),
    _do(_C.COMPOSER, "templates", "ctrl+t", "screen.templates", N_("Templates, put in at the cursor"), N_("templates")),
    _do(_C.COMPOSER, "editor", "ctrl+g", "editor", N_("Write in $EDITOR"), N_("editor")),
    # The lead
    _do(_C.LEAD, "down", "j down", "cursor_down", N_("Next field")),
    _do(_C.LEAD, "up", "k up", "cursor_up", N_("Previous field")),
    _do(_C.LEAD, "first", "g home", "cursor_first", N_("First field")),
    _do(_C.LEAD, "last", "G end", "cursor_last", N_("Last field, and what stands below it")),
    _do(_C.LEAD, "page-down", "pagedown ctrl+d", "page_down", N_("A page down")),
    _do(_C.LEAD, "page-up", "pageup ctrl+u", "page_up", N_("A page up")),
    _do(
        _C.LEAD,
        "enter",
        "enter l right",
        "enter",
        N_("Correct the field, or go to the message behind the score"),
        N_("correct"),
    ),  # fmt: skip
    _do(_C.FIELD, "save", "enter", "save_field", N_("Save the correction"), N_("save"), writes=True),
    _do(_C.FIELD, "line", "ctrl+j alt+enter shift+enter", "line", N_("New line")),
    _do(_C.FIELD, "leave", "escape", "leave_field", N_("Leave the field as it was"), N_("as it was")),
    # Users: upper case acts harder, and asks first
    _do(_C.USERS, "search", "/", "search", N_("Search people: name, @username, id, words they wrote"), N_("search")),
    _do(_C.USERS, "access", "a", "access", N_("Access: the grant sheet"), N_("access"), writes=True),
    _do(_C.USERS, "paid", "P", "paid", N_("Give access by the grant sheet, or take it away"), N_("paid"), writes=True),
    _do(_C.USERS, "expired", "X", "expired", N_("End all access that has run out, asks first"), writes=True),
    _do(_C.USERS, "admin", "A", "admin", N_("Admin rights on or off, asks first"), N_("admin"), writes=True),
    _do(
        _C.USERS, "mend", "f", "mend", N_("Fix where the facts of access disagree, asks first"), N_("fix"), writes=True
    ),
    _do(_C.USERS, "who", "w", "who", N_("Who gave access, when, by which receipt: their journal"), N_("who gave it")),
    _do(_C.USERS, "session", "S", "end_session", N_("Sign out on the web, asks first"), writes=True),
    _do(_C.USERS, "delete", "F delete", "delete", N_("Delete the person with everything, asks first"), writes=True),
    _do(_C.USERS, "views", "0", "views", N_("All views of the people, with what mends them"), N_("views")),
    _do(_C.USERS, "view-back", "[", "filter(-1)", N_("Previous view of the people")),
    _do(_C.USERS, "view-on", "]", "filter(1)", N_("Next view of the people")),
    _do(_C.USERS, "view", "1 2 3 4 5 6 7 8 9", "filter_number({key})", N_("A view of the people by its number")),
    _do(_C.USERS, "order", "o", "order", N_("Order: newest, name, last message, score, end of access"), N_("order")),
    _do(_C.USERS, "copy", "y", "screen.copy_link", N_("Copy the username or Telegram id")),
    _do(_C.USERS, "out", "escape h left", "out", N_("One step out")),
    _do(_C.PERSON, "thread", "enter l right", "thread", N_("Open the conversation"), N_("conversation")),
    _do(_C.PERSON, "down", "j down", "scroll_down", N_("Next line")),
    _do(_C.PERSON, "up", "k up", "scroll_up", N_("Previous line")),
    # Outbox: one choice, one name, here and on the command line
    _do(_C.OUTBOX, "delivered", "D", "decide('delivered')", N_("It arrived"), N_("it arrived"), writes=True),
    _do(_C.OUTBOX, "retry", "R", "decide('retry')", N_("Send again"), N_("send again"), writes=True),
    _do(_C.OUTBOX, "cancel", "X", "decide('cancel')", N_("Give up"), N_("give up"), writes=True),
    _do(_C.OUTBOX, "out", "escape h left", "out", N_("One step out")),
    # Payments: an amount never changes
    _do(_C.PAYMENTS, "search", "/", "search", N_("Filter: day, tier, processor, receipt, name"), N_("filter")),
    _do(_C.PAYMENTS, "refund", "M", "refund", N_("Money back: note a refund, asks first"), N_("refund"), writes=True),
    _do(_C.PAYMENTS, "correct", "C", "correct", N_("Correct by a new payment, asks first"), N_("correct"), writes=True),
    _do(_C.PAYMENTS, "who", "w", "who", N_("Who recorded it: the journal of this receipt"), N_("who")),
    _do(_C.PAYMENTS, "view-back", "[", "filter(-1)", N_("Previous view of the payments")),
    _do(_C.PAYMENTS, "view-on", "]", "filter(1)", N_("Next view of the payments")),
    _do(_C.PAYMENTS, "view", "1 2 3 4 5 6", "filter_number({key})", N_("A view of the payments by its number")),
    _do(_C.PAYMENTS, "copy", "y", "copy_receipt", N_("Copy the receipt")),
    _do(_C.PAYMENTS, "out", "escape h left", "out", N_("One step out")),
    # Journal: it only grows
    _do(_C.JOURNAL, "search", "/", "search", N_("Search the journal: receipt, name, operator, words"), N_("search")),
    _do(_C.JOURNAL, "who", "w", "who", N_("Who it is about: only this person's entries"), N_("this person")),
    _do(_C.JOURNAL, "operators", "W", "operators", N_("Who did it: entries of one operator"), N_("operator")),
    _do(_C.JOURNAL, "export", "E", "export", N_("Export what is shown: JSON lines or CSV"), N_("export")),
    _do(_C.JOURNAL, "view-back", "[", "filter(-1)", N_("Previous view of the journal")),
    _do(_C.JOURNAL, "view-on", "]", "filter(1)", N_("Next view of the journal")),
    _do(_C.JOURNAL, "view", "1 2 3 4 5", "filter_number({key})", N_("A view of the journal by its number")),
    _do(_C.JOURNAL, "copy", "y", "copy_receipt", N_("Copy the receipt")),
    _do(_C.JOURNAL, "out", "escape h left", "out", N_("One step out")),
    # The grant sheet: letters may be text there
    _do(_C.GRANT, "tier", "0 1 2 3", "tier({key})", N_("The tier by its number; 0: access without a tier")),
    _do(_C.GRANT, "do", "ctrl+s", "do", N_("Grant what the preview says"), N_("grant"), writes=True),
    _do(_C.GRANT, "cash", "ctrl+o", "cash", N_("No receipt: a readable number for cash"), N_("cash")),
    _do(_C.GRANT, "notify", "ctrl+n", "notify_person", N_("Tell the person, or nobody"), N_("tell")),
    _do(_C.GRANT, "revoke", "ctrl+r", "revoke", N_("Take the access away instead"), N_("take away"), writes=True),
    _do(_C.GRANT, "out", "escape", "out", N_("Leave, nothing is granted"), N_("leave")),
    _do(_C.CHOICE, "on", "right space", "option(1)", N_("The choice to the right")),
    _do(_C.CHOICE, "back", "left", "option(-1)", N_("The choice to the left")),
    _do(_C.CHOICE, "next", "down j enter", "app.focus_next", N_("Next field")),
    _do(_C.CHOICE, "previous", "up k", "app.focus_previous", N_("Previous field")),
    _do(_C.PRESET, "next", "enter", "app.focus_next", N_("Next field")),
    _do(_C.PRESET, "on", "down", "preset(1)", N_("The next of what is offered")),
    _do(_C.PRESET, "back", "up", "preset(-1)", N_("The previous of what is offered")),
    # Report
    _do(_C.REPORT, "view-back", "[", "picture(-1)", N_("Previous view of the report")),
    _do(_C.REPORT, "view-on", "]", "picture(1)", N_("Next view of the report"), N_("next picture")),
    _do(_C.REPORT, "view", "1 2 3 4 5 6 7 8 9", "picture_number({key})", N_("A view of the report by its number")),
    _do(_C.REPORT, "enlarge", "+", "period(1)", N_("Enlarge the period: a week to three years"), N_("longer")),
    _do(_C.REPORT, "shrink", "_", "period(-1)", N_("Shrink the period")),
    _do(_C.REPORT, "earlier", "<", "move(-1)", N_("An earlier period"), N_("earlier")),
    _do(_C.REPORT, "later", ">", "move(1)", N_("A later period")),
    _do(_C.REPORT, "out", "escape h left", "out", N_("One step out")),
    # Access by a list: Ctrl+S goes on, Esc goes back
    _do(_C.BATCH, "do", "ctrl+s", "do", N_("Look at the list, then grant it"), N_("go on"), writes=True),
    _do(_C.BATCH, "open", "n", "open(1)", N_("Next line that waits to be mended"), N_("next to mend")),
    _do(_C.BATCH, "open-back", "N", "open(-1)", N_("Previous line that waits to be mended")),
    _do(_C.BATCH, "leave-out", "X delete", "leave_out", N_("Leave the line out, or take it in again"), N_("leave out")),
    _do(_C.BATCH, "notify", "ctrl+n", "notify_person", N_("Tell the people, or nobody"), N_("tell")),
    _do(_C.BATCH, "save", "E", "save", N_("Export the report"), N_("report")),
    _do(_C.BATCH, "out", "escape h left", "out", N_("One step out"), N_("out")),
    # Search: Enter opens a hit in its thread, where n and N go on
    _do(_C.SEARCH, "box", "/", "box", N_("Search for other words"), N_("other words")),
    _do(_C.SEARCH, "older", "space", "older", N_("Look further back, where a search stopped")),
    _do(_C.SEARCH, "out", "escape h left", "out", N_("One step out, to where the search began"), N_("back")),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`" + 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?~#'
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбю.ё" + "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё№"
#: A character of the Latin layout and the one that the same place of the Russian layout gives.
PLACES: dict[str, str] = dict(zip(_LATIN, _CYRILLIC, strict=True))

#: Keys that are no characters, and how they are shown.
NAMED_KEYS = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "space": "Space",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Backspace",
}


def textual_key(key: str) -> str:
    """Textual's name of a key of the registry: `slash`, `ctrl+slash`; letters and named keys are their own."""
    held, plus, last = key.rpartition("+")
    if not last:  # the plus itself
        held, plus, last = held.removesuffix("+"), "+" if held else "", "+"
    return f"{held}{plus}{_character_to_key(last) if len(last) == 1 else last}"


def places(keys: Iterable[str]) -> tuple[str, ...]:
    """These keys and, for each character, the one at its place on a Cyrillic layout; Ctrl and Alt keep their letter."""
    found: dict[str, None] = {}
    for key in keys:
        found[key] = None
        held, plus, character = key.rpartition("+")
        if (held or not plus) and (twin := PLACES.get(character)) is not None:
            found[f"{held}{plus}{twin}"] = None
    return tuple(found)


def display(keys: Iterable[str]) -> str:
    """Keys as people read them: `? F1`."""
    spoken = [_display(key) for key in keys]
    if len(spoken) > 3 and all(key.isdigit() for key in spoken):
        return f"{spoken[0]}–{spoken[-1]}"
    return " ".join(spoken)


def _display(key: str) -> str:
    held, plus, last = key.rpartition("+")
    if not (held and plus):
        return NAMED_KEYS.get(key, key.upper() if len(key) > 1 else key)
    words = [part.capitalize() for part in held.split("+")]
    return "+".join([*words, NAMED_KEYS.get(last, last.upper())])


def of(*contexts: Context) -> tuple[Action, ...]:
    """The actions of these contexts, in the registry's order."""
    return tuple(action for action in ACTIONS if action.context in contexts)


def bindings(*contexts: Context) -> list[BindingType]:
    """Textual bindings for these contexts."""
    return [binding for action in of(*contexts) for binding in bindings_of(action, action.keys)]


def bindings_of(action: Action, keys: Iterable[str]) -> list[Binding]:
    """An action on these keys and their twins. The app's keys that are no characters come before any widget's, and a
    text's before its text area takes them for text."""
    made: list[Binding] = []
    for key in keys:
        first = action.context in TEXTS or (action.context is Context.APP and len(key) > 1)
        done = action.action.replace("{key}", key)
        for twin in places([key]):
            made.append(Binding(textual_key(twin), done, action.description, show=False, priority=first, id=action.id))
    return made


def clashes(changed: Mapping[str, tuple[str, ...]] | None = None) -> list[tuple[str, str, str]]:
    """Pairs of action ids, and the key, that one chain binds twice; empty in the registry as it is."""
    found: list[tuple[str, str, str]] = []
    for chain in CHAINS.values():
        taken: dict[str, str] = {}
        for action in of(*chain):
            for key in places((changed or {}).get(action.id, action.keys)):
                other = taken.setdefault(textual_key(key), action.id)
                # A text takes Esc for itself: one step out of it, and what was typed is kept.
                if other != action.id and (other, action.id) not in _STEPS_OUT:
                    found.append((action.id, other, key))
    return found
