"""Mails about what happened: one for a group of notifications, and digests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from hubbub.accounts import lock_account
from hubbub.identity import VerifiedEmail, load_verified_emails
from hubbub.notifications import count_unread_of
from hubbub.platform.db import Database, Tx
from hubbub.platform.mail import Letter, queue_letters
from hubbub.platform.services import Services
from hubbub.push import letters
from hubbub.push.metrics import MAILS
from hubbub.push.queries import mails as queries
from hubbub.push.queries.mails import MailPreferences
from hubbub.push.schemas import MailPreferencesChanges
from hubbub.push.unsubscribing import Kind, unsubscribe_url

PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
# A group that grows is mailed again after this long.
GROUP_REST = timedelta(days=1)
DIGESTS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class EventMail:
    account_id: int
    group_id: str
    title: str


async def load_mail_preferences(tx: Tx, account_id: int) -> MailPreferences:
    return await queries.select_preferences(tx, account_id=account_id) or MailPreferences()


async def update_mail_preferences(
    tx: Tx, *, account_id: int, changes: MailPreferencesChanges
) -> MailPreferences:
    """May be repeated. Raises AccountNotFound."""
    await lock_account(tx, account_id)
    found = await load_mail_preferences(tx, account_id)
    changed = replace(
        found,
        sends_events=found.sends_events if changes.events is UNSET else changes.events,
        digest=found.digest if changes.digest is UNSET else changes.digest,
    )
    due_at = datetime.now(UTC) + PERIODS[changed.digest] if changed.digest != "off" else None
    await queries.upsert_preferences(tx, changed, account_id=account_id, due_at=due_at)
    return changed


async def end_mails(tx: Tx, *, account_id: int, kind: Kind) -> None:
    """What a link in a mail does. May be repeated. Raises AccountNotFound."""
    changes = (
        MailPreferencesChanges(events=False) if kind == "events" else MailPreferencesChanges(digest="off")
    )
    await update_mail_preferences(tx, account_id=account_id, changes=changes)


async def queue_event_mails(services: Services, tx: Tx, wanted: Sequence[EventMail]) -> None:
    """To confirmed addresses of those who have not ended such mails; a group once a day at most."""
    latest = {(mail.account_id, mail.group_id): mail for mail in wanted}
    account_ids = sorted({account_id for account_id, _ in latest})
    if not account_ids:
        return
    people = await load_verified_emails(tx, account_ids)
    unwilling = await queries.select_without_events(tx, account_ids)
    groups = [group for group in latest if group[0] in people and group[0] not in unwilling]
    now = datetime.now(UTC)
    claimed = await queries.claim_event_mails(tx, groups, at=now, since=now - GROUP_REST)
    sent: list[Letter] = []
    for account_id, group_id in sorted(claimed):
        url = unsubscribe_url(services.keyring, services.public_url, account_id=account_id, kind="events")
        title = latest[account_id, group_id].title
        sent.append(
            letters.event(people[account_id], title=title, app_url=services.public_url, unsubscribe_url=url)
        )
    await queue_letters(tx, services.keyring, *sent)
    MAILS.labels("event").inc(len(sent))


async def mail_digests(services: Services, db: Database) -> None:
    """To whoever's is due and has something unread, a bounded number in a transaction."""

    async def effect(tx: Tx) -> int:
        account_ids = await queries.claim_digests(tx, limit=DIGESTS_AT_ONCE)
        people = await load_verified_emails(tx, account_ids)
        sent = [letter for each in people.values() if (letter := await _digest(services, each)) is not None]
        await queue_letters(tx, services.keyring, *sent)
        MAILS.labels("digest").inc(len(sent))
        return len(account_ids)

    while await db.write(effect):
        pass


async def _digest(services: Services, to: VerifiedEmail) -> Letter | None:
    unread = await count_unread_of(services, to.account_id)
    if not unread.count:
        return None
    url = unsubscribe_url(services.keyring, services.public_url, account_id=to.account_id, kind="digest")
    how_many = f"more than {unread.count:,}" if unread.is_capped else f"{unread.count:,}"
    return letters.digest(to, how_many=how_many, app_url=services.public_url, unsubscribe_url=url)
