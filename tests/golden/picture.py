"""`python -m tests.golden.picture` draws the README's picture: the program itself on generated data."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

PICTURE = Path(__file__).with_name("inbox.svg")
SIZE = (120, 36)


async def draw(database: Path) -> str:
    """The inbox with a thread open, as SVG without fonts from elsewhere."""
    from console.app import FrontdeskApp
    from console.config import Settings
    from console.wiring import LazyServices

    app = FrontdeskApp(LazyServices(Settings(database=str(database), operator="anna")))
    async with app.run_test(size=SIZE) as pilot:
        async with asyncio.timeout(30):
            while app.services.desk is None:
                await pilot.pause(0.05)
        await pilot.press("j", "j")
        await pilot.pause(1)
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group not in ("feed",)])
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="Frontdesk", simplify=True)
        await pilot.press("q")
    return alone(svg)


def alone(svg: str) -> str:
    """`svg` without anything that a viewer would have to fetch."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main() -> None:
    from console.demo.data import fill
    from models.store.lifecycle import initialise

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "demo.sqlite3"
        initialise(database)
        fill(database)
        PICTURE.write_text(asyncio.run(draw(database)), "utf-8")


if __name__ == "__main__":
    main()
