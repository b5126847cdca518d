"""The bulk under enforced limits, small: what must hold whatever the machine's speed. The times are the bench's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from console.standin import Limits, StandIn
from tests.bench.bulk import TOKEN, judge, make_bulk, through_our_outbox


async def test_all_arrive_once_and_in_order(tmp_path: Path) -> None:
    bulk = make_bulk(chats=8, each=3, seed=5)
    async with StandIn(TOKEN, limits=Limits()) as server:
        seconds = await through_our_outbox(server.url, bulk, tmp_path)
        result = judge(bulk, map(asdict, server.calls), seconds)
    assert (result.delivered, result.doubled, result.out_of_order) == (24, 0, 0)


def test_the_judge_sees_what_is_lost_doubled_or_out_of_order() -> None:
    bulk = make_bulk(chats=3, each=2, seed=1)
    texts = {chat: [text for to, text in bulk if to == chat] for chat, _ in bulk}
    one, two, three = sorted(texts)

    def call(chat: int, text: str, status: int = 200) -> dict[str, object]:
        parameters = {"chat_id": str(chat), "text": text}
        return {"method": "sendMessage", "parameters": parameters, "accepted": status == 200, "status": status}

    calls = [
        call(one, texts[one][1]), call(one, texts[one][0], 429), call(one, texts[one][0]),
        call(two, texts[two][0]), call(two, texts[two][0]), call(two, texts[two][1]),
        call(three, texts[three][1]),
        {"method": "getMe", "parameters": {}, "accepted": True, "status": 200},
    ]  # fmt: skip
    result = judge(bulk, calls, 1.0)
    assert (result.delivered, result.doubled, result.out_of_order) == (5, 1, 1)
    assert (result.calls, result.refused) == (7, 1)
