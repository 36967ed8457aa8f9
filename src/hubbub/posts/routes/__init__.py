"""HTTP of posts."""

from hubbub.platform.http import Routes
from hubbub.posts.routes.comments import routes as comments
from hubbub.posts.routes.lists import routes as lists
from hubbub.posts.routes.polls import routes as polls
from hubbub.posts.routes.reading import routes as reading
from hubbub.posts.routes.writing import routes as writing

routes = Routes("Posts", [*writing.found, *reading.found, *comments.found, *lists.found, *polls.found])

__all__ = ["routes"]
