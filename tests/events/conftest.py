from collections.abc import AsyncIterator

import pytest

from hubbub.platform.db import Database, open_database


@pytest.fixture
async def db(database_url: str, clean: None) -> AsyncIterator[Database]:
    db = await open_database(database_url)
    yield db
    await db.close()
