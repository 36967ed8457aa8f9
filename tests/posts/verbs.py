"""What other slices do to posts, for tests that need its outcome, not its route."""

from hubbub.posts import repost_post
from hubbub.posts.service import rank_comments
from hubbub.reactions import like_post
from tests.support.world import Person, World


async def like(world: World, post_id: str, *by: Person) -> None:
    """As the worker leaves it once it has handled the likes."""
    async with world.db.transaction() as tx:
        for each in by:
            await like_post(tx, post_id=int(post_id), author_id=1, account_id=each.id)
        await rank_comments(tx, [int(post_id)])


async def repost(world: World, by: Person, post_id: str) -> str:
    """The id of the repost."""
    async with world.db.transaction() as tx:
        await repost_post(tx, post_id=int(post_id), account_id=by.id)
    found = await world.value(
        "SELECT id FROM posts WHERE repost_of = $1 AND author_id = $2", int(post_id), by.id
    )
    return str(found)
