"""What the verbs of `db` say of a database."""

from __future__ import annotations

from dataclasses import dataclass

from models.schema import SchemaStep
from models.views.database import Features


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What `db status` and the status line say."""

    url: str  # without password
    engine: str  # "sqlite" or "postgresql"
    library_version: str  # of the SQLite library, or of the server
    library_sound: bool  # without the WAL-reset bug
    features: Features
    owner: str  # "application" or "frontdesk"
    rails_version: str | None  # newest schema_migrations row
    rails_environment: str | None
    console_revision: str | None
    console_head: str
    missing: tuple[str, ...]
    journal_mode: str  # "-" on PostgreSQL
    read_only: bool
    conversations: int
    messages: int
    users: int


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What `db upgrade` would do: tables it adds, steps it takes; it never touches the application's tables."""

    tables: tuple[str, ...]
    current: str | None
    head: str
    steps: tuple[SchemaStep, ...] = ()
