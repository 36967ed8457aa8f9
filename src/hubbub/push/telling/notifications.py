from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubbub.accounts import Account, load_accounts
from hubbub.notifications import NotificationAdded, load_delivery_preferences
from hubbub.platform.db import Tx
from hubbub.platform.services import Services
from hubbub.posts import Post, load_posts
from hubbub.push import wording
from hubbub.push.mails import EventMail, queue_event_mails
from hubbub.push.planning import Notice, plan_pushes
from hubbub.push.telling.quiet import load_undisturbed
from hubbub.visibility import Facts, load_facts_of_many, may_see_account, may_see_post

# What waits for an answer, or is one.
_URGENT = ("mention", "comment", "message_request", "moderation")


async def tell_of_notifications(services: Services, tx: Tx, events: Sequence[NotificationAdded]) -> None:
    """Pushes to those who are not connected, outside of their quiet hours; mails to whoever wants them."""
    latest = {(event.account_id, event.group_id): event for event in events}
    grounds = await _load_grounds(tx, list(latest.values()))
    told = [event for event in latest.values() if grounds.may_tell(event)]
    preferences = await load_delivery_preferences(tx, {event.account_id for event in told})
    undisturbed = await load_undisturbed(services, preferences)
    notices: list[Notice] = []
    mails: list[EventMail] = []
    for event in told:
        channels = preferences[event.account_id].channels(event.kind)
        if "mail" in channels:
            title = wording.closed_title(event.kind, event.count)
            mails.append(EventMail(event.account_id, event.group_id, title))
        to_web, to_mobile = "web_push" in channels, "mobile_push" in channels
        if (to_web or to_mobile) and event.account_id not in undisturbed:
            notices.append(grounds.notice(event, to_web=to_web, to_mobile=to_mobile))
    await plan_pushes(tx, services.keyring, notices)
    await queue_event_mails(services, tx, mails)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What judging and wording take."""

    actors: Mapping[int, Account]
    posts: Mapping[int, Post]
    facts: Mapping[int, Facts]

    def may_tell(self, event: NotificationAdded) -> bool:
        """Whether who did it and what it is about may be shown still. What was filtered disturbs nobody."""
        facts = self.facts[event.account_id]
        if event.group_id.startswith("filtered-"):
            return False
        relation = facts.relation(event.actor_id)
        is_heard = may_see_account(facts, event.actor_id) and not relation.blocks and relation.mutes != "all"
        if event.actor_id and not is_heard:
            return False
        if not event.post_id:
            return True
        post = self.posts.get(event.post_id)
        return post is not None and may_see_post(post, facts, self.posts)

    def notice(self, event: NotificationAdded, *, to_web: bool, to_mobile: bool) -> Notice:
        actor, post = self.actors.get(event.actor_id), self.posts.get(event.post_id)
        name = "" if actor is None else actor.display_name or f"@{actor.handle}"
        ids = {"group_id": event.group_id, "notification_id": str(event.id)}
        if event.actor_id:
            ids["actor_id"] = str(event.actor_id)
        if event.post_id:
            ids["post_id"] = str(event.post_id)
        return Notice(
            account_id=event.account_id,
            type="notification",
            kind=event.kind,
            group=event.group_id,
            closed_title=wording.closed_title(event.kind, event.count),
            open_title=wording.open_title(event.kind, event.count, name),
            open_body="" if post is None else post.content_warning or post.text,
            ids=ids,
            to_web=to_web,
            to_mobile=to_mobile,
            urgency="high" if event.kind in _URGENT else "normal",
        )


async def _load_grounds(tx: Tx, events: Sequence[NotificationAdded]) -> _Grounds:
    """In three statements."""
    actors = await load_accounts(tx, {event.actor_id for event in events} - {0})
    posts = await load_posts(tx, {event.post_id for event in events} - {0})
    pairs = {(event.account_id, id_) for event in events for id_ in (event.account_id, event.actor_id) if id_}
    for event in events:
        post = posts.get(event.post_id)
        root = posts.get(post.root_id) if post is not None and post.root_id is not None else None
        pairs |= {(event.account_id, each.author_id) for each in (post, root) if each is not None}
    return _Grounds(actors, posts, await load_facts_of_many(tx, pairs))
