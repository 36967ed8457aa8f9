"""Does what was typed."""

from typing import Any

from hubbub.bench import Refused
from hubbub.cli.listening.account import Account
from hubbub.cli.listening.typed import Comment, Deed, Like, Say, SayTo


class Deeds:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._conversation = ""
        """The one that was written in last, by anybody."""

    def notice(self, type_: str, data: Any) -> None:
        if type_ == "message" and isinstance(data, dict):
            self._conversation = str(data.get("conversation_id", self._conversation))

    async def do(self, deed: Deed) -> None:
        """Raises Refused, Unreachable."""
        match deed:
            case Say(text):
                await self._write(text)
            case SayTo(handle, text):
                await self._write_to(handle, text)
            case Like(post_id):
                await self._account.ask("PUT", f"/v1/posts/{post_id}/like")
            case Comment(post_id, text):
                await self._account.ask("POST", f"/v1/posts/{post_id}/comments", {"text": text})

    async def _write_to(self, handle: str, text: str) -> None:
        if not handle.replace("_", "").isalnum() or not handle.isascii():
            raise Refused(f"{handle} is no handle")
        person = await self._account.ask("GET", f"/v1/accounts/by-handle/{handle}")
        conversation = await self._account.ask("POST", "/v1/conversations", {"account_id": person["id"]})
        self._conversation = conversation["id"]
        await self._write(text)

    async def _write(self, text: str) -> None:
        if not self._conversation:
            raise Refused("nobody has written yet; begin with /to @handle and a text")
        path = f"/v1/conversations/{self._conversation}/messages"
        await self._account.ask("POST", path, {"text": text})
