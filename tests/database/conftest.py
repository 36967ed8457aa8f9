from collections.abc import AsyncIterator, Callable

import pytest

from hubbub.platform.db import Database, open_database


@pytest.fixture
async def db(database_url: str, clean: None) -> AsyncIterator[Database]:
    db = await open_database(database_url)
    yield db
    await db.close()


@pytest.fixture
def empty_database_url(fresh_database_url: Callable[..., str]) -> str:
    return fresh_database_url(is_migrated=False)
