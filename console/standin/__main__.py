"""`python -m console.standin`: the stand-in as a process of its own, which ends with whoever started it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from console.standin.faults import Setup, load
from console.standin.parent import end_with_parent
from console.standin.server import StandIn


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m console.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path, help="gets the port once the stand-in serves")
    parser.add_argument("--log", type=Path, help="gets each call as a line of JSON")
    parser.add_argument("--faults", type=Path, help="faults, chat states, limits and held messages in JSON")
    parser.add_argument("--token", default="424242:standin")
    parser.add_argument("--webhook", default="", help="what getWebhookInfo tells")
    parser.add_argument("--first-message-id", type=int, default=1)
    options = parser.parse_args(argv)
    setup = load(options.faults) if options.faults else Setup()
    server = StandIn(
        options.token,
        port=options.port,
        faults=setup.plan,
        chats=setup.chats,
        limits=setup.limits,
        webhook=options.webhook,
        first_message_id=options.first_message_id,
        log=options.log,
    )
    for one in setup.held:
        server.bot.messages.hold(one.chat, one.id, one.text, one.at, ours=one.ours)
    # Ctrl+C goes to the whole foreground group; the parent decides what it means, and its end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(server, options.port_file))
    return 0


async def _serve(server: StandIn, port_file: Path | None) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    end_with_parent(lambda: loop.call_soon_threadsafe(over.set))
    async with server:
        if port_file is not None:
            fresh = port_file.with_name(f"{port_file.name}.new")
            fresh.write_text(f"{server.port}\n")
            fresh.replace(port_file)
        await over.wait()


if __name__ == "__main__":
    sys.exit(main())
