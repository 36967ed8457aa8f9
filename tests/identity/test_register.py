from tests.support.world import PASSWORD, World

ADA = {"handle": "ada", "email": "ada@example.org", "password": PASSWORD}


async def test_signing_up_answers_tokens_that_work(world: World) -> None:
    reply = await world.post("/v1/auth/register", json={**ADA, "display_name": "Ada L."})

    assert reply.status_code == 201, reply.text
    body = reply.json()
    assert body["account"]["handle"] == "ada"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    me = await world.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.status_code == 200, me.text
    assert me.json()["email"] == "ada@example.org"


async def test_a_person_of_the_world_is_logged_in(world: World) -> None:
    bob = await world.person("bob")

    reply = await world.get("/v1/me", by=bob)

    assert reply.json()["handle"] == "bob"
    assert reply.json()["email_verified"] is True
