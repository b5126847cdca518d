"""Giving and taking access from any screen: the grant sheet, the question before a revoke, and what is said after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from models.rules.text import one_line
from models.views import Changes, JournalEntry, Reply
from models.views.access import Drift, DriftRow, Granted
from screens.access_words import ended_line, granted_line, notice, tier_word
from screens.base import BaseScreen
from screens.dialogs.expired import EndAll, ExpiredDialog
from screens.dialogs.grant_sheet import GrantSheet, Marked, Who
from screens.dialogs.revoke import Revoked, RevokeDialog
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.text import plain
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk

#: People of a list of what has run out; how many are ended between two words about it.
LISTED, STEP = 200, 50
#: Longest name in a status line: what was done must fit behind it.
NAME = 40


def open_sheet(screen: BaseScreen, who: Who, *, body: str | None = None) -> None:
    """The grant sheet for this person; `body` is the message under the cursor."""
    console, services = screen.console, screen.services

    def answered(answer: object) -> None:
        if answer == "revoke":
            open_revoke(screen, who)
        elif isinstance(answer, Granted):
            services.kick()
            console.publish(Changes(everything=True))
            done = granted_line(replace(answer, person_name=one_line(answer.person_name, NAME)))
            console.say(
                _("{done} ({key} in the inbox takes it back)").format(
                    key=key_for("inbox.take-back"), done=one_line(done, 240)
                )
            )
        elif isinstance(answer, Marked):
            console.publish(Changes(everything=True))
            console.say(_("{name} has paid access now.").format(name=one_line(answer.name, NAME)))

    screen.app.push_screen(GrantSheet(services, who, body=body), answered)


def open_revoke(screen: BaseScreen, who: Who) -> None:
    """Asks for the reason, then takes every tier and the paid mark away."""
    console, services = screen.console, screen.services

    def answered(answer: Revoked | None) -> None:
        if answer is not None:
            console.write(lambda: revoke(answer), name="revoke")

    async def revoke(answer: Revoked) -> None:
        text = notice(services.presets, "revoked", name=who.name) if answer.tell else None
        hold = services.undo_seconds
        ended = await services.call(
            lambda desk: desk.endings.revoke(who.user_id, answer.reason, notice=text, hold=hold)
        )
        services.kick()
        console.publish(Changes(everything=True))
        console.say(one_line(ended_line(replace(ended, person_name=one_line(ended.person_name, NAME))), 240))

    screen.app.push_screen(RevokeDialog(named(who)), answered)


def open_expired(screen: BaseScreen) -> None:
    """Lists the access that has run out and, after a yes, ends all of it."""
    console, services = screen.console, screen.services

    def read(desk: Desk) -> tuple[int, tuple[DriftRow, ...]]:
        counts = {each.kind: each.count for each in desk.drifts.counts()}
        return counts[Drift.EXPIRED_BUT_PAID], desk.drifts.rows(Drift.EXPIRED_BUT_PAID, limit=LISTED)

    def telling(name: str, tier: str) -> str:
        return notice(services.presets, "expired", name=name, tier=tier)

    async def ask() -> None:
        count, rows = await services.call(read)
        if not count:
            screen.status(_("No access has run out that is still on."))
            return
        dialog = ExpiredDialog(count, rows, tell="expired" in services.presets.notices)
        answer: EndAll | None = await screen.app.push_screen_wait(dialog)
        if answer is not None:
            console.write(partial(end, telling if answer.tell else None), name="expire")

    async def end(told: Callable[[str, str], str | None] | None) -> None:
        """Some at a time: how far it is can be seen, and leaving stops between two."""
        done, silent = 0, (lambda _name, _tier: None)
        while ended := await services.call(lambda desk: desk.endings.expire_all(notice=told or silent, limit=STEP)):
            done += len(ended)
            said = ngettext("{count} access ended", "{count} accesses ended", done)
            console.say(said.format(count=done))
        services.kick()
        console.publish(Changes(everything=True))

    start(screen, ask, name="expired", group="asking", exclusive=True)


def named(who: Who) -> Content:
    """The person beyond doubt, for a question."""
    line = plain(one_line(who.name, 120), "bold")
    if who.username:
        line = line + plain(f"  @{one_line(who.username, 64)}", "$foreground-muted")
    if who.telegram_id is not None:
        line = line + plain(
            "\n" + _("Telegram id {id}").format(id=who.telegram_id), "$foreground-muted", multiline=True
        )
    return line


def newest_act(desk: Desk) -> Reply | JournalEntry | None:
    """What `z` takes back: this operator's newest held reply, or grant. A grant's own notice goes with the grant."""
    grant = desk.offers.newest_own()
    for reply in reversed(desk.outbox.held()):
        if not desk.outbox.key_of(reply.id).startswith("grant-"):
            return grant if grant is not None and grant.at > reply.created_at else reply
    return grant


async def take_back_grant(screen: BaseScreen, grant: JournalEntry) -> None:
    """Undoes a grant of this operator; call it in a write."""
    ended = await screen.services.call(lambda desk: desk.grants.undo(grant.id))
    said = _("Taken back: {tier} of {name}, receipt {receipt} is free again.").format(
        tier=tier_word(grant.tier or ""),
        name=one_line(ended.person_name, NAME),
        receipt=one_line(grant.receipt or "", NAME),
    )
    if ended.notified:
        said = _("{said} The notice had gone out already.").format(said=said)
    screen.console.publish(Changes(everything=True))
    screen.console.say(said)
