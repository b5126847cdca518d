"""Who receives the bot's updates and how that goes, in words. Without textual."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.rules.text import one_line
from models.views import BotHealth
from screens.i18n import _, ngettext
from screens.times import stamp

#: An error older than this is told only where there is room: it is over.
RECENT = timedelta(minutes=15)


def receiver(health: BotHealth) -> str:
    """Who receives; the host is foreign."""
    match health.receiver:
        case "webhook":
            return _("webhook {host}").format(host=one_line(health.webhook_host or "", 40))
        case "us":
            return _("receiving")
        case "another console":
            return _("another console receives")
        case "another program":
            return _("another program receives this bot's messages")
        case "nobody":
            return _("nobody receives this bot's messages")
        case _:
            return _("not known yet who receives")


def briefly(health: BotHealth, now: datetime) -> tuple[str, bool]:
    """For the status line: the worst that is known, and whether it is worth a second look."""
    if health.refused:
        return _("a webhook is set: nothing is received here"), True
    if health.gap is not None:
        since, until = (stamp(moment, now) for moment in health.gap)
        return _("messages from {since} to {until} may be missing").format(since=since, until=until), True
    parts = [receiver(health)]
    if health.pending:
        parts.append(ngettext("{count:,} pending", "{count:,} pending", health.pending).format(count=health.pending))
    recent = health.last_error_at is not None and now - health.last_error_at < RECENT
    if recent:
        parts.append(_("failed {when}").format(when=stamp(health.last_error_at, now)))
    if health.quarantined:
        parts.append(_quarantined(health))
    wrong = recent or bool(health.quarantined) or health.receiver in ("another program", "nobody")
    return ", ".join(parts), wrong


def in_full(health: BotHealth, now: datetime) -> str:
    """One line with all of it, for the help."""
    parts = [briefly(health, now)[0] if health.refused or health.gap else receiver(health)]
    parts.append(ngettext("{count:,} pending", "{count:,} pending", health.pending).format(count=health.pending))
    if health.last_error is not None:
        when, why = stamp(health.last_error_at, now), one_line(health.last_error, 120)
        parts.append(_("last error {when}: {why}").format(when=when, why=why))
    if health.quarantined:
        parts.append(_quarantined(health))
    parts.append(_("asked {when}").format(when=stamp(health.asked_at, now)))
    return _("The bot, {mode}: {facts}").format(mode=health.mode, facts=" · ".join(parts))


def _quarantined(health: BotHealth) -> str:
    words = ngettext("{count:,} update set aside", "{count:,} updates set aside", health.quarantined)
    return words.format(count=health.quarantined)
