from typing import Annotated, Literal

from msgspec import Meta

from hubbub.errors import Unavailable
from hubbub.platform.http import Reply, Request, Routes, View, encode_reply
from hubbub.platform.telemetry.health import HealthProbe

routes = Routes("System")


class LivenessView(View, frozen=True, kw_only=True):
    status: Annotated[str, Meta(max_length=4)] = "live"


class ReadinessView(View, frozen=True, kw_only=True):
    """Degraded is ready: without Valkey, reads come from the database."""

    status: Literal["ready", "degraded", "unready"]
    database: Literal["ok", "unreachable", "wrong_schema"]
    valkey: Literal["ok", "unreachable"]


@routes.get("/health/live", returns=LivenessView, auth="none", budget="none")
async def get_liveness(request: Request) -> LivenessView:
    """Whether this process answers at all. Restart it when it does not."""
    return LivenessView()


@routes.get("/health/ready", returns=ReadinessView, auth="none", budget="none", errors=[Unavailable])
async def get_readiness(request: Request) -> Reply:
    """Whether this process should be sent requests: 200, or 503 with the same body."""
    found = await request.services.part(HealthProbe).ready()
    view = ReadinessView(status=found.status, database=found.database, valkey=found.valkey)
    headers = {} if found.is_ready else {"Retry-After": "1"}
    return Reply(encode_reply(view, 200).body, 200 if found.is_ready else 503, headers)
