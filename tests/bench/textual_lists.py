"""Textual's own lists with many rows, for comparison: `python textual_lists.py DataTable|ListView ROWS`."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Label, ListItem, ListView


class Lists(App[None]):
    BINDINGS = [("q", "quit", "leave")]

    def __init__(self, kind: str, rows: int) -> None:
        super().__init__()
        self._kind, self._rows = kind, rows

    def compose(self) -> ComposeResult:
        if self._kind == "DataTable":
            yield DataTable(cursor_type="row")
        else:
            yield ListView(*(ListItem(Label(f"row {number} of a list")) for number in range(self._rows)))

    def on_mount(self) -> None:
        if self._kind == "DataTable":
            table = self.query_one(DataTable)
            table.add_columns("what", "more")
            table.add_rows((f"row {number} of a list", str(number)) for number in range(self._rows))


if __name__ == "__main__":
    Lists(sys.argv[1], int(sys.argv[2])).run()
