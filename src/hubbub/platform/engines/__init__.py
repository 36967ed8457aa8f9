"""PostgreSQL and Valkey started by us: real servers from the package index, for one machine and for tests."""

from hubbub.platform.engines.data_dir import DataDir, RunningUrls, running_urls
from hubbub.platform.engines.errors import DataDirBusy, EngineError, PortInUse
from hubbub.platform.engines.postgres import Postgres
from hubbub.platform.engines.valkey import Valkey

__all__ = [
    "DataDir",
    "DataDirBusy",
    "EngineError",
    "PortInUse",
    "Postgres",
    "RunningUrls",
    "Valkey",
    "running_urls",
]
