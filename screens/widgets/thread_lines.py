"""Messages and replies laid out as lines of cells. Pure: no widget, no colours, only names of styles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, chop_cells

from models.rules.delivery import Reason, State
from models.rules.text import clean, one_line
from models.views import Author, Direction, MessageView, NoteView, Reply
from screens.i18n import _
from screens.keymap import key_for
from screens.text import cut
from screens.times import countdown, day, hours, local

#: Widest bubble, in cells; lines of one message before it is folded; seconds after which a header is repeated.
BUBBLE, FOLD, GROUP = 88, 40, 300
#: Characters of a body that are laid out at all: unfolded, folded.
_MOST, _FOLDED = 100_000, 12_000

#: Pieces of one line: text and the name of its style.
Piece = tuple[str, str]
Item = MessageView | Reply | NoteView


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the thread; `item` is None for rulers and blanks."""

    pieces: tuple[Piece, ...]
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a layout depends on beside the items: `width` in cells, `now` aware, whose thread it is, who looks. With
    `several` channels each message says which one it used."""

    width: int
    now: datetime
    person: str
    operator_id: int | None
    unfolded: frozenset[str] = frozenset()
    several: bool = False


def key(item: Item) -> str:
    """A name for an item that survives a reload of the page."""
    return f"{'r' if isinstance(item, Reply) else 'n' if isinstance(item, NoteView) else 'm'}{item.id}"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words where possible, never inside a character."""
    width = max(2, width)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if cell_len(paragraph) <= width:
            lines.append(paragraph)
            continue
        line, filled = "", 0
        for word in re.findall(r"\s+|\S+", paragraph):
            cells = cell_len(word)
            if filled + cells <= width:
                line, filled = line + word, filled + cells
                continue
            if word.isspace():
                lines.append(line)
                line, filled = "", 0
                continue
            if filled and line.strip():
                lines.append(line.rstrip())
            line, filled = "", 0
            *whole, line = chop_cells(word, width)
            lines.extend(whole)
            filled = cell_len(line)
        if line:
            lines.append(line.rstrip())
    return lines


def outgoing(item: Item) -> bool:
    """Whether an item stands on the right."""
    return isinstance(item, Reply) or (isinstance(item, MessageView) and item.direction is Direction.OUTGOING)


def moment(item: Item) -> datetime | None:
    return item.created_at


def author(item: Item, look: Look) -> str:
    """Who wrote it, in words; the data does not tell bot, AI and web apart, so neither does this."""
    if isinstance(item, Reply):
        return _("you") if item.operator_id in (look.operator_id, -1) else one_line(item.operator_name, 40)
    if isinstance(item, NoteView):
        return _("you") if item.operator_id == look.operator_id else one_line(item.operator_name, 40)
    match item.author:
        case Author.PERSON:
            return one_line(look.person, 40)
        case Author.YOU:
            return _("you")
        case Author.COLLEAGUE:
            return one_line(item.author_name or _("a colleague"), 40)
        case _:
            return _("bot, AI or web")


def state(reply: Reply, now: datetime) -> tuple[str, str]:
    """What is known of a reply, in words, and the name of the style."""
    left = countdown(reply.not_before, now)
    match reply.state:
        case State.QUEUED if reply.reason == Reason.UNDO and left is not None:
            return _("held: sends in {left} — {key} takes it back").format(
                key=key_for("inbox.take-back"), left=left
            ), "held"
        case State.QUEUED if reply.reason == Reason.RATE and left is not None:
            return _("queued: Telegram asks to wait {left}").format(left=left), "held"
        case State.QUEUED if reply.reason == Reason.UNREACHABLE:
            return _("queued: Telegram can't be reached, it tries again"), "held"
        case State.QUEUED if reply.reason == Reason.UNAUTHORIZED:
            return _("queued: Telegram refuses the token"), "failed"
        case State.QUEUED:
            return _("queued"), "held"
        case State.CLAIMED | State.SENDING:
            return _("sending…"), "held"
        case State.SENT:
            return _("✓ sent {time}").format(time=hours(reply.updated_at)), "sent"
        case State.FAILED:
            why = one_line(reply.error or _("no reason given"), 120)
            return _("✗ not delivered: {why} — {key}: what now?").format(key=key_for("thread.enter"), why=why), "failed"
        case State.UNKNOWN:
            return _("? Telegram did not answer: it may have arrived — {key}: decide").format(
                key=key_for("thread.enter")
            ), "unknown"
        case _:
            return _("given up"), "quiet"


def _said(item: Item, look: Look) -> tuple[str, str] | None:
    """The line under a bubble of ours."""
    if isinstance(item, Reply):
        return state(item, look.now)
    if isinstance(item, NoteView):
        return None
    if item.direction is Direction.OUTGOING and item.author in (Author.YOU, Author.COLLEAGUE):
        if item.telegram_message_id is None:
            return _("✓ said to have arrived {time}").format(time=hours(item.created_at)), "sent"
        return _("✓ sent {time}").format(time=hours(item.created_at)), "sent"
    return None


def _marks(item: Item, look: Look) -> list[str]:
    marks: list[str] = []
    if isinstance(item, NoteView):
        return marks
    if item.channel == "business":
        marks.append(_("by business account"))
    elif item.channel is not None and look.several:  # what every conversation has goes without saying
        marks.append(_("by bot"))
    if isinstance(item, Reply):
        if item.part_of > 1:
            marks.append(_("part {no} of {of}").format(no=item.part_no, of=item.part_of))
        return marks
    if item.direction is Direction.UNKNOWN:
        marks.append(_("direction not known"))
    if item.edited:
        marks.append(_("edited"))
    if item.deleted:
        marks.append(_("deleted in Telegram"))
    if item.duplicate:
        marks.append(_("came twice"))
    if item.direction is Direction.INCOMING and not item.read:
        marks.append(_("new"))
    return marks


def _same_group(before: Item | None, item: Item, look: Look) -> bool:
    if (
        before is None
        or isinstance(before, NoteView)
        or _said(before, look) is not None
        or _marks(before, look) != _marks(item, look)
    ):
        return False
    if outgoing(before) != outgoing(item) or author(before, look) != author(item, look):
        return False
    first, second = moment(before), moment(item)
    return first is not None and second is not None and (second - first).total_seconds() < GROUP


def body_lines(item: Item, width: int, unfolded: bool) -> tuple[list[str], int]:
    """The cleaned, wrapped body and how many lines are folded away."""
    limit = _MOST if unfolded else _FOLDED
    lines = wrap(clean(item.body[:limit], multiline=True), width)
    if unfolded or len(lines) <= FOLD:
        return lines, 0
    return lines[:FOLD], len(lines) - FOLD


def lay_out(items: Sequence[Item], index: int, look: Look) -> list[Line]:
    """The lines of one item: a day's ruler or a blank before it where one belongs, header, body, state."""
    item = items[index]
    before = items[index - 1] if index else None
    lines: list[Line] = []
    when = moment(item)
    if when is not None and (
        before is None or (was := moment(before)) is None or local(was).date() != local(when).date()
    ):
        lines.append(_ruler(day(when, look.now), look.width))
        grouped = False
    else:
        grouped = _same_group(before, item, look)
        if before is not None and not grouped:
            lines.append(Line(()))
    if isinstance(item, NoteView):
        return [*lines, *_note(item, index, look)]
    right = outgoing(item)
    room = max(2, min(BUBBLE, look.width - 4 if look.width < 40 else look.width * 5 // 6))
    text, folded = body_lines(item, room - 2, key(item) in look.unfolded)
    widest = max((cell_len(line) for line in text), default=0)
    if not grouped:
        lines.append(_header(item, index, look, right))
    for line in text:
        lines.append(_bubble(line, index, look, right, widest))
    if folded:
        more = _("… {count} more lines (Enter)").format(count=folded)
        lines.append(_beside(((more[: look.width - 2], "quiet"),), index, look, right))
    if isinstance(item, MessageView) and item.reactions:
        lines.append(
            _beside(((cut(one_line(item.reactions, 60), max(1, look.width - 2)), "quiet"),), index, look, right)
        )
    said = _said(item, look)
    if said is not None:
        for part in wrap(said[0], max(10, look.width - 2)):
            lines.append(_beside(((part, said[1]),), index, look, right))
    return lines


def _note(item: NoteView, index: int, look: Look) -> list[Line]:
    """Across the whole width, with a word before it: nobody takes it for something that was sent."""
    text, folded = body_lines(item, max(2, look.width - 5), key(item) in look.unfolded)
    head = _("✎ note, not sent: {who} · {time}").format(who=author(item, look), time=hours(item.created_at))
    lines = [Line((("┊ ", "note"), (cut(head, max(1, look.width - 3)), "note-head")), index)]
    lines += [Line((("┊ ", "note"), (line, "note")), index) for line in text]
    if folded:
        more = _("… {count} more lines (Enter)").format(count=folded)
        lines.append(Line((("┊ ", "note"), (cut(more, max(1, look.width - 3)), "quiet")), index))
    return lines


def _ruler(words: str, width: int) -> Line:
    side = max(1, (width - cell_len(words) - 2) // 2)
    return Line((("─" * side, "rule"), (f" {words} ", "day"), ("─" * (width - side - cell_len(words) - 2), "rule")))


def _header(item: Item, index: int, look: Look, right: bool) -> Line:
    pieces: list[Piece] = [(author(item, look), "author" if not right else "us")]
    time = hours(moment(item)) or _("no date")
    quiet = " · ".join(["", time, *_marks(item, look)])
    pieces.append((quiet, "quiet"))
    room = look.width - 2
    name, style = pieces[0]
    if cell_len(name) + cell_len(quiet) > room:
        name = cut(name, max(1, room - cell_len(quiet)))
    return _beside(((name, style), (" " + cut(quiet, room - cell_len(name) - 1), "quiet")), index, look, right)


def _beside(pieces: tuple[Piece, ...], index: int, look: Look, right: bool) -> Line:
    if not right:
        return Line(((" ", ""), *pieces), index)
    cells = sum(cell_len(text) for text, _style in pieces)
    return Line(((" " * max(0, look.width - cells - 1), ""), *pieces, (" ", "")), index)


def _bubble(text: str, index: int, look: Look, right: bool, widest: int) -> Line:
    if not right:
        return Line((("▏", "bar"), (text, "text")), index)
    filled = text + " " * (widest - cell_len(text))
    left = max(0, look.width - widest - 3)
    return Line(((" " * left, ""), (f" {filled} ", "ours"), ("▕", "our-bar")), index)
