"""Requests made up from the OpenAPI document: valid ones, broken ones, and those at the edges of bounds."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.api import Api
from tests.fuzz.document import document
from tests.fuzz.gateway import Gateway, Loop
from tests.support.world import World

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
GATEWAY = Gateway()
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = GATEWAY
if not IS_LONG:
    SCHEMA.config.seed = 1
# A schema cannot say that a cursor is one of ours, or that a post has something to read in it.
SCHEMA.config.checks.positive_data_acceptance.enabled = False
# A broken request may also fail because of the version that it names, or because it asks for no stream.
REJECTION = SCHEMA.config.checks.negative_data_rejection
REJECTION.expected_statuses = [*REJECTION.expected_statuses, "412", "426"]


@pytest.fixture
def api(empty_api: tuple[Loop, World]) -> Api:
    return Api(*empty_api, GATEWAY)


@SCHEMA.parametrize()
@settings(
    max_examples=2000 if IS_LONG else 50,
    derandomize=not IS_LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=list(Phase) if IS_LONG else [Phase.explicit, Phase.generate],
)
def test_answers_are_as_documented(case: schemathesis.Case[Any], api: Api) -> None:
    api.check(case)
