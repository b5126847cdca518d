"""Steps of the schema, as the floors above see them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One revision of a branch (seed, console, planned), taken (`up`) or undone."""

    branch: str
    revision: str
    title: str
    up: bool


@dataclass(frozen=True, slots=True)
class KnownStep:
    """A revision of the history, and whether this database has been through it."""

    branch: str
    revision: str
    title: str
    applied: bool
