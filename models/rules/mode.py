"""Who receives the bot's updates: the application through its webhook (attached), or Frontdesk (standalone). Pure."""

from __future__ import annotations

from dataclasses import dataclass

ATTACHED, STANDALONE, UNKNOWN = "attached", "standalone", "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known by now. `configured` is FRONTDESK_MODE; `rails_owned`: the database has `schema_migrations`;
    `answered`: Telegram has told which webhook there is, `webhook_host` None: none."""

    configured: str | None
    rails_owned: bool
    answered: bool = False
    webhook_host: str | None = None


def mode_of(known: Known) -> str:
    """A webhook is somebody else's, whatever the configuration says; without word from Telegram nothing is certain but
    what excludes receiving."""
    if known.configured == ATTACHED or known.webhook_host is not None:
        return ATTACHED
    if known.configured == STANDALONE:
        return STANDALONE
    if known.rails_owned:
        return ATTACHED
    return STANDALONE if known.answered else UNKNOWN


def may_poll(known: Known) -> bool:
    """Whether updates may be asked for now. Until Telegram answered nobody knows whose they are."""
    return known.answered and mode_of(known) == STANDALONE


def is_refused(known: Known) -> bool:
    """Standalone was asked for, and a webhook is set: that is somebody's mistake."""
    return known.configured == STANDALONE and known.webhook_host is not None
