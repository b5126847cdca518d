"""The stand-in is kept honest by two clients that no one here wrote, over real HTTP.

Each test imports its client by itself: that takes seconds, and nobody else needs them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from console.standin import Limits, StandIn
from console.standin.queue import KINDS
from console.standin.updates import (
    OWNER,
    VERA,
    Update,
    album,
    blocked,
    business_connection,
    business_message,
    deleted_business_messages,
    document,
    edited,
    edited_business_message,
    message,
    photo,
    pressed,
    reaction,
    start,
    sticker,
    unblocked,
    voice,
)

TOKEN = "424242:AAstandinstandinstandinstandinstand"
BLOCKED, GONE, UNKNOWN, MOVED, BUSY = 1, 2, 3, -4, 5
CHATS = {BLOCKED: "blocked", GONE: "deactivated", UNKNOWN: "not-found", MOVED: "migrated:-1000000000004"}
#: Every kind that an update can be here, once at least.
EVERYTHING: list[Update] = [
    message(VERA, 11, "hello"),
    start(VERA, 12, "from-the-site"),
    photo(VERA, 13, "a caption"),
    *album(VERA, 14, 2, "both"),
    document(VERA, 16, "cv.pdf", caption="mine"),
    voice(VERA, 17),
    sticker(VERA, 18),
    edited(VERA, 11, "hello!"),
    blocked(VERA),
    unblocked(VERA),
    pressed(VERA, "q1", "yes", on=message(VERA, 11, "with a button")["message"]),
    pressed(VERA, "q2", "no", inaccessible=1),
    reaction(VERA, 11, ["👍", "🔥"], ["❤"]),
    reaction(VERA, 11, []),
    business_connection("c1"),
    business_message("c1", VERA, 21, "to the owner"),
    business_message("c1", VERA, 22, "from the owner", writer=OWNER),
    edited_business_message("c1", VERA, 21, "to the owner!"),
    deleted_business_messages("c1", VERA, [22]),
]
ASKED = sorted({kind for update in EVERYTHING for kind in update})


def strange(value: Any) -> Iterator[str]:
    """The fields in an aiogram object, at any depth, that its types do not know."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from strange(item)
    elif hasattr(value, "model_extra"):
        yield from value.model_extra or ()
        for _, item in value:
            yield from strange(item)


async def test_aiogram_polls_sends_and_is_refused() -> None:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import (
        TelegramBadRequest,
        TelegramConflictError,
        TelegramForbiddenError,
        TelegramMigrateToChat,
        TelegramRetryAfter,
        TelegramUnauthorizedError,
    )

    async with StandIn(TOKEN, chats=CHATS, limits=Limits(chat_burst=3)) as server:
        session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
        async with Bot(TOKEN, session=session).context() as bot:
            me = await bot.get_me()
            assert await bot.get_updates(timeout=0, allowed_updates=ASKED) == []
            ids = server.push(EVERYTHING)
            updates = await bot.get_updates(offset=1, limit=100, timeout=20)
            assert [update.update_id for update in updates] == ids
            assert [update.event_type for update in updates] == [next(iter(update)) for update in EVERYTHING]
            assert list(strange(updates)) == []

            sent = await bot.send_message(VERA.id, "  hi \u202e there")
            assert (sent.text, sent.from_user.id if sent.from_user else 0) == ("hi  there", me.id)
            echo = await bot.send_message(VERA.id, "from us", business_connection_id="c1")
            (returned,) = await bot.get_updates(offset=updates[-1].update_id + 1)
            assert returned.business_message == echo
            answer = await bot.send_message(VERA.id, "again", reply_to_message_id=sent.message_id)
            with pytest.raises(TelegramRetryAfter) as flood:
                await bot.send_message(VERA.id, "and again")
            assert flood.value.retry_after == 1
            for chat, kind in (
                (BLOCKED, TelegramForbiddenError),
                (GONE, TelegramForbiddenError),
                (UNKNOWN, TelegramBadRequest),
                (MOVED, TelegramMigrateToChat),
            ):
                with pytest.raises(kind):
                    await bot.send_message(chat, "x")

            changed = await bot.edit_message_text(
                "better", chat_id=BUSY, message_id=(await bot.send_message(BUSY, "x")).message_id
            )
            assert not isinstance(changed, bool)
            assert changed.edit_date is not None
            assert await bot.delete_message(BUSY, changed.message_id)
            with pytest.raises(TelegramBadRequest, match="message to delete not found"):
                await bot.delete_message(BUSY, changed.message_id)
            assert await bot.delete_business_messages("c1", [echo.message_id])
            assert await bot.answer_callback_query("q1", text="ok")
            with pytest.raises(TelegramBadRequest, match="query is too old"):
                await bot.answer_callback_query("q1")
            assert await bot.send_chat_action(VERA.id, "typing")

            server.bot.files.add_photo(VERA.id, b"a face")
            photos = await bot.get_user_profile_photos(VERA.id, limit=1)
            file = await bot.get_file(photos.photos[0][-1].file_id)
            content = await bot.download(file)
            assert isinstance(content, io.BytesIO)
            assert content.read() == b"a face"

            hook = await bot.get_webhook_info()
            for value in (me, sent, echo, answer, changed, photos, file, hook):
                assert list(strange(value)) == []
            server.bot.webhook = "https://app.example/hook"
            assert list(strange(await bot.get_webhook_info())) == []
            with pytest.raises(TelegramConflictError):
                await bot.get_updates(offset=2)
        async with Bot("1:x", session=AiohttpSession(api=session.api)).context() as bot:
            with pytest.raises(TelegramUnauthorizedError):
                await bot.get_me()


async def test_python_telegram_bot_polls_sends_and_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # its numbers of seconds are deprecated, and warn
    import telegram
    from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter

    async with StandIn(TOKEN, chats=CHATS, limits=Limits(chat_burst=3)) as server:
        addresses = {"base_url": f"{server.url}/bot", "base_file_url": f"{server.url}/file/bot"}
        async with telegram.Bot(TOKEN, **addresses) as bot:
            assert bot.username == "standin_bot"
            assert await bot.get_updates(timeout=0, allowed_updates=sorted(KINDS)) == ()
            ids = server.push(EVERYTHING)
            updates = await bot.get_updates(offset=1, timeout=20)
            assert [update.update_id for update in updates] == ids
            for given, update in zip(EVERYTHING, updates, strict=True):
                (kind,) = given
                assert getattr(update, kind) is not None
                assert not update.api_kwargs
                assert not getattr(update, kind).api_kwargs
                told = {name for name, value in given[kind].items() if value != []}
                assert update.to_dict()[kind].keys() >= told

            sent = await bot.send_message(VERA.id, "  hi \u202e there")
            assert (sent.text, sent.chat.username) == ("hi  there", VERA.username)
            echo = await bot.send_message(VERA.id, "from us", business_connection_id="c1")
            (returned,) = await bot.get_updates(offset=updates[-1].update_id + 1)
            assert returned.business_message == echo
            assert echo.sender_business_bot == bot.bot
            await bot.send_message(VERA.id, "again", reply_to_message_id=sent.message_id)
            with pytest.raises(RetryAfter):
                await bot.send_message(VERA.id, "and again")
            for chat, kind_of_error in ((BLOCKED, Forbidden), (GONE, Forbidden), (UNKNOWN, BadRequest)):
                with pytest.raises(kind_of_error):
                    await bot.send_message(chat, "x")
            with pytest.raises(ChatMigrated) as moved:
                await bot.send_message(MOVED, "x")
            assert moved.value.new_chat_id == -1000000000004

            number = (await bot.send_message(BUSY, "x")).message_id
            changed = await bot.edit_message_text("better", BUSY, number)
            assert isinstance(changed, telegram.Message)
            assert changed.text == "better"
            assert await bot.delete_message(BUSY, number)
            with pytest.raises(BadRequest, match="Message to delete not found"):
                await bot.delete_message(BUSY, number)
            assert await bot.delete_business_messages("c1", [echo.message_id])
            assert await bot.answer_callback_query("q1")
            with pytest.raises(BadRequest, match="Query is too old"):
                await bot.answer_callback_query("q1")

            server.bot.files.add_photo(VERA.id, b"a face")
            photos = await bot.get_user_profile_photos(VERA.id, limit=1)
            assert photos is not None
            file = await bot.get_file(photos.photos[0][-1].file_id)
            assert bytes(await file.download_as_bytearray()) == b"a face"
            with pytest.raises(BadRequest, match="[Ii]nvalid file_id"):
                await bot.get_file("cake")

            assert (await bot.get_webhook_info()).pending_update_count == 1
            assert await bot.set_webhook("https://app.example/hook")
            with pytest.raises(Conflict):
                await bot.get_updates()
        with pytest.raises(InvalidToken):
            async with telegram.Bot("1:x", **addresses):
                pass
