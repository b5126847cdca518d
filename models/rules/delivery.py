"""States of a reply in the outbox and the transitions between them. Pure.

queued -> claimed -> sending -> sent | failed | unknown, back to queued (429, provably unsent)
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """An undo hold and a wait that Telegram asked for are `queued` with `not_before` and a reason."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Choice(StrEnum):
    """What a person may decide about a reply, named alike on the screen and on the command line."""

    RETRY = "retry"
    DELIVERED = "delivered"
    CANCEL = "cancel"


class Reason(StrEnum):
    """Why a queued reply is not sent yet, or (`UNREACHABLE_CHAT`) failed for its chat's sake."""

    UNDO = "undo"
    RATE = "rate"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE_CHAT = "unreachable-chat"


BY_MACHINE: frozenset[tuple[State, State]] = frozenset(
    {
        (State.QUEUED, State.CLAIMED),
        (State.CLAIMED, State.SENDING),
        (State.CLAIMED, State.QUEUED),
        (State.SENDING, State.SENT),
        (State.SENDING, State.FAILED),
        (State.SENDING, State.QUEUED),
        (State.SENDING, State.UNKNOWN),
        (State.UNKNOWN, State.SENT),
        (State.QUEUED, State.FAILED),
        (State.QUEUED, State.UNKNOWN),
        (State.CLAIMED, State.UNKNOWN),
        (State.FAILED, State.QUEUED),
    }
)

BY_HAND: dict[Choice, tuple[frozenset[State], State]] = {
    Choice.RETRY: (frozenset({State.FAILED, State.UNKNOWN}), State.QUEUED),
    Choice.DELIVERED: (frozenset({State.UNKNOWN}), State.SENT),
    Choice.CANCEL: (frozenset({State.QUEUED, State.FAILED, State.UNKNOWN}), State.CANCELLED),
}

#: States that keep later replies of the same chat waiting, so that they arrive in order.
IN_LINE = frozenset({State.QUEUED, State.CLAIMED, State.SENDING})

#: States the Outbox lists: everything that a person may still have to look at.
OPEN = frozenset({State.QUEUED, State.CLAIMED, State.SENDING, State.FAILED, State.UNKNOWN})

#: States that count as "not delivered" in the inbox view of that name.
NOT_DELIVERED = frozenset({State.FAILED, State.UNKNOWN})


def choices(state: State) -> tuple[Choice, ...]:
    """What a person may choose for a reply in `state`, in the order the screen offers it."""
    order = (Choice.DELIVERED, Choice.RETRY, Choice.CANCEL)
    return tuple(choice for choice in order if state in BY_HAND[choice][0])
