"""What mails about events say: never a text that somebody wrote, and links of ours only."""

from hubbub.identity import VerifiedEmail
from hubbub.platform.mail import Letter


def event(to: VerifiedEmail, *, title: str, app_url: str, unsubscribe_url: str) -> Letter:
    text = f"{title}.\n\nSee it here: {app_url}"
    return _letter(to, title, text, unsubscribe_url)


def digest(to: VerifiedEmail, *, how_many: str, app_url: str, unsubscribe_url: str) -> Letter:
    what = f"{how_many} new notification" + ("" if how_many == "1" else "s")
    return _letter(to, f"You have {what}", f"You have {what}.\n\nSee them here: {app_url}", unsubscribe_url)


def _letter(to: VerifiedEmail, subject: str, text: str, unsubscribe_url: str) -> Letter:
    return Letter(
        to.email,
        subject,
        f"Hello @{to.handle},\n\n{text}\n\nNo more mails like this one: {unsubscribe_url}\n\nYour Hubbub\n",
        unsubscribe_url,
    )
