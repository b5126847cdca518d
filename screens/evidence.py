"""What speaks for and against a reply having arrived, in words. Without textual: the command line reads it too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from models.rules.delivery import State
from models.rules.text import one_line
from screens.i18n import _, ngettext
from screens.times import stamp

if TYPE_CHECKING:
    from models.services.evidence import Attempt, Evidence

#: Attempts that are told one by one; of more, the newest.
_TOLD = 4


def spoken(evidence: Evidence, now: datetime) -> list[str]:
    """A line for each fact: did the person write since, is the text in the thread, what the log says."""
    if evidence.since is None:
        return [_("No request for it was ever started.")]
    return [wrote(evidence, now), stands(evidence, now), *log(evidence, now)]


def wrote(evidence: Evidence, now: datetime) -> str:
    """Whether the person wrote since the attempt: somebody who answers has probably read it."""
    if not evidence.incoming:
        return _("The person has not written since ({since}).").format(since=stamp(evidence.since, now))
    words = ngettext(
        "The person has written {count} message since, the last {when}.",
        "The person has written {count} messages since, the last {when}.",
        evidence.incoming,
    )
    return words.format(count=evidence.incoming, when=stamp(evidence.last_incoming_at, now))


def stands(evidence: Evidence, now: datetime) -> str:
    """Whether the thread holds this text since the attempt."""
    if not evidence.same_text:
        return _("No message with this text stands in the thread since.")
    newest = evidence.same_text[-1]
    words = _("A message with this text stands in the thread: {when}, row {id}.")
    if newest.telegram_message_id is not None:
        words = _("A message with this text stands in the thread: {when}, row {id}, Telegram's number {telegram_id}.")
    return words.format(when=stamp(newest.at, now), id=newest.message_id, telegram_id=newest.telegram_message_id)


def log(evidence: Evidence, now: datetime) -> list[str]:
    """The newest attempts, oldest of them first; how many in all when some are not told."""
    told = [_attempt(each, now) for each in evidence.attempts[-_TOLD:]]
    if len(evidence.attempts) > _TOLD:
        more = len(evidence.attempts) - _TOLD
        told.insert(0, ngettext("… {count} earlier attempt", "… {count} earlier attempts", more).format(count=more))
    return told


def _attempt(attempt: Attempt, now: datetime) -> str:
    words = _("Attempt {number}, {when}: {outcome}").format(
        number=attempt.number, when=stamp(attempt.began_at, now), outcome=_outcome(attempt)
    )
    return f"{words} · {one_line(attempt.detail, 160)}" if attempt.detail else words


def _outcome(attempt: Attempt) -> str:
    match attempt.outcome:
        case None:
            return _("under way")
        case State.QUEUED:
            return _("it did not leave, or Telegram asked to wait")
        case State.FAILED:
            return _("Telegram refused it")
        case State.SENT:
            return _("Telegram accepted it")
        case _:
            return _("no answer: it may have arrived")
