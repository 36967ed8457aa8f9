"""Sends what waits, each push by itself: a server that does not answer holds up nobody else's.

A push is claimed for a while, sent outside of any transaction, and then removed or put off. A worker that
dies leaves its claims to run out; what it had sent is then sent again, and replaces itself by its topic.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import msgspec

from hubbub.errors import Unavailable
from hubbub.identity import live_sessions
from hubbub.platform.db import Database, Tx
from hubbub.platform.ids import id_time
from hubbub.platform.secrets import Keyring, Unsealable
from hubbub.push.messages import Message, Push
from hubbub.push.metrics import PUSHES, SUBSCRIPTIONS_REMOVED
from hubbub.push.pushers import Outcome, Pusher
from hubbub.push.queries import pushes as queries
from hubbub.push.queries import subscriptions
from hubbub.push.queries.pushes import DuePush
from hubbub.push.targets import Target, open_target

log = logging.getLogger("hubbub.push")

AT_ONCE = 200
# Due pushes looked at for so many devices.
LOOKED_AT = 2000
# While others are on their way, places that become free are filled a few at a time.
GATHER_SECONDS = 0.005
# Connections to the database for what became of pushes; the rest of the worker has need of some too.
NOTED_AT_ONCE = 3
NOTE_TRIES = 4
# Longer than any push takes, with its requests for access tokens.
LEASE_SECONDS = 60.0
# What has waited longer, for a device whose server is away, says no text any more.
TEXT_SECONDS = 300.0
SEND_SECONDS = 20.0
# More than SEND_SECONDS: what else is on its way to the same device is back by then.
FIRST_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 6 * 3600.0
# Away as often and as long as this, a device is not coming back.
DEAD_FAILURES = 8
DEAD_SECONDS = 3 * 86_400.0
ENDED = Outcome("gone", "the session has ended")
_SERVICES = {"WebTarget": "web", "FcmTarget": "fcm", "ApnsTarget": "apns"}


class Sender:
    """One per process; it does something only where it is woken, which is in workers."""

    def __init__(self, db: Database, keyring: Keyring, pushers: Mapping[type[Target], Pusher]) -> None:
        self._db = db
        self._keyring = keyring
        self._pushers = pushers
        self._sending: dict[int, asyncio.Task[None]] = {}
        """By subscription: one after the other to each device, so that a slow one takes one place."""
        self._call = asyncio.Event()
        self._noting = asyncio.Semaphore(NOTED_AT_ONCE)
        self._running: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is something to send, and it is committed."""
        self._call.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def drain(self) -> None:
        """Send all that is due now, and what becomes due meanwhile."""
        self.wake()
        if self._running is not None:
            await self._running

    async def close(self) -> None:
        """Give up what is on its way; another worker finds it when the claims run out."""
        tasks = [*self._sending.values(), *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._call.clear()
            if await self._claim():
                self._call.set()
            elif not self._sending and not self._call.is_set():
                return
            await self._call.wait()
            if self._sending:
                await asyncio.sleep(GATHER_SECONDS)
            if len(self._sending) >= AT_ONCE:
                await asyncio.wait(self._sending.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _claim(self) -> bool:
        """Begin to send what is due, as far as there is room; whether there may be more."""
        try:
            async with self._db.transaction() as tx:
                due = await queries.claim_due(
                    tx,
                    limit=AT_ONCE - len(self._sending),
                    lease_seconds=LEASE_SECONDS,
                    busy_ids=list(self._sending),
                    looked_at=LOOKED_AT,
                )
                live = await live_sessions(tx, [(push.account_id, push.session_id) for push in due])
        except Unavailable as error:
            log.warning("pushes not looked for: %s", error.detail)
            return False
        for push in due:
            is_live = (push.account_id, push.session_id) in live
            task = asyncio.create_task(self._handle(push, is_live=is_live))
            self._sending[push.subscription_id] = task
            task.add_done_callback(partial(self._sent, push.subscription_id))
        return bool(due)

    def _sent(self, subscription_id: int, task: asyncio.Task[None]) -> None:
        del self._sending[subscription_id]
        self._call.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a push was not handled and will be tried again", exc_info=error)

    async def _handle(self, push: DuePush, *, is_live: bool) -> None:
        service, outcome = ("none", ENDED) if not is_live else await self._send(push)
        is_removed = await self._note(push, outcome)
        if is_removed:
            SUBSCRIPTIONS_REMOVED.labels(service, outcome.state).inc()
        PUSHES.labels(service, outcome.state).inc()
        level = logging.DEBUG if outcome.state == "sent" else logging.INFO
        log.log(level, "push %s to %s by %s: %s", push.id, push.account_id, service, outcome)

    async def _note(self, push: DuePush, outcome: Outcome) -> bool:
        """Whether the subscription was removed. What is not noted before the claim runs out is sent again."""
        for attempt in range(NOTE_TRIES):
            try:
                async with self._noting:
                    return await self._db.write(lambda tx: _record(tx, push, outcome))
            except Unavailable as error:
                log.warning("what became of push %s is not noted yet: %s", push.id, error.detail)
                await asyncio.sleep(2.0**attempt)
        return False

    async def _send(self, push: DuePush) -> tuple[str, Outcome]:
        try:
            target = open_target(self._keyring, push.sealed_target)
        except Unsealable:
            return "none", Outcome("gone", "sealed with another secret key")
        service = _SERVICES[type(target).__name__]
        pusher = self._pushers.get(type(target))
        if pusher is None:
            return service, Outcome("dropped", "not configured")
        if push.ttl_seconds <= 0:
            return service, Outcome("dropped", "too late")
        sent = Push(push.id, _message_of(push), push.collapse_key, push.ttl_seconds)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return service, await pusher.send(target, sent)
        except TimeoutError:
            return service, Outcome("later", "timeout")


def _message_of(push: DuePush) -> Message:
    """What has waited long is sent without its text: that may be deleted by now, or of somebody blocked."""
    message = msgspec.json.decode(push.message, type=Message)
    age = (datetime.now(UTC) - id_time(push.id)).total_seconds()
    shown = message if age < TEXT_SECONDS else message.without_text()
    return msgspec.structs.replace(shown, closed_title="")


async def _record(tx: Tx, push: DuePush, outcome: Outcome) -> bool:
    """Whether the subscription was removed."""
    account_id, subscription_id = push.account_id, push.subscription_id
    if outcome.state == "gone":
        return await subscriptions.delete_subscription(
            tx, account_id=account_id, subscription_id=subscription_id
        )
    if outcome.state == "later":
        return await _put_off(tx, push, outcome)
    if not await queries.delete_push(tx, push):
        await queries.update_as_due(tx, push)
    if outcome.state == "sent" and push.failures:
        await subscriptions.update_as_working(tx, account_id=account_id, subscription_id=subscription_id)
    return False


async def _put_off(tx: Tx, push: DuePush, outcome: Outcome) -> bool:
    account_id, subscription_id = push.account_id, push.subscription_id
    await subscriptions.update_as_failing(
        tx,
        account_id=account_id,
        subscription_id=subscription_id,
        failures=push.failures,
        after_seconds=max(outcome.retry_seconds, back_off_seconds(push.failures)),
    )
    is_dead = await subscriptions.delete_if_failing(
        tx,
        account_id=account_id,
        subscription_id=subscription_id,
        least_failures=DEAD_FAILURES,
        for_seconds=DEAD_SECONDS,
    )
    if not is_dead:
        await queries.update_as_put_off(tx, account_id=account_id, subscription_id=subscription_id)
    return is_dead


def back_off_seconds(failures: int) -> float:
    """30 s, a minute, two and so on up to six hours, and up to half as much more by chance."""
    seconds = min(FIRST_RETRY_SECONDS * 2.0 ** min(failures, 20), LONGEST_RETRY_SECONDS)
    return seconds * random.uniform(1.0, 1.5)  # noqa: S311 - jitter
