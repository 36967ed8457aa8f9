"""What of missed events is not replayed: what the account may not see any more."""

from collections.abc import Sequence

from hubbub.platform.live import Entry
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps
from hubbub.platform.valkey import ValkeyRefused, ValkeyUnavailable
from hubbub.posts import Hydrated, Reader, open_reader_with
from hubbub.stream.refreshing import is_readable, read_notifications, refresh_messages, refresh_notifications
from hubbub.visibility import may_see_account


async def open_reader_for(services: Services, account_id: int) -> Reader:
    """For an account that is connected; it judges, and shows nothing of what the account did itself."""
    stamp: str | None = None
    is_direct = not services.changes.is_listening
    if not is_direct:
        try:
            stamp = await services.part(Stamps).look(account_id)
        except (ValkeyUnavailable, ValkeyRefused):
            is_direct = True
    return await open_reader_with(services, account_id, stamp, is_direct=is_direct, shows_reactions=False)


async def judge_entries(services: Services, account_id: int, entries: Sequence[Entry]) -> list[Entry]:
    """Those that the account may still see, judged together, and showing no more than it may see now."""
    entries = [entry for entry in entries if is_readable(entry)]
    notifications = read_notifications(entries)
    post_ids = {entry.post_id for entry in entries} | {each.quote_id for each in notifications.values()}
    people = {id_ for entry in entries for id_ in entry.about}
    people |= {id_ for each in notifications.values() for id_ in each.account_ids}
    if post_ids > {0} or people:
        reader = await open_reader_for(services, account_id)
        hydrated = await reader.hydrate(post_ids - {0}, account_ids=people)
        entries = [entry for entry in entries if _is_seen(entry, hydrated)]
        left = {entry.id for entry in entries}
        stale = {id_: n for id_, n in notifications.items() if id_ in left and not n.is_seen(hydrated)}
        entries = await refresh_notifications(services, account_id, entries, stale)
    return await refresh_messages(services, account_id, entries)


def _is_seen(entry: Entry, hydrated: Hydrated) -> bool:
    if entry.post_id and hydrated.find(entry.post_id) is None:
        return False
    facts = hydrated.facts
    return all(
        id_ == facts.viewer_id or (may_see_account(facts, id_) and not facts.relation(id_).blocks)
        for id_ in entry.about
    )
