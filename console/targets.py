"""`[waiting]` of the configuration file: after how long somebody who waits is shown as waiting too long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from models.errors import Usage
from models.rules.waiting import Targets
from screens.i18n import _

#: The table of the configuration file that is read here.
TABLE = "waiting"
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,5})\s*([mhd])")


def read_targets(written: Mapping[str, Any], path: str) -> Targets:
    """`soon = "30m"`, `late = "2h"`; `path` names the file in errors. Raises Usage('bad-setting', name, why)."""
    table = written.get(TABLE, {})
    if not isinstance(table, dict):
        raise Usage("bad-setting", name=f"{path}: {TABLE}", why=_("must be a table"))
    found = {"soon": Targets().soon, "late": Targets().late}
    for name, text in table.items():
        where = f"{path}: {TABLE}.{name}"
        if name not in found:
            raise Usage("bad-setting", name=where, why=_("is no target: soon, late"))
        match = _SPAN.fullmatch(str(text).strip().lower())
        if match is None or int(match[1]) == 0:
            raise Usage("bad-setting", name=where, why=_("is no time such as 30m, 2h or 1d"))
        found[name] = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if found["late"] < found["soon"]:
        raise Usage("bad-setting", name=f"{path}: {TABLE}.late", why=_("is shorter than soon"))
    return Targets(found["soon"], found["late"])
