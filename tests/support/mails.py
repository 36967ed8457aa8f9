"""The mails that a world has sent, as their receivers find them."""

import email
import email.policy
import re
from dataclasses import dataclass

from tests.support.world import World


@dataclass(frozen=True)
class ReceivedMail:
    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """Of the link in it."""
        found = re.search(r"#token=([A-Za-z0-9_-]+)", self.text)
        assert found, self.text
        return found[1]


async def received(world: World, to: str) -> list[ReceivedMail]:
    """Let the worker send what waits; mails to this address, oldest first."""
    await world.settle()
    mails = []
    for path in sorted((world.services.settings.data_dir / "mails").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, email.message.EmailMessage)
        mails.append(ReceivedMail(str(message["To"]), str(message["Subject"]), message.get_content()))
    return [mail for mail in mails if mail.to == to]
