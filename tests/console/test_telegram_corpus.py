"""Every hostile text, sent for real: either it arrives as Telegram would store it, or it is refused; never in doubt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from console.standin import StandIn
from console.telegram import TelegramGateway, Token
from models.gateway import RefusedBy, Sent
from models.rules.splitting import is_blank, normalise, split
from models.rules.text import for_storage

CORPUS = Path(__file__).parents[1] / "data" / "corpus" / "hostile_updates.json"


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


async def test_corpus_arrives_or_is_refused() -> None:
    async with StandIn() as server:
        door = TelegramGateway(Token("424242:standin"), server.url)
        for text in sorted(set(texts(json.loads(CORPUS.read_text())))):
            outcome = await door.send_message(7, text)
            stored = normalise(text)
            if text != for_storage(text).replace("␀", "\0") or is_blank(stored) or len(stored) > 4096:
                assert isinstance(outcome, RefusedBy), ascii(text)
                assert outcome.code == 400
            else:
                assert isinstance(outcome, Sent), ascii(text)
                assert outcome.text == stored
            for part in split(for_storage(text)):
                whole = await door.send_message(7, part)
                assert isinstance(whole, Sent)
                assert whole.text == part
        await door.aclose()
