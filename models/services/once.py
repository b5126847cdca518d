"""Parts of a service that are made when they are first asked for, by whichever thread asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")

#: One for all: whatever is made may need another part, and waiting happens once in a part's life.
_LOCK = threading.RLock()


class once(Generic[T]):
    """As `functools.cached_property`, but made once however many threads ask: what has a state must not be two."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> once[T] | T:
        if instance is None:
            return self
        with _LOCK:
            held = vars(instance)
            if self._name not in held:
                held[self._name] = self._make(instance)
            made: T = held[self._name]
            return made
