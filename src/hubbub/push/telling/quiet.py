import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from hubbub.errors import Unavailable
from hubbub.notifications import DeliveryPreferences
from hubbub.platform.live import LiveLog
from hubbub.platform.services import Services

log = logging.getLogger("hubbub.push")


async def load_undisturbed(services: Services, preferences: Mapping[int, DeliveryPreferences]) -> set[int]:
    """Of these accounts those that are connected, and so told live, and those whose hours are quiet."""
    now = datetime.now(UTC)
    quiet = {account_id for account_id, wanted in preferences.items() if wanted.is_quiet(now)}
    return quiet | await _connected(services, preferences.keys() - quiet)


async def _connected(services: Services, account_ids: Collection[int]) -> set[int]:
    """Nobody while that is not known: better told twice than not at all."""
    if not account_ids:
        return set()
    try:
        return await services.part(LiveLog).connected(account_ids)
    except Unavailable as error:
        log.warning("who is connected is not known: %s", error.detail)
        return set()
