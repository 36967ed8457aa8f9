import re

import pytest

from tests.support.identity import register
from tests.support.mails import received
from tests.support.world import World


@pytest.mark.parametrize(
    ("path", "action"),
    [("/verify-email", "/v1/auth/email/verify"), ("/reset-password", "/v1/auth/password/reset")],
)
async def test_a_link_opens_a_page_that_sends_its_token(world: World, path: str, action: str) -> None:
    page = await world.get(path)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'data-action="{action}"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<script>|<style>|style=| on\w+=", page.text), "the policy allows nothing inline"
    for part in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await world.get(part)).status_code == 200, part
    assert (await world.post(action, json={})).status_code == 422, "the action is a route"


async def test_the_path_in_a_mail_is_that_of_a_page(world: World) -> None:
    await register(world, "ada")
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})

    for mail in await received(world, "ada@example.org"):
        link = re.search(r"http://test(/[a-z-]+)#token=", mail.text)
        assert link
        assert (await world.get(link[1])).status_code == 200


@pytest.mark.parametrize("name", ["other.js", "verify-email.html", "%2e%2e"])
async def test_nothing_else_is_served_from_there(world: World, name: str) -> None:
    assert (await world.get(f"/links/{name}")).status_code == 404
