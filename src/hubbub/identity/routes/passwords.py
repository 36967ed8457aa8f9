from hubbub.errors import Invalid, TooMany
from hubbub.identity.errors import Busy, MailTokenInvalid, WrongPassword
from hubbub.identity.limits import guess, spend
from hubbub.identity.parts import Identity
from hubbub.identity.routes.answers import first_reply, write_ending
from hubbub.identity.schemas import ForgotBody, PasswordChangeBody, ResetBody
from hubbub.identity.service import passwords as service
from hubbub.identity.service.login import check_password
from hubbub.identity.service.mail_tokens import hash_of_token
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.rates import Charge, budgets, ip_charges, text_subject
from hubbub.platform.text import passwords
from hubbub.platform.text.emails import parse_email

routes = Routes("Passwords")


@routes.post("/v1/auth/password/change", errors=[WrongPassword, Invalid, TooMany, Busy])
async def change_password(request: Request, body: PasswordChangeBody) -> Reply:
    """Change your password. Every other device is logged out."""
    viewer, services = request.viewer, request.services
    try:
        credentials = await check_password(request, viewer, password=body.current_password)
    except WrongPassword as error:
        return await first_reply(request, error)
    password = passwords.check_password(
        body.new_password, handle=credentials.handle, email=credentials.email, field="new_password"
    )
    password_hash = await services.part(Identity).hashing.hash(password)

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await service.change_password(
            services,
            tx,
            credentials=credentials,
            password_hash=password_hash,
            session_id=viewer.session_id,
        )

    return await write_ending(request, effect)


@routes.post("/v1/auth/password/forgot", status=202, auth="none", budget="read", errors=[Invalid, TooMany])
async def forget_password(request: Request, body: ForgotBody) -> Reply:
    """Ask for a mail with a link to set a new password.

    The answer is the same whether or not the address belongs to an account.
    """
    email = parse_email(body.email)
    await spend(
        request,
        [
            *ip_charges(budgets.RESET_IP, request.client_ip),
            Charge(budgets.MAIL_SUBJECT, text_subject(email.folded)),
        ],
    )

    async def effect(tx: Tx) -> Reply:
        await service.forget_password(request.services.keyring, tx, email)
        return Reply(b"{}", 202)

    return await request.write(effect)


@routes.post(
    "/v1/auth/password/reset",
    auth="none",
    budget="read",
    errors=[MailTokenInvalid, Invalid, TooMany, Busy],
)
async def reset_password(request: Request, body: ResetBody) -> Reply:
    """Set a new password with the token of a mail. Every device is logged out; a second factor stays on."""
    services = request.services
    token_hash = hash_of_token(body.token).hex()
    charges = [
        *ip_charges(budgets.RESET_GUESS_IP, request.client_ip),
        Charge(budgets.RESET_GUESS_SUBJECT, text_subject(token_hash)),
    ]
    hashing = services.part(Identity).hashing
    async with guess(request, charges) as made, services.part(Identity).turns.of(token_hash):
        try:
            async with request.db.connection() as tx:
                credentials = await service.find_reset(tx, body.token)
        except MailTokenInvalid as error:
            return await first_reply(request, error)
        made.was_right()
        password = passwords.check_password(
            body.new_password, handle=credentials.handle, email=credentials.email, field="new_password"
        )
        password_hash = await hashing.hash(password)

        async def effect(tx: Tx, ended: list[int]) -> None:
            ended += await service.reset_password(services, tx, token=body.token, password_hash=password_hash)

        return await write_ending(request, effect)
