from hubbub.platform.db import Tx
from hubbub.platform.http import Request, Routes
from hubbub.platform.tallies import Tallies
from hubbub.posts.errors import AlreadyVoted, OwnPoll, PollClosed, PollNotFound, PostNotFound
from hubbub.posts.polls import read_poll, show_poll
from hubbub.posts.reader import ask_ahead, open_reader
from hubbub.posts.schemas import NewVote, PollView
from hubbub.posts.service.polls import VOTE_SECONDS, check_choices
from hubbub.posts.service.polls import vote_in_poll as vote

routes = Routes("Posts")


@routes.put(
    "/v1/posts/{post_id}/vote",
    returns=PollView,
    errors=(PostNotFound, PollNotFound, OwnPoll, PollClosed, AlreadyVoted),
    ahead=ask_ahead,
)
async def vote_in_poll(request: Request, post_id: int, body: NewVote) -> PollView:
    """Vote in the poll of a post, or of what a repost points at. A vote is final.

    The same vote may be sent again, and answers how the poll stands. Nobody is shown who voted for what.
    """
    services, account_id = request.services, request.viewer.id
    reader = await open_reader(request, shows_reactions=False)
    post = reader.hydrated.original(await reader.require_visible(post_id))
    if post is None:
        raise PostNotFound(f"{post_id} for {account_id}")
    if post.poll is None:
        raise PollNotFound(str(post.id))
    poll = read_poll(post.poll)
    check_choices(poll, body.choices)

    async def effect(tx: Tx) -> None:
        await vote(tx, post=post, poll=poll, account_id=account_id, choices=body.choices)

    await services.db.write(effect, deadline_seconds=VOTE_SECONDS, is_one_statement=True)
    tallies = await services.part(Tallies).load_directly([post.id])
    return show_poll(poll, tallies[post.id].counts, choices=sorted(body.choices), is_author=False)
