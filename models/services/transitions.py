"""The append-only log of the outbox: every transition of every reply."""

from __future__ import annotations

from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.delivery import State
from models.tables.console_outbox import OutboxRow
from models.tables.console_outbox_log import OutboxLogRow

outbox_table = OutboxRow.__table__  # type: ignore[attr-defined]
_log = OutboxLogRow.__table__  # type: ignore[attr-defined]


def log_transition(
    session: Session,
    clock: Clock,
    outbox_id: int,
    came: State | None,
    went: State,
    *,
    attempt: int,
    owner: str | None = None,
    operator_id: int | None = None,
    detail: str | None = None,
) -> None:
    """One line of the append-only log; `detail` never holds text of messages."""
    session.execute(
        _log.insert().values(
            outbox_id=outbox_id,
            at=clock(),
            from_state=came,
            to_state=went,
            attempt=attempt,
            owner=owner,
            operator_id=operator_id,
            detail=detail,
        )
    )
