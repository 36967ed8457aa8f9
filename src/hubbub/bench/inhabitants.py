"""Accounts that exist for one benchmark: made through the API like everybody's, and deleted through it."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hubbub.bench.exchange import Answer, Refused, ask_all
from hubbub.bench.hubbub_api import COMMON, JSON, HubbubApi, to_json
from hubbub.bench.mix import Ground
from hubbub.bench.target import Call, Person

FOLLOWS = 20
POSTS = 5
SIGN_UPS_AT_ONCE = 2
"""Passwords are hashed on the target, some 30 ms each; more at once would only wait there."""

Progress = Callable[[str, int, int], None]


class RateLimited(Refused):
    def __init__(self) -> None:
        super().__init__(
            "the target refuses with 429, so its rate limits would be measured rather than what it can do. "
            "Start it with HUBBUB_RATE_FACTOR=100000 for the benchmark (outside production)."
        )


@dataclass(slots=True)
class Inhabitants:
    """Some people who follow each other and have written a little, so that every feed has something in it."""

    base_url: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    people: list[Person] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    seconds_left: float = 0.0
    """Life of the access tokens when they were given."""
    _refresh_tokens: dict[int, str] = field(default_factory=dict)

    async def settle_in(self, count: int, progress: Progress) -> None:
        """Sign up, follow and post. Raises Refused; then `leave` still deletes those who are there."""
        await self._sign_up(count, progress)
        api = self.api()
        random = Random(1)
        follows = [
            api.request("follow", person, subject=other.id)
            for person in self.people
            for other in random.sample(self.people, min(FOLLOWS + 1, count))
            if other is not person
        ]
        await self._all("follows", follows, progress)
        notes = [
            api.request(
                "post", person, text=f"Note {number} of a benchmark: the tide is out until the evening."
            )
            for number in range(POSTS)
            for person in self.people
        ]
        self.posts = [int(answer.json["id"]) for answer in await self._all("posts", notes, progress)]

    def api(self) -> HubbubApi:
        # Unlisted, so that pages for everybody stay free of it.
        return HubbubApi(self.base_url, password=self.password, visibility="unlisted")

    def ground(self) -> Ground:
        return Ground(
            readers=self.people,
            accounts=[person.id for person in self.people],
            posts=list(reversed(self.posts)),
        )

    async def renew(self) -> None:
        """New tokens for everybody."""
        calls = [
            _post("/v1/auth/refresh", {"refresh_token": self._refresh_tokens[person.id]})
            for person in self.people
        ]
        answers = await self._all("tokens", calls, lambda *_: None)
        self._keep([answer.json for answer in answers])

    async def leave(self, progress: Progress) -> None:
        """Ask for the deletion of all."""
        body = to_json({"password": self.password})
        calls = [
            Call("DELETE", "/v1/me", {**COMMON, **JSON, "Authorization": f"Bearer {person.token}"}, body)
            for person in self.people
        ]
        await self._all("leaving", calls, progress, at_once=SIGN_UPS_AT_ONCE)
        self.people.clear()

    async def _sign_up(self, count: int, progress: Progress) -> None:
        run = secrets.token_hex(4)
        calls = [
            _post(
                "/v1/auth/register",
                {
                    "handle": f"bench.{run}.{number}x",
                    "email": f"bench.{run}.{number}x@bench.example",
                    "password": self.password,
                },
            )
            for number in range(count)
        ]
        answers = await ask_all(
            self.base_url,
            calls,
            at_once=SIGN_UPS_AT_ONCE,
            on_answer=lambda done: progress("sign-ups", done, count),
        )
        self._keep([answer.json for answer in answers if answer.status == 201])
        require_success(answers)

    def _keep(self, signed_in: Sequence[dict[str, Any]]) -> None:
        self.people = [
            Person(int(each["account"]["id"]), each["account"]["handle"], each["access_token"])
            for each in signed_in
        ]
        self._refresh_tokens = {int(each["account"]["id"]): each["refresh_token"] for each in signed_in}
        self.seconds_left = min((float(each["expires_in"]) for each in signed_in), default=0.0)

    async def _all(
        self, step: str, calls: Sequence[Call], progress: Progress, *, at_once: int = 8
    ) -> list[Answer]:
        answers = await ask_all(
            self.base_url,
            calls,
            at_once=at_once,
            on_answer=lambda done: progress(step, done, len(calls)),
        )
        require_success(answers)
        return answers


def require_success(answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.status == 429:
            raise RateLimited
        if answer.status >= 400:
            raise Refused(
                f"the target answered {answer.status}: {answer.body[:300].decode('utf-8', 'replace')}"
            )


def _post(path: str, body: dict[str, Any]) -> Call:
    return Call("POST", path, {**COMMON, **JSON}, to_json(body))
