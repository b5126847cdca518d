"""What screens get from below: services that open in a thread behind the first paint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from models.rules.access_presets import Presets
    from models.rules.waiting import Targets
    from models.services.amend import Answer
    from models.services.desk import Desk
    from models.views import BotHealth, FirstPage, Pause
    from models.views.access import BatchResult

T = TypeVar("T")


class Services(Protocol):
    """The composition root as the console and its screens see it. All of it is called on the event loop."""

    #: Seconds in which a reply can be taken back.
    undo_seconds: float

    #: What the configuration offers for a grant: prices, terms, texts of notices.
    presets: Presets

    #: After how long somebody waits too long.
    targets: Targets

    @property
    def desk(self) -> Desk | None:
        """None until `start` has finished."""

    @property
    def can_send(self) -> bool:
        """Whether replies leave from here: a token is set and the database takes writes."""

    @property
    def why_not_send(self) -> str | None:
        """In words, ready to be shown."""

    @property
    def source(self) -> str:
        """Where the journal says an action came from, e.g. "console on host"."""

    @property
    def database(self) -> str:
        """The database as the title names it: a file's name or a URL without its password."""

    @property
    def trouble(self) -> str | None:
        """What keeps replies from leaving: "unauthorized", "unreachable", "database" or None (see Delivery.trouble)."""

    @property
    def pause(self) -> Pause | None:
        """Until when Telegram asked the whole bot to wait, as this process last saw it; it may be over by now."""

    @property
    def health(self) -> BotHealth | None:
        """Who receives the bot's updates and how that goes, asked at most once a minute; None: not known yet."""

    async def start(self) -> Desk:
        """Imports, opens and, where it may write and has a token, starts delivering. Raises FrontdeskError.

        Called again (after a failure, or after `desk.upgrade()`), it does what is still missing.
        """

    @property
    def scouting(self) -> bool:
        """Whether the first page is being read by something else than the desk, which waits for `begin`."""

    async def first_page(self) -> FirstPage | None:
        """The newest conversations, as something else than the desk has read them already, and once; None: ask it."""

    def begin(self) -> None:
        """The first page stands: the desk may be opened. Until then it only waits for that."""

    async def call(self, use: Callable[[Desk], T]) -> T:
        """`use(desk)` in a thread, once the desk is open. Raises what `use` raises, or why the desk did not open."""

    async def save_report(self, path: Path, results: Sequence[BatchResult]) -> Path:
        """What became of a list of grants, as a new CSV file of mode 0600. Raises Refused('report-place')."""

    @property
    def exports(self) -> str:
        """The folder into which `export` writes, cleaned."""

    async def export(self, name: str, lines: Callable[[Desk], Iterable[str]]) -> str:
        """Writes what `lines` makes, in a thread, into a new file of this name that its owner alone can read; returns
        its path, cleaned. Raises BackupProblem('backup-place') and what `lines` raises: then there is no file."""

    def kick(self) -> None:
        """Something was queued: deliver it now."""

    async def edit_message(self, message_id: int, text: str) -> Answer:
        """Changes a delivered message of ours, Telegram's copy first. Raises as models.loops.amend.Amend.edit, and
        Refused('no-token')."""

    async def delete_message(self, message_id: int) -> Answer:
        """Deletes a delivered message of ours, for the person and here. Raises as `edit_message`."""

    def typing(self, conversation_id: int, channel: str | None = None) -> None:
        """Somebody types to this conversation: the person may be shown it. Never fails, never waits."""

    async def stop(self) -> None:
        """Claims nothing more, waits for requests in flight, closes the desk."""
