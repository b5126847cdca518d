"""The floor that the console is measured against: a bare Textual app with one Static that changes with each key."""

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class Floor(App[None]):
    count = 0

    def compose(self) -> ComposeResult:
        yield Static("floor 0")

    def on_key(self, event: events.Key) -> None:
        if event.key == "q":
            self.exit()
            return
        self.count += 1
        self.query_one(Static).update(f"floor {self.count}")


if __name__ == "__main__":
    Floor().run()
