"""What conversations answer over HTTP."""

from hubbub.messages.routes.conversations import routes as conversations
from hubbub.messages.routes.members import routes as members
from hubbub.messages.routes.messages import routes as messages
from hubbub.messages.routes.reactions import routes as reactions

ROUTES = (conversations, members, messages, reactions)

__all__ = ["ROUTES"]
