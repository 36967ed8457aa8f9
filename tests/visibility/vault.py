"""Secrets of one person in every place that can hold one."""

import secrets
from dataclasses import dataclass, field

from hubbub.notifications import send_notice
from tests.support.world import PASSWORD, Person, World
from tests.visibility.stage import make_private


@dataclass
class Vault:
    """Texts that must not get out, by where they were put."""

    texts: dict[str, str] = field(default_factory=dict)

    def new(self, what: str) -> str:
        self.texts[what] = secrets.token_hex(16)
        return self.texts[what]

    def found_in(self, text: str) -> set[str]:
        """A half is a find as well."""
        return {
            what
            for what, secret in self.texts.items()
            if secret[: len(secret) // 2] in text or secret[len(secret) // 2 :] in text
        }


@dataclass
class Scene:
    vault: Vault
    owner: Person
    readers: dict[str, Person | None]
    tag: str


async def hide_everything(world: World) -> Scene:
    """The owner's account is open; single posts are narrow. A recluse has a private account."""
    vault, tag = Vault(), f"tag{secrets.token_hex(4)}"
    owner, friend, recluse = [await world.person(name) for name in ("olga", "fred", "rosa")]
    stranger, enemy = await world.person("sam"), await world.person("emil")
    for person in (owner, recluse):
        await world.follow(friend, person)
    for visibility in ("followers", "mentioned"):
        await _write_narrow(world, vault, (owner, friend), visibility, tag)
    await _take_back(world, vault, (owner, friend), tag)
    await world.write(recluse, f"{vault.new('post of a private account')} #{tag}")
    await make_private(world, recluse)
    await world.write(recluse, f"{vault.new('later post of a private account')} #{tag}")
    await _keep(world, vault, owner)
    for person in (owner, recluse):
        await world.block(person, enemy)
    return Scene(vault, owner, {"nobody": None, "a stranger": stranger, "somebody blocked": enemy}, tag)


async def _write_narrow(
    world: World, vault: Vault, people: tuple[Person, Person], visibility: str, tag: str
) -> None:
    """A post that few see, with all that can hang on it."""
    owner, friend = people
    link = f"https://{vault.new(f'link, {visibility}')}.example"
    post = await world.write(
        owner,
        f"{vault.new(f'{visibility} post')} #{tag} @fred {link}",
        content_warning=vault.new(f"warning, {visibility}"),
        visibility=visibility,
        poll={"options": [vault.new(f"option, {visibility}"), "Other"], "expires_in": 600},
    )
    path = f"/v1/posts/{post['id']}"
    text = f"{vault.new(f'edited, {visibility}')} #{tag} @fred"
    (await world.patch(path, by=owner, json={"text": text})).raise_for_status()
    await world.comment(friend, post, f"{vault.new(f'comment, {visibility}')} #{tag}")
    await world.comment(owner, post, f"{vault.new(f'own comment, {visibility}')} #{tag}")
    await world.write(owner, vault.new(f"quote, {visibility}"), quote=post["id"], visibility=visibility)
    (await world.put(f"{path}/like", by=friend)).raise_for_status()
    (await world.put(f"{path}/pin", by=owner)).raise_for_status()


async def _take_back(world: World, vault: Vault, people: tuple[Person, Person], tag: str) -> None:
    """Posts that were public, and passed on, before they were narrowed or deleted."""
    owner, friend = people
    for what in ("narrowed", "deleted"):
        post = await world.write(owner, f"{vault.new(f'{what} post')} #{tag}")
        path = f"/v1/posts/{post['id']}"
        await world.write(friend, "As somebody said", quote=post["id"])
        (await world.put(f"{path}/repost", by=friend)).raise_for_status()
        if what == "narrowed":
            reply = await world.patch(path, by=owner, json={"visibility": "followers"})
        else:
            reply = await world.delete(path, by=owner)
        reply.raise_for_status()


async def _keep(world: World, vault: Vault, owner: Person) -> None:
    """What only the owner is ever shown, or not even they."""
    name = {"name": vault.new("name of a session")}
    (await world.patch(f"/v1/auth/sessions/{owner.session_id}", by=owner, json=name)).raise_for_status()
    notice = vault.new("notice of the moderators")
    await world.db.write(lambda tx: send_notice(tx, account_id=owner.id, text=notice))
    title = {"title": vault.new("title of a list")}
    (await world.post("/v1/lists", by=owner, json=title)).raise_for_status()
    group = {"account_ids": [], "name": vault.new("name of a group")}
    made = (await world.post("/v1/conversations", by=owner, json=group)).json()
    message = {"text": vault.new("message")}
    path = f"/v1/conversations/{made['id']}/messages"
    (await world.post(path, by=owner, json=message)).raise_for_status()
    language = "-".join(secrets.token_hex(4) for _ in range(3))
    vault.texts["preference"] = language
    preferences = {"default_language": f"qaa-{language}"}
    (await world.patch("/v1/me/preferences", by=owner, json=preferences)).raise_for_status()
    email = {"email": f"{vault.new('e-mail address asked for')}@example.org", "password": PASSWORD}
    (await world.post("/v1/auth/email/change", by=owner, json=email)).raise_for_status()
    vault.texts |= {"access token": owner.token.split(".")[2], "refresh token": owner.refresh_token[-40:]}
    address = vault.new("e-mail address")
    await world.rows(
        "UPDATE credentials SET email = $2 WHERE account_id = $1", owner.id, f"{address}@example.org"
    )
