"""A whole conversation, to be written down."""

from __future__ import annotations

from dataclasses import dataclass

from models.views.inbox import Lead, MessageView, Reply


@dataclass(frozen=True, slots=True)
class Transcript:
    """Oldest first; `replies` have no row in `messages` yet."""

    lead: Lead
    messages: tuple[MessageView, ...]
    replies: tuple[Reply, ...]
