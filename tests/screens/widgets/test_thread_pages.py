"""Pages of a thread that was opened in its middle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from models.views import Author, Cursor, Direction, Hit, MessageView, SearchPage, ThreadPage
from screens.walk import Walk
from screens.widgets.thread_layout import marked
from screens.widgets.thread_lines import Line
from screens.widgets.thread_pages import ThreadPages

AT = datetime(2026, 10, 1, tzinfo=UTC)


def message(id: int) -> MessageView:
    return MessageView(id, 1, 1, f"n{id}", Direction.INCOMING, id, True, AT, None, Author.PERSON)


def page(first: int, last: int, *, older: bool = False, newer: bool = False) -> ThreadPage:
    views = tuple(message(id) for id in range(first, last + 1))
    return ThreadPage(
        1,
        views,
        Cursor("k", None, first) if older else None,
        newer=Cursor("k", None, last) if newer else None,
    )


def test_what_came_last_waits_until_one_scrolls_there() -> None:
    pages = ThreadPages()
    pages.open(page(40, 50, older=True, newer=True))
    pages.renew(page(90, 99, older=True))
    assert [each.id for each in pages.messages] == [*range(40, 51)]
    after = pages.ask_for_newer()
    assert after is not None
    assert pages.ask_for_newer() is None
    assert pages.add_newer(page(51, 70, newer=True))
    assert pages.ask_for_newer() is not None
    # A newest page that touches what is loaded joins it.
    pages.renew(page(65, 99, older=True))
    assert [each.id for each in pages.messages] == [*range(40, 100)]
    assert pages.newer is None
    assert not pages.add_newer(page(71, 80))
    assert not pages.add_newer(replace(page(1, 2), conversation_id=2))


def test_each_word_is_marked_once() -> None:
    line = Line((("▏", "bar"), ("Оплата и заказ оплаты", "text")), 0)
    assert marked(line, ("оплат", "плата", "заказ")) == [
        ("▏", "bar"),
        ("Оплат", "hit"),
        ("а", "hit"),
        (" и ", "text"),
        ("заказ", "hit"),
        (" ", "text"),
        ("оплат", "hit"),
        ("ы", "text"),
    ]
    assert marked(line, ()) == line.pieces


def test_a_walk_ends_at_both_ends_and_takes_pages_on() -> None:
    hits = [Hit(id, 1, 1, "Anna", None, Direction.INCOMING, AT, None, "b", (("b", True),)) for id in (3, 2, 1)]
    walk = Walk("b")
    assert walk.hit is None
    walk.add(SearchPage(tuple(hits[:2]), next=2))
    assert not walk.step(-1)
    assert walk.step(1)
    assert not walk.step(1)
    walk.add(SearchPage(tuple(hits[1:])))
    assert walk.step(1)
    assert walk.hit == hits[2]
    assert walk.next is None
