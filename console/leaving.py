"""What happens between the decision to leave and the end."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from models.errors import FrontdeskError
from models.rules.clock import Clock
from models.rules.delivery import IN_LINE
from screens.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.views import Reply
    from screens.services import Services

#: Seconds that the goodbye may wait for the database.
PATIENCE = 1.0


async def held_ones(services: Services) -> tuple[Reply, ...]:
    """This operator's replies still inside their undo window; none where nothing can be sent or read."""
    if services.desk is None or not services.can_send:
        return ()
    try:
        return await services.call(lambda desk: desk.outbox.held())
    except FrontdeskError:
        return ()


async def let_go(services: Services, held: Sequence[Reply], *, now: bool) -> None:
    """Waits until these replies left the queue, ending their undo window at once if `now`. Cancel it to stop waiting:
    they stay queued."""
    ids = [reply.id for reply in held]
    if now:
        await services.call(lambda desk: desk.outbox.release(ids))
    while True:
        services.kick()
        replies = await services.call(lambda desk: [desk.outbox.get(id) for id in ids])
        if not any(reply.state in IN_LINE for reply in replies):
            return
        if services.trouble is not None and now:
            return
        await asyncio.sleep(0.1)


async def farewell(services: Services, clock: Clock, *, answered: int) -> str | None:
    """The one line for the plain terminal; None when there is nothing to say or the database does not answer."""
    if services.desk is None:
        return None
    try:
        from models.views import View

        asked = services.call(lambda desk: (desk.inbox.counts(), len(desk.outbox.list(IN_LINE))))
        counts, unsent = await asyncio.wait_for(asked, PATIENCE)
    except (FrontdeskError, TimeoutError):
        return None
    waiting = counts.by_view.get(View.WAITING, 0)
    drafts = counts.by_view.get(View.DRAFTS, 0)
    parts: list[str] = []
    if answered:
        parts.append(ngettext("{count:,} answered", "{count:,} answered", answered).format(count=answered))
    if unsent:
        parts.append(ngettext("{count:,} not sent yet", "{count:,} not sent yet", unsent).format(count=unsent))
    still = ngettext("{count:,} still waiting", "{count:,} still waiting", waiting).format(count=waiting)
    if waiting and counts.oldest_waiting_at is not None:
        still += " " + _("(oldest {wait})").format(wait=span(counts.oldest_waiting_at, clock()))
    parts.append(still if waiting else _("nobody is waiting"))
    if drafts:
        parts.append(ngettext("{count:,} draft kept", "{count:,} drafts kept", drafts).format(count=drafts))
    return ", ".join(parts) + "."


def span(since: datetime, now: datetime) -> str:
    """How long ago, in the two largest units: `2 h 14 min`, `3 d 4 h`."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    return _("{days} d {hours} h").format(days=days, hours=hours)
