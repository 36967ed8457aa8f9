import logging
from collections.abc import Collection

from hubbub.errors import Unavailable
from hubbub.platform.live import LiveLog
from hubbub.platform.services import Services

log = logging.getLogger("hubbub.push")


async def connected(services: Services, account_ids: Collection[int]) -> set[int]:
    """Who is told live. Nobody while that is not known: better told twice than not at all."""
    if not account_ids:
        return set()
    try:
        return await services.part(LiveLog).connected(account_ids)
    except Unavailable as error:
        log.warning("who is connected is not known: %s", error.detail)
        return set()
