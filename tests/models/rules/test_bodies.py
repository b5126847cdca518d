"""What each kind of message becomes in `body`; the order of the tests; details that are not what they should be."""

from __future__ import annotations

from typing import Any

import pytest

from models.rules.bodies import BLANK_BODY, UNSUPPORTED_BODY, body_of
from models.rules.text import clean

FILE = {"file_id": "BQAC", "file_unique_id": "u9"}


@pytest.mark.parametrize(
    ("message", "kind", "body"),
    [
        ({"text": "  as it was\n"}, "text", "  as it was\n"),
        ({"text": "/help me"}, "text", "/help me"),
        ({"text": "\0"}, "text", "␀"),
        ({"text": "a\ud83d"}, "text", "a\ufffd"),
        ({"text": " \u3000\n"}, "text", BLANK_BODY),
        ({"text": ""}, "text", BLANK_BODY),
        ({"photo": [FILE]}, "photo", "[photo]"),
        ({"photo": [FILE], "caption": "look"}, "photo", "look"),
        ({"photo": [FILE], "caption": " "}, "photo", BLANK_BODY),
        ({"photo": [FILE], "live_photo": FILE}, "live_photo", "[live photo]"),
        ({"document": FILE, "animation": FILE}, "animation", "[GIF]"),
        (
            {"location": {"latitude": 1, "longitude": 2}, "venue": {"title": "T", "address": "A"}},
            "venue",
            "[venue: T, A]",
        ),
        ({"video": FILE | {"duration": 12}}, "video", "[video 0:12]"),
        ({"video": FILE | {"duration": 3723}}, "video", "[video 1:02:03]"),
        ({"video_note": FILE | {"duration": 59}}, "video_note", "[video message 0:59]"),
        ({"voice": FILE | {"duration": 7}}, "voice", "[voice 0:07]"),
        ({"voice": FILE | {"duration": 7}, "caption": "hear"}, "voice", "[voice 0:07] hear"),
        ({"audio": FILE | {"performer": "P", "title": "T"}}, "audio", "[audio: P – T]"),
        ({"audio": FILE}, "audio", "[audio]"),
        ({"document": FILE | {"file_name": "../../etc/pass\u202ewd\x1b[2J.pdf"}}, "document", "[file: passwd[2J.pdf]"),
        ({"document": FILE | {"file_name": "C:\\x\\.."}}, "document", "[file]"),
        ({"sticker": FILE | {"emoji": "👍🏿"}}, "sticker", "[sticker 👍🏿]"),
        ({"sticker": FILE}, "sticker", "[sticker]"),
        (
            {"contact": {"first_name": "F", "last_name": "L", "phone_number": "+15550100"}},
            "contact",
            "[contact: F L +15550100]",
        ),
        ({"location": {"latitude": 50.45, "longitude": 30.52}}, "location", "[location 50.45000, 30.52000]"),
        (
            {"location": {"latitude": 1, "longitude": 2, "live_period": 60}},
            "location",
            "[live location 1.00000, 2.00000]",
        ),
        ({"dice": {"emoji": "🎰", "value": 64}}, "dice", "[dice 🎰 64]"),
        ({"poll": {"question": "why?"}}, "poll", "[poll: why?]"),
        ({"checklist": {"title": "todo"}}, "checklist", "[checklist: todo]"),
        (
            {"successful_payment": {"currency": "USD", "total_amount": 1450}},
            "successful_payment",
            "[payment: 14.50 USD]",
        ),
        ({"successful_payment": {"currency": "XTR", "total_amount": 50}}, "successful_payment", "[payment: 50 XTR]"),
        ({"web_app_data": {"data": "\x1b[2J"}}, "web_app_data", "[web app data]"),
        ({"hologram": FILE}, "unsupported", UNSUPPORTED_BODY),
        ({}, "unsupported", UNSUPPORTED_BODY),
    ],
)
def test_the_body_of_each_kind(message: dict[str, Any], kind: str, body: str) -> None:
    found = body_of(message)
    assert (found.kind, found.text, found.service) == (kind, body, False)


def test_what_telegram_notes_itself_is_no_word_of_the_person() -> None:
    found = body_of({"pinned_message": {}})
    assert (found.text, found.service) == ("[pinned a message]", True)


@pytest.mark.parametrize("strange", [5, "x", [], {}, True, {"duration": "1", "latitude": "x", "file_name": 7}])
@pytest.mark.parametrize("kind", ["video", "document", "location", "contact", "successful_payment", "dice", "poll"])
def test_a_detail_of_another_type_is_left_out(kind: str, strange: object) -> None:
    found = body_of({kind: strange})
    assert found.kind == kind
    assert found.text.startswith("[")
    assert clean(found.text) == found.text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("/start", "/start"),
        ("/start ref_course_abcdefghijklmnopqrstuvwxyz012345", "/start ref_course_abcdefghijklmnopqrstuvwxyz012345"),
        ("/start summer", "/start summer"),
        ("/start 0123456789abcdef0123456789abcdef", "/start ‹token›"),
        ("/start Az0_-Az0_-Az0_-Az0_-Az0_-Az0_-Az0_-", "/start ‹token›"),
        ("tell me of /start 0123456789abcdef0123456789abcdef", "tell me of /start 0123456789abcdef0123456789abcdef"),
    ],
)
def test_a_sign_in_token_after_start_is_masked(text: str, stored: str) -> None:
    """Whoever reads a token in a thread could sign in with it."""
    assert body_of({"text": text}).text == stored
