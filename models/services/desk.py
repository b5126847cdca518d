"""Everything the floors above may ask, on one database."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Self

from models.errors import DatabaseProblem, Refused
from models.rules.clock import Clock, utc_now
from models.services.operators import ensure_operator, known_operator
from models.services.parts import Parts
from models.store.database import Database
from models.views import Operator

if TYPE_CHECKING:
    from models.schema import KnownStep, SchemaStep
    from models.views import DatabaseStatus, UpgradePlan

#: Why a database that can be read may refuse a write: no reason to keep its inbox from anybody.
_PASSING = frozenset({"locked", "read-only", "disk-full", "forbidden", "too-slow"})


def here() -> str:
    """User and host, as the journal tells where an act came from."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"
    return f"{user}@{socket.gethostname()}"


class Desk(Parts):
    """The services of one database, for one operator. Safe from several threads."""

    def __init__(
        self,
        database: Database,
        *,
        handle: str,
        clock: Clock = utc_now,
        source: str | None = None,
        cache: Path | None = None,
    ) -> None:
        super().__init__(database, clock, source or here(), cache)
        self._handle = handle
        self._recognise_operator()
        if database.engine != "sqlite":
            # It asks the server: not to be waited for where it is named first, on the event loop.
            _ = self.upkeep

    @classmethod
    def open(
        cls,
        url_or_path: str,
        *,
        operator: str,
        read_only: bool = False,
        clock: Clock = utc_now,
        timeout_ms: int = 5000,
        pool: int = 5,
        source: str | None = None,
        any_step: bool = False,
        cache: Path | None = None,
    ) -> Self:
        """Opens an existing database; `any_step` as in `Database.open`; `cache`: the folder of what is derived and may
        be lost, the search index. Raises DatabaseProblem, Usage('bad-url')."""
        database = Database.open(
            url_or_path, read_only=read_only, timeout_ms=timeout_ms, pool=pool, clock=clock, any_step=any_step
        )
        try:
            return cls(database, handle=operator, clock=clock, source=source, cache=cache)
        except BaseException:
            database.close()
            raise

    def status(self) -> DatabaseStatus:
        """Shape, owner, versions. Raises DatabaseProblem."""
        from models.store import lifecycle

        return lifecycle.status(self.database)

    def plan_upgrade(self, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
        """What `upgrade` would do. Raises DatabaseProblem('too-new'), Refused, Usage."""
        from models.store import lifecycle

        return lifecycle.plan_upgrade(self.database, target, planned_tables=planned_tables)

    def upgrade(self, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
        """Adds our side tables; the operator is known from then on. Raises Refused, DatabaseProblem."""
        from models.store import lifecycle

        plan = lifecycle.upgrade(self.database, target, planned_tables=planned_tables)
        self._settle_operator()
        return plan

    def look_again(self) -> bool:
        """Whether our tables have come since (a colleague's `db upgrade`); the operator is known from then on."""
        if self.features.console_tables:
            return False
        self.database.refresh_features()
        if not self.features.console_tables:
            return False
        self._recognise_operator()
        return True

    def plan_downgrade(self, target: str) -> tuple[SchemaStep, ...]:
        """What `downgrade` would undo. Raises DatabaseProblem, Refused('not-ours'), Usage('bad-revision')."""
        from models.store.steps import plan_down

        with self.database.read() as session:
            return plan_down(session.connection(), target)

    def downgrade(self, target: str) -> tuple[SchemaStep, ...]:
        """Undoes steps of the schema, and what they had added goes. Raises Refused, Usage, DatabaseProblem."""
        from models.store import lifecycle

        return lifecycle.downgrade(self.database, target)

    def history(self) -> tuple[KnownStep, ...]:
        """Every step of the schema, and whether this database has been through it. Raises DatabaseProblem."""
        from models.store.steps import history

        with self.database.read() as session:
            return history(session.connection())

    def require_operator(self) -> Operator:
        """Who acts. Raises Refused('read-only-session', 'no-console-tables')."""
        self._may_write()
        if self.operator is None:
            self._settle_operator()
        if self.operator is None:
            raise Refused("no-console-tables")
        return self.operator

    def close(self) -> None:
        """Closes every connection that is not in use."""
        if (upkeep := vars(self).get("upkeep")) is not None:
            upkeep.close()
        self.database.close()

    def _settle_operator(self) -> None:
        if self.why_not_write() is None:
            self.operator = ensure_operator(self.database, self._handle, self.clock)

    def _recognise_operator(self) -> None:
        """Reading goes on where nothing can be written just now; the first write settles who it is."""
        try:
            self._settle_operator()
        except DatabaseProblem as error:
            if error.id not in _PASSING:
                raise
            self.operator = known_operator(self.database, self._handle)
