"""What the integers in `messages` mean."""

from enum import IntEnum

#: `source_type` (shapes O and H): the bot's own chat, or a business account's.
SOURCE_BOT, SOURCE_BUSINESS = 0, 1


class MessageDirection(IntEnum):
    """Enum `direction`; other integers are tolerated on reading and refused on writing."""

    INCOMING = 0
    OUTGOING = 1
