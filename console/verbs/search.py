"""`frontdesk search QUERY`: the newest messages that hold the words, and the people."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from console.output import as_json, cell, complain, local_time, say
from console.progress import shown
from console.verbs.common import add_limit, desk_of, settings_of
from models.errors import ExitCode
from models.rules.address import names_server
from models.rules.search import FILTERS
from models.rules.text import clean
from models.views import Direction, Hit, SearchPage
from screens.i18n import _
from screens.search_words import far

if TYPE_CHECKING:
    from models.services.desk import Desk

_PAGE = 200
#: Rows to a step of the index: nobody types meanwhile.
_STEP = 2_000


def configure(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(FILTERS.values())
    parser.add_argument(
        "query",
        metavar="QUERY",
        help=_('words, phrases in "quotes", filters ({known})').format(known=known).replace("%", "%%"),
    )
    add_limit(parser)
    parser.add_argument(
        "--no-index",
        action="store_true",
        help=_("search with what the index holds already, and don't wait for the rest"),
    )


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)
    # On a server the index is a table of ours, elsewhere a file beside: the database itself is only read.
    with desk_of(settings, read_only=not names_server(settings.database or "")) as desk:
        if not arguments.no_index:
            _bring_up(desk, json=arguments.json)
        page = _pages(desk, arguments.query, arguments.limit)
    if arguments.json:
        say(as_json([_record(hit) for hit in page.hits]))
    else:
        _print(page)
    for line in far(page):
        complain(line)
    return ExitCode.DONE


def _bring_up(desk: Desk, *, json: bool) -> None:
    """Indexes what is new; the first time all of it. Interrupted, the next run goes on."""
    with shown(json=json) as progress:
        step = desk.upkeep.step(_STEP)
        while step.ours and not step.idle:
            progress("index", step.done, step.total)
            step = desk.upkeep.step(_STEP)


def _pages(desk: Desk, query: str, limit: int) -> SearchPage:
    """Raises Usage, NotFound."""
    first = page = desk.search.find(query, limit=min(_PAGE, limit))
    hits = list(page.hits)
    while len(hits) < limit and page.next is not None and page.hits:
        page = desk.search.find(query, limit=min(_PAGE, limit - len(hits)), below=page.next)
        hits += page.hits
    return SearchPage(tuple(hits), first.people, page.next, page.back_to, page.looked_at, page.short, page.index)


def _record(hit: Hit) -> dict[str, Any]:
    return {
        "message_id": hit.message_id,
        "conversation_id": hit.conversation_id,
        "user_id": hit.user_id,
        "name": hit.name,
        "username": hit.username,
        "direction": hit.direction.value,
        "created_at": hit.created_at,
        "body": hit.body,
    }


def _print(page: SearchPage) -> None:
    for person in page.people:
        named = f"  {cell('@' + person.username, 33)}" if person.username else ""
        there = _("conversation {id}").format(id=person.conversation_id) if person.conversation_id else "-"
        say(f"{cell(person.name, 40)}{named}  {person.telegram_id}  {there}")
    if page.people and page.hits:
        say()
    for hit in page.hits:
        arrow = {Direction.INCOMING: "←", Direction.OUTGOING: "→"}.get(hit.direction, "?")
        named = f"#{hit.conversation_id}"
        say(f"{local_time(hit.created_at)}  {named}  {cell(hit.name, 40)}  {arrow}")
        say(f"    {_marked(hit)}")


def _marked(hit: Hit) -> str:
    """The line around the hit; on a terminal the hit is bold."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    return "".join(f"{bold}{clean(text)}{plain}" if is_hit else clean(text) for text, is_hit in hit.pieces)
