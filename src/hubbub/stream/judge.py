"""What of missed events is not replayed: what the account may not see any more."""

from collections.abc import Sequence

from hubbub.platform.live import Entry
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps
from hubbub.platform.valkey import ValkeyRefused, ValkeyUnavailable
from hubbub.posts import Hydrated, Reader, open_reader_with
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
    """Those that the account may still see, judged together."""
    post_ids = {entry.post_id for entry in entries if entry.post_id}
    people = {id_ for entry in entries for id_ in entry.about}
    if not post_ids and not people:
        return list(entries)
    reader = await open_reader_for(services, account_id)
    hydrated = await reader.hydrate(post_ids, account_ids=people)
    return [entry for entry in entries if _is_seen(entry, hydrated)]


def _is_seen(entry: Entry, hydrated: Hydrated) -> bool:
    if entry.post_id and hydrated.find(entry.post_id) is None:
        return False
    facts = hydrated.facts
    return all(
        id_ == facts.viewer_id or (may_see_account(facts, id_) and not facts.relation(id_).blocks)
        for id_ in entry.about
    )
