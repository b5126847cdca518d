"""What `Database` asks of an engine: two pools, errors in our words, and whether anybody committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session

from models.errors import DatabaseProblem


class Backend(Protocol):
    """One open database. Safe from several threads, but for `token`."""

    #: 'sqlite' or 'postgresql'.
    engine: str
    #: Where it is, without any password.
    place: str
    reader: Engine
    writer: Engine
    #: What its driver raises outside SQLAlchemy.
    errors: tuple[type[Exception], ...]

    def problem(self, error: BaseException) -> DatabaseProblem:
        """What an error of the driver, or SQLAlchemy's wrapping of it, means."""
        ...

    def begun(self, session: Session) -> None:
        """Called when a write session holds its connection. Raises DatabaseProblem when it may not write after all."""
        ...

    def token(self, reprobe: Callable[[], None]) -> tuple[int, object]:
        """Another value after any commit; its first part changes with the database itself, after `reprobe` was called.
        Raises DatabaseProblem and what `errors` names."""
        ...

    def stamp(self) -> object | None:
        """Another value after any commit, most likely, for what it costs to ask: nothing is opened, nothing waited
        for. None where nothing is that cheap."""
        ...

    def close(self) -> None:
        """Closes every connection that is not in use."""
        ...
