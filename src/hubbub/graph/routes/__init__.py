"""What the graph answers over HTTP."""

from hubbub.graph.routes.blocks import routes as blocks
from hubbub.graph.routes.follows import routes as follows
from hubbub.graph.routes.lists import routes as lists
from hubbub.graph.routes.turns import start_graph

__all__ = ["ROUTES", "start_graph"]

ROUTES = (follows, lists, blocks)
