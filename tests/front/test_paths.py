"""One resource has one path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.front.paths import check_closely, is_plain
from tests.front.support import Recorder, ask, front_of


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/me",
        "/v1/posts/123",
        "/v1/accounts/by-handle/a.b_c-d",
        "/.well-known/jwks.json",
        "/docs/docs.css",
        "/v1/feeds/tags/caf%C3%A9",
        "/v1/feeds/tags/%E6%97%A5%E6%9C%AC",
        "/v1/a:b",
        "/v1/a%20b",
        "/v1/100%25",
        "/v1/...",
    ],
)
async def test_path_is_served(path: str) -> None:
    assert (await ask(front_of(Recorder()), path)).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/me/", 404),
        ("//v1/me", 404),
        ("/v1//me", 404),
        ("//", 404),
        ("/v1/./me", 404),
        ("/v1/../me", 404),
        ("/v1/%2e%2e/me", 404),
        ("/v1/%2E/me", 404),
        ("/v1%2fme", 404),
        ("/v1%2Fme", 404),
        ("/v1%5cme", 404),
        ("/v1/me;a=b", 404),
        ("/v1/me%3Ba", 404),
        ("/..;/v1/me", 404),
        ("/v1\\me", 404),
        ("/v1/%00", 400),
        ("/v1/me%00.json", 400),
        ("/v1/%0a", 400),
        ("/v1/%0d%0aSet-Cookie:a", 400),
        ("/v1/%7f", 400),
        ("/v1/%c0%af", 400),
        ("/v1/%c0%ae%c0%ae/me", 400),
        ("/v1/%e0%80%af", 400),
        ("/v1/%ed%a0%80", 400),
        ("/v1/%ff", 400),
        ("/v1/%f4%90%80%80", 400),
        ("/v1/%", 400),
        ("/v1/%4", 400),
        ("/v1/%zz", 400),
        ("/v1/%u0041", 400),
    ],
)
async def test_second_spelling_is_no_alias(path: str, status: int) -> None:
    app = Recorder()

    answer = await ask(front_of(app), path)

    assert answer.status == status
    assert app.scopes == []


@given(st.from_regex(r"(/[A-Za-z0-9._~@-]{0,3}){1,4}", fullmatch=True))
def test_quick_check_lets_through_only_what_the_close_one_does(path: str) -> None:
    if is_plain(path.encode()):
        check_closely(path.encode())
