"""Signing up."""

from dataclasses import dataclass

from hubbub.accounts import Account, clean_display_name, create_account
from hubbub.errors import FieldError, Invalid
from hubbub.identity.clients import Client
from hubbub.identity.errors import EmailTaken
from hubbub.identity.events import AccountRegistered
from hubbub.identity.queries import credentials as queries
from hubbub.identity.service.emails import hash_of_email, send_verification
from hubbub.identity.service.sessions import OpenSession, open_session
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.services import Services
from hubbub.platform.text.emails import Email, parse_email
from hubbub.platform.text.handles import Handle, parse_handle
from hubbub.platform.text.passwords import check_password


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A sign-up whose every field is in order."""

    handle: Handle
    email: Email
    password: str
    display_name: str = ""

    def __repr__(self) -> str:
        return f"NewPerson({self.handle.name})"


def check_sign_up(*, handle: str, email: str, password: str, display_name: str) -> NewPerson:
    """Raises Invalid that names every field which is not in order."""
    errors: list[FieldError] = []
    checked: list[object] = []
    for check in (
        lambda: parse_handle(handle),
        lambda: parse_email(email),
        lambda: check_password(password, handle=handle, email=email),
        lambda: clean_display_name(display_name),
    ):
        try:
            checked.append(check())
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid("sign-up", errors=errors)
    parsed_handle, parsed_email, normal_password, name = checked
    return NewPerson(handle=parsed_handle, email=parsed_email, password=normal_password, display_name=name)  # type: ignore[arg-type]


async def register_person(
    services: Services,
    tx: Tx,
    *,
    person: NewPerson,
    password_hash: str,
    client: Client,
    is_verified: bool = False,
) -> tuple[Account, OpenSession]:
    """Account, credentials, a session and a mail to confirm the address, or nothing of it.

    With `is_verified` the address is taken as confirmed, and no mail goes out.

    Raises HandleTaken, EmailTaken. That an address is taken cannot be hidden where the reply to a free
    one holds tokens; the sign-up budgets (5 in half an hour by address and mailbox) slow who probes.
    """
    account = await create_account(
        tx, account_id=new_id(), handle=person.handle, display_name=person.display_name
    )
    if not await queries.claim_email(tx, email_hash=hash_of_email(person.email), account_id=account.id):
        raise EmailTaken
    await queries.insert_credentials(
        tx, account_id=account.id, email=person.email.address, password_hash=password_hash
    )
    await announce(tx, AccountRegistered(account_id=account.id))
    address = person.email.address
    if is_verified:
        await queries.update_email_verified(tx, account_id=account.id, email=address)
    else:
        await send_verification(services, tx, account_id=account.id, handle=account.handle, email=address)
    return account, await open_session(services, tx, account_id=account.id, client=client)
