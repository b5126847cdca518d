"""`python -m tests.golden.picture` draws tests/golden/inbox.svg, the picture of the README, from the program itself."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from tests.golden.render import draw, make_database

PICTURE = Path(__file__).with_name("inbox.svg")
SIZE = (120, 36)


async def svg() -> str:
    """The inbox on the demo's data, its fonts those of whoever looks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.sqlite3"
        make_database(path)
        drawn = await draw(path, SIZE, ["j", "enter"], read_only=False, then=lambda app: app.export_screenshot())
    # No picture in a README loads anything from elsewhere.
    drawn = re.sub(r"@font-face\s*\{[^}]*\}", "", drawn)
    return drawn.replace("Fira Code", "ui-monospace, DejaVu Sans Mono, Menlo, Consolas")


if __name__ == "__main__":
    PICTURE.write_text(asyncio.run(svg()), "utf-8")
