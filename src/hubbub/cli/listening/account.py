"""Somebody who is signed in at an API far or near, over HTTP alone."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hubbub.bench import Answer, Call, Client, Refused

COMMON = {"Accept": "application/json", "User-Agent": "hubbub listen"}


class SignedOut(Refused):
    """Only logging in anew helps."""


class Account:
    """Keeps an access token that is good, as long as there is a way to get another."""

    def __init__(self, base_url: str, *, token: str, refresh_token: str = "") -> None:
        self.base_url = base_url
        self.token = token
        self._refresh_token = refresh_token

    @classmethod
    async def log_in(
        cls, base_url: str, *, login: str, password: str, ask_code: Callable[[], str] | None
    ) -> "Account":
        """`ask_code` is asked for the code of the second factor. Raises Refused, Unreachable."""
        wanted = {"login": login, "password": password}
        answer = await _ask(base_url, "POST", "/v1/auth/login", body=wanted)
        if _code(answer) == "totp_required" and ask_code is not None:
            answer = await _ask(base_url, "POST", "/v1/auth/login", body={**wanted, "totp": ask_code()})
        tokens = _read(answer)
        return cls(base_url, token=tokens["access_token"], refresh_token=tokens["refresh_token"])

    async def renew(self) -> None:
        """Get the next token. Raises SignedOut where there is none to be had."""
        if not self._refresh_token:
            raise SignedOut("the access token has ended, and there is no refresh token to get another")
        answer = await _ask(
            self.base_url, "POST", "/v1/auth/refresh", body={"refresh_token": self._refresh_token}
        )
        if answer.status == 401:
            raise SignedOut("the session has ended: log in again")
        tokens = _read(answer)
        self.token, self._refresh_token = tokens["access_token"], tokens["refresh_token"]

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON, None when it is empty. Raises Refused with what the API says of it."""
        answer = await _ask(self.base_url, method, path, token=self.token, body=body)
        if answer.status == 401 and self._refresh_token:
            await self.renew()
            answer = await _ask(self.base_url, method, path, token=self.token, body=body)
        return _read(answer)

    async def log_out(self) -> None:
        """Ends the session if it was begun here."""
        if self._refresh_token:
            await _ask(self.base_url, "POST", "/v1/auth/logout", token=self.token)


async def _ask(
    base_url: str, method: str, path: str, *, token: str = "", body: Mapping[str, Any] | None = None
) -> Answer:
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    typed = {} if body is None else {"Content-Type": "application/json"}
    sent = b"" if body is None else json.dumps(body).encode()
    async with Client(base_url) as client:
        return await client.ask(Call(method, path, {**COMMON, **bearer, **typed}, sent))


def _read(answer: Answer) -> Any:
    if answer.status >= 400:
        raise Refused(explain(answer.status, answer.body))
    return answer.json if answer.body else None


def _code(answer: Answer) -> str:
    return str(answer.json.get("code", "")) if answer.status >= 400 else ""


def explain(status: int, body: bytes) -> str:
    """What a problem says of itself, in one line."""
    try:
        problem = json.loads(body)
        said = problem.get("detail") or problem.get("title") or ""
        wrong = "; ".join(
            f"{each['pointer'].lstrip('/')}: {each['detail']}" for each in problem.get("errors", [])
        )
        return f"{said} {wrong}".strip() or f"HTTP {status}"
    except (ValueError, AttributeError, KeyError, TypeError):
        return f"HTTP {status}"
