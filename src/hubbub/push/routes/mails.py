from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from hubbub.accounts import AccountNotFound
from hubbub.platform.db import Tx
from hubbub.platform.http import Query, Reply, Request, Routes
from hubbub.push import mails
from hubbub.push.queries.mails import MailPreferences
from hubbub.push.schemas import MailPreferencesChanges, MailPreferencesView
from hubbub.push.unsubscribing import UnsubscribeLinkInvalid, read_token

routes = Routes("E-mail")
HTML = "text/html; charset=utf-8"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="robots" content="noindex"><title>Mails from Hubbub</title></head>
<body><h1>Mails from Hubbub</h1>{}</body>
</html>
"""
QUESTION = PAGE.format(
    '<p>Shall mails like the one you come from end?</p><form method="post">'
    '<button name="List-Unsubscribe" value="One-Click">Send me no more of them</button></form>'
)
DONE = PAGE.format(
    "<p>There will be no more of them. The app's settings have them, should you miss them.</p>"
)


class UnsubscribeQuery(Query, frozen=True, kw_only=True):
    token: Annotated[str, Meta(min_length=1, max_length=200, description="Of the link in the mail.")]


@routes.get("/v1/mail/preferences", returns=MailPreferencesView)
async def get_mail_preferences(request: Request) -> MailPreferencesView:
    """What is mailed to you."""
    async with request.db.connection() as tx:
        return _view(await mails.load_mail_preferences(tx, request.viewer.id))


@routes.patch("/v1/mail/preferences", returns=MailPreferencesView)
async def update_mail_preferences(request: Request, body: MailPreferencesChanges) -> Reply:
    """Change what is mailed to you. Mails go to a confirmed address only."""

    async def effect(tx: Tx) -> MailPreferencesView:
        return _view(await mails.update_mail_preferences(tx, account_id=request.viewer.id, changes=body))

    return await request.write(effect)


@routes.get(
    "/v1/mail/unsubscribe", returns=bytes, auth="none", media_type=HTML, errors=[UnsubscribeLinkInvalid]
)
async def open_unsubscribe(request: Request, query: UnsubscribeQuery) -> Reply:
    """The page behind the link in a mail. Looking at it changes nothing, for programs follow links too."""
    read_token(request.services.keyring, query.token)
    return Reply(QUESTION.encode(), headers=HEADERS, media_type=HTML)


@routes.post(
    "/v1/mail/unsubscribe", returns=bytes, auth="none", media_type=HTML, errors=[UnsubscribeLinkInvalid]
)
async def unsubscribe(request: Request, query: UnsubscribeQuery) -> Reply:
    """End mails of this kind, without a log-in and at once (RFC 8058). May be repeated."""
    account_id, kind = read_token(request.services.keyring, query.token)

    async def effect(tx: Tx) -> Reply:
        with suppress(AccountNotFound):  # then nobody is mailed any more
            await mails.end_mails(tx, account_id=account_id, kind=kind)
        return Reply(DONE.encode(), headers=HEADERS)

    return replace(await request.write(effect), media_type=HTML)


def _view(found: MailPreferences) -> MailPreferencesView:
    return MailPreferencesView(events=found.sends_events, digest=found.digest)
