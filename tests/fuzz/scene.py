"""What the sender of generated requests owns, sees and does not see."""

from hubbub.identity import Client, Identity, open_session
from tests.fuzz.document import STAND_INS
from tests.support.devices import subscription_of
from tests.support.world import Person, World


async def make_scene(world: World) -> tuple[Person, dict[str, str]]:
    """A person with things of their own among those of others, and what each stand-in stands for."""
    me, other, recluse, asker = [await world.person(name) for name in ("mia", "otto", "rosa", "asa")]
    await world.follow(me, other)
    await world.set_private(me, True)
    await world.set_private(recluse, True)
    await world.follow(asker, me)
    own = await world.write(me, "My own words #spring")
    shown = await world.write(other, "Words for everyone @mia")
    narrow = await world.write(other, "Words for few", visibility="followers")
    hidden = await world.write(recluse, "Words for nobody here")
    comment = await world.comment(me, shown)
    (await world.put(f"/v1/posts/{shown['id']}/repost", by=me)).raise_for_status()
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")
    made = await world.post("/v1/lists", by=me, json={"title": "Friends"})
    (await world.put(f"/v1/lists/{made.json()['id']}/members/{other.id}", by=me)).raise_for_status()
    web = subscription_of("https://push.example.org/0")
    device = await world.post("/v1/push/subscriptions", by=me, json={"web": web})
    group = {"name": "Choir", "account_ids": [str(other.id)]}
    conversation = (await world.post("/v1/conversations", by=me, json=group)).json()["id"]
    path = f"/v1/conversations/{conversation}/messages"
    message = (await world.post(path, by=me, json={"text": "Words for the choir"})).json()
    ids = {
        "own_post": own["id"],
        "open_post": shown["id"],
        "narrow_post": narrow["id"],
        "hidden_post": hidden["id"],
        "comment": comment["id"],
        "repost": repost_id,
        "own_account": me.id,
        "open_account": other.id,
        "private_account": recluse.id,
        "requester": asker.id,
        "session": me.session_id,
        "list": made.json()["id"],
        "conversation": conversation,
        "message": message["id"],
        "subscription": device.json()["id"],
    }
    return me, {stand_in: str(ids[name]) for name, stand_in in STAND_INS.items()}


async def log_in(world: World, account_id: int) -> str:
    """An access token of a new session."""
    client = Client(ip="127.0.0.1", user_agent="tests")
    session = await world.db.write(
        lambda tx: open_session(world.services, tx, account_id=account_id, client=client)
    )
    return await world.services.part(Identity).access.issue(session.account_id, session.session_id)
