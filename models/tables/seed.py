"""The seed's models, which name each other: whoever wants one as an entity gets all from here, so that no thread asks
for the rows of one while another is still making the next."""

from models.tables.conversation import Conversation
from models.tables.message import Message
from models.tables.user import User

__all__ = ["Conversation", "Message", "User"]
