"""What is to be pushed to whom: a row for each device, in the transaction of what it is about."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.secrets import Keyring
from hubbub.push.events import PushesPlanned
from hubbub.push.messages import (
    DAY_SECONDS,
    MAX_BODY_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Message,
    Urgency,
    clip,
)
from hubbub.push.queries import pushes as queries
from hubbub.push.queries.pushes import NewPush

_PURPOSE = "push topic"
_TOPIC_BYTES = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell one account, in the words for any screen and in those for its owner's eyes."""

    account_id: int
    type: str
    """`notification` or `message`."""
    kind: str
    group: str
    """A newer one of the same group takes the place of this one."""
    closed_title: str
    open_title: str
    open_body: str
    ids: dict[str, str]
    to_web: bool = True
    to_mobile: bool = True
    urgency: Urgency = "normal"
    ttl_seconds: int = DAY_SECONDS


async def plan_pushes(tx: Tx, keyring: Keyring, notices: Sequence[Notice]) -> None:
    """Sent once the caller's transaction commits, to each device that wants the kind; at least once."""
    latest = {(notice.account_id, notice.group): notice for notice in notices}
    if not latest:
        return
    account_ids = await queries.insert_pushes(tx, [_new_push(keyring, each) for each in latest.values()])
    await announce(tx, *(PushesPlanned(account_id=account_id) for account_id in account_ids))


def _new_push(keyring: Keyring, notice: Notice) -> NewPush:
    closed = Message(
        type="message" if notice.type == "message" else "notification",
        kind=notice.kind,
        title=notice.closed_title,
        ids=notice.ids,
        account_id=str(notice.account_id),
        urgency=notice.urgency,
    )
    shown = msgspec.structs.replace(
        closed,
        title=clip(notice.open_title, MAX_TITLE_CHARACTERS),
        body=clip(notice.open_body, MAX_BODY_CHARACTERS),
        closed_title=notice.closed_title,
    )
    return NewPush(
        account_id=notice.account_id,
        kind=notice.kind,
        collapse_key=_topic(keyring, notice),
        id=new_id(),
        open_message=msgspec.json.encode(shown).decode(),
        closed_message=msgspec.json.encode(closed).decode(),
        ttl_seconds=notice.ttl_seconds,
        to_web=notice.to_web,
        to_mobile=notice.to_mobile,
    )


def _topic(keyring: Keyring, notice: Notice) -> str:
    """Says nothing to the push service, which sees it, of what the group is."""
    mac = keyring.mac(_PURPOSE, f"{notice.account_id} {notice.type} {notice.group}".encode())
    return base64.urlsafe_b64encode(mac[:_TOPIC_BYTES]).decode()
