"""Names of a package that are imported when first asked for: what a page does not need does not delay it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping


def names(package: str, homes: Mapping[str, Iterable[str]]) -> Callable[[str], object]:
    """A package's `__getattr__`: `homes` says which of its modules holds which names."""
    home = {name: module for module, held in homes.items() for name in held}

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
