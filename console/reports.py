"""Reports as files that only their maker can read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from console.access_records import batch_record
from models.errors import Refused
from models.views.access import BatchResult
from screens.exporting import csv_lines

_COLUMNS = (
    "line", "user", "user_id", "name", "tier", "amount", "currency", "receipt", "state", "granted", "expires_at",
    "notified", "journal_id", "problem",
)  # fmt: skip


def save_report(path: Path, results: Sequence[BatchResult]) -> Path:
    """What became of each line of a list, as CSV of mode 0600. Raises Refused('report-place') where it can't be
    written, or something stands there already."""
    lines = csv_lines(_COLUMNS, [_record(result) for result in results])
    content = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        raise Refused("report-place", path=str(path), why=error.strerror or str(error)) from None
    return path


def _record(result: BatchResult) -> dict[str, object]:
    record, granted = batch_record(result.row, result), result.granted
    record["granted"] = "yes" if granted is not None else "no"
    record["notified"] = "yes" if granted is not None and granted.notified else "no"
    record["journal_id"] = granted.entry_id if granted is not None else None
    if granted is not None:
        record["expires_at"] = granted.expires_at
    return record
