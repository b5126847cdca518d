"""What the Bot API does with a call. No network here.

Source: telegram-bot-api's Client.cpp and TDLib, as noted at each rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from console.standin.business import Connections
from console.standin.files import Files
from console.standin.messages import Message, Messages
from console.standin.queue import DEFAULT, UpdateQueue
from console.standin.refusal import Refusal
from console.standin.wire import Json
from models.rules.clock import Clock, utc_now

#: How long a pressed button waits for an answer. Telegram names no figure; its clients stop waiting sooner.
CALLBACK_LIFE = timedelta(minutes=15)
_ACTION = re.compile(
    "typing|upload_photo|(record|upload)_(video|voice|video_note)|upload_document|choose_sticker|find_location"
)


class Bot:
    """One bot and what it has sent.

    `chats` gives a chat a state: blocked, deactivated, never-started, not-found, kicked, `migrated:<new id>`, or no-id
    (accepted, and answered with message_id 0); every other chat accepts. `business`: the business connections that
    exist (None: any).
    """

    def __init__(
        self,
        token: str,
        queue: UpdateQueue,
        *,
        chats: dict[int, str],
        business: Iterable[str] | None = None,
        webhook: str = "",
        next_message_id: int = 1,
        clock: Clock = utc_now,
    ) -> None:
        self.token = token
        self.queue = queue
        self.chats = chats
        self.business = Connections(business)
        self.webhook = webhook
        #: When the webhook's host failed last, and how Telegram puts it.
        self.webhook_error: tuple[datetime, str] | None = None
        self.clock = clock
        self.files = Files()
        self.messages = Messages(self.identity, chats, self.business, next_message_id, clock, self._echo)
        self._callbacks: dict[str, datetime] = {}
        self._methods: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "getme": self._get_me,
            "getwebhookinfo": self._get_webhook_info,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "sendmessage": self.messages.send,
            "editmessagetext": self.messages.edit,
            "deletemessage": self.messages.delete,
            "deletebusinessmessages": self.messages.delete_business,
            "sendchataction": self._send_chat_action,
            "answercallbackquery": self._answer_callback_query,
            "getfile": lambda given: self.files.get(given.get("file_id", "")),
            "getuserprofilephotos": self._get_user_profile_photos,
        }

    async def call(self, method: str, parameters: Mapping[str, str]) -> Any:
        """The result of one call. Raises Refusal."""
        if method.lower() == "getupdates":
            return await self._get_updates(parameters)
        use = self._methods.get(method.lower())
        if use is None:
            raise Refusal(404, "Not Found: method not found")
        return use(parameters)

    def learn(self, update: Any) -> None:
        """Keeps what an update tells about chats, messages, connections and buttons; whatever is odd in it is passed
        over."""
        for kind, value in update.items() if isinstance(update, dict) else ():
            try:
                if kind == "business_connection":
                    self.business.learn(value)
                elif kind == "callback_query":
                    self._callbacks[value["id"]] = self.clock()
                else:
                    self.messages.learn(kind, value)
            except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
                continue

    @property
    def identity(self) -> dict[str, Any]:
        number = re.match("[0-9]+", self.token)
        return {
            "id": int(number[0]) if number else 1,
            "is_bot": True,
            "first_name": "Stand-in",
            "username": "standin_bot",
        }

    def _echo(self, message: Message) -> None:
        """Only in business chats does the bot's own message come back to it."""
        update = {"business_message": message}
        self.queue.push(json.dumps(update), update)

    def _get_me(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        return self.identity | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
        }

    def _get_webhook_info(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        info: dict[str, Any] = {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": self.queue.pending_count,
        }
        if self.webhook_error is not None:
            moment, why = self.webhook_error
            info |= {"last_error_date": int(moment.timestamp()), "last_error_message": why}
        if self.webhook:
            info |= {"max_connections": 40, "ip_address": "<unknown>"}
        if self.queue.allowed != DEFAULT:
            info["allowed_updates"] = sorted(self.queue.allowed)
        return info

    def _set_webhook(self, parameters: Mapping[str, str]) -> bool:
        url = parameters.get("url", "")
        if url and not url.startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.queue.allow(parameters.get("allowed_updates"))
        return self._use_webhook(url, parameters)

    def _delete_webhook(self, parameters: Mapping[str, str]) -> bool:
        return self._use_webhook("", parameters)

    def _use_webhook(self, url: str, parameters: Mapping[str, str]) -> bool:
        if parameters.get("drop_pending_updates", "").lower() in ("true", "yes", "1"):
            self.queue.drop_all()
        if url != self.webhook:
            self.webhook_error = None
        self.webhook = url
        if url:
            self.queue.terminate()
        return True

    async def _get_updates(self, parameters: Mapping[str, str]) -> Json:
        if self.webhook:
            why = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise await self.queue.conflict(why)
        return Json(f"[{','.join(await self.queue.get(parameters))}]")

    def _send_chat_action(self, parameters: Mapping[str, str]) -> bool:
        if (name := parameters.get("business_connection_id")) is not None:
            self.business.to_reply(name)
        self.messages.chat(parameters)
        if _ACTION.fullmatch(parameters.get("action", "")) is None:
            raise Refusal(400, "Bad Request: wrong parameter action in request")
        return True

    def _answer_callback_query(self, parameters: Mapping[str, str]) -> bool:
        asked = self._callbacks.pop(parameters.get("callback_query_id", ""), None)
        if asked is None or asked < self.clock() - CALLBACK_LIFE:
            why = "query is too old and response timeout expired or query ID is invalid"
            raise Refusal(400, f"Bad Request: {why}")
        return True

    def _get_user_profile_photos(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        numbers = {name: parameters.get(name, "") for name in ("user_id", "offset", "limit")}
        user_id, offset, limit = (int(given) if given.isdecimal() else 0 for given in numbers.values())
        if not user_id:
            raise Refusal(400, "Bad Request: invalid user_id specified")
        return self.files.photos(user_id, offset, min(limit or 100, 100))
