from hubbub.errors import Invalid, TooMany
from hubbub.identity.errors import Busy, EmailTaken, EmailVerified, MailTokenInvalid, WrongPassword
from hubbub.identity.limits import guess, spend
from hubbub.identity.schemas import EmailChangeBody, MailTokenBody
from hubbub.identity.service import emails as service
from hubbub.identity.service.login import check_password
from hubbub.identity.service.mail_tokens import hash_of_token
from hubbub.identity.service.me import load_credentials
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.rates import Charge, account_subject, budgets, ip_charges, text_subject
from hubbub.platform.text.emails import parse_email

routes = Routes("E-mail")
ACCEPTED = Reply(b"{}", 202)


@routes.post(
    "/v1/auth/email/verify",
    auth="none",
    budget="read",
    errors=[MailTokenInvalid, EmailTaken, TooMany],
)
async def verify_email(request: Request, body: MailTokenBody) -> Reply:
    """Confirm an address with the token of a mail, also a new one that was asked for."""
    charges = [
        *ip_charges(budgets.VERIFY_IP, request.client_ip),
        Charge(budgets.VERIFY_SUBJECT, text_subject(hash_of_token(body.token).hex())),
    ]

    async def effect(tx: Tx) -> None:
        await service.verify_email(tx, body.token)

    async with guess(request, charges) as made:
        reply = await request.write(effect)
        made.was_right()
        return reply


@routes.post("/v1/auth/email/resend", status=202, errors=[EmailVerified, TooMany])
async def resend_verification(request: Request) -> Reply:
    """Ask for another mail to confirm your address; the link in the one before ends."""
    await spend(request, _mail_charges(request))

    async def effect(tx: Tx) -> Reply:
        credentials = await load_credentials(tx, request.viewer.id)
        await service.resend_verification(request.services, tx, credentials)
        return ACCEPTED

    return await request.write(effect)


@routes.post("/v1/auth/email/change", status=202, errors=[WrongPassword, Invalid, TooMany, Busy])
async def change_email(request: Request, body: EmailChangeBody) -> Reply:
    """Ask for another address. It changes once the link in the mail to it is used; the old one is told."""
    email = parse_email(body.email)
    credentials = await check_password(request, request.viewer, password=body.password)
    await spend(request, [*_mail_charges(request), Charge(budgets.MAIL_SUBJECT, text_subject(email.folded))])

    async def effect(tx: Tx) -> Reply:
        await service.ask_email_change(request.services, tx, credentials=credentials, email=email)
        return ACCEPTED

    return await request.write(effect)


def _mail_charges(request: Request) -> list[Charge]:
    return [
        Charge(budgets.MAIL_SUBJECT, account_subject(request.viewer.id)),
        *ip_charges(budgets.MAIL_IP, request.client_ip),
    ]
