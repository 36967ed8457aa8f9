"""What the mails say. Plain text, and links that begin with the configured public URL only."""

from hubbub.platform.mail import Letter

SIGNATURE = "\n\nYour Hubbub\n"


def verify_email(*, to: str, handle: str, link: str) -> Letter:
    return Letter(
        to,
        "Confirm your e-mail address",
        f"Hello @{handle},\n\nplease confirm that this address is yours:\n\n{link}\n\n"
        f"The link works once, for a day. If you did not sign up, ignore this mail.{SIGNATURE}",
    )


def reset_password(*, to: str, handle: str, link: str) -> Letter:
    return Letter(
        to,
        "Set a new password",
        f"Hello @{handle},\n\nsomebody, we hope you, asked for a new password. Set it here:\n\n{link}\n\n"
        "The link works once, for an hour. If it was not you, ignore this mail: nothing has changed."
        f"{SIGNATURE}",
    )


def confirm_new_email(*, to: str, handle: str, link: str) -> Letter:
    return Letter(
        to,
        "Confirm your new e-mail address",
        f"Hello @{handle},\n\nplease confirm that your account shall use this address:\n\n{link}\n\n"
        f"The link works once, for an hour. If it was not you, ignore this mail.{SIGNATURE}",
    )


def email_change_asked(*, to: str, handle: str, new_email: str) -> Letter:
    return Letter(
        to,
        "Your e-mail address is about to change",
        f"Hello @{handle},\n\nsomebody who knows your password asked to change the address of your account "
        f"to {new_email}. It changes once the new address is confirmed.\n\nIf it was not you, set a new "
        f"password now; that stops the change.{SIGNATURE}",
    )


def password_changed(*, to: str, handle: str) -> Letter:
    return Letter(
        to,
        "Your password was changed",
        f"Hello @{handle},\n\nyour password was changed, and other devices were logged out.\n\n"
        f"If it was not you, ask for a new password at once.{SIGNATURE}",
    )


def second_factor_changed(*, to: str, handle: str, is_on: bool) -> Letter:
    state = "on" if is_on else "off"
    return Letter(
        to,
        f"Your second factor is {state}",
        f"Hello @{handle},\n\nthe second factor of your account was turned {state}.\n\n"
        f"If it was not you, set a new password at once.{SIGNATURE}",
    )


def deletion_begun(*, to: str, handle: str, days: int) -> Letter:
    return Letter(
        to,
        "Your account will be deleted",
        f"Hello @{handle},\n\nyour account is hidden now and will be deleted for good in {days} days. "
        f"Log in before then to keep it.{SIGNATURE}",
    )


def address_in_use(*, to: str) -> Letter:
    return Letter(
        to,
        "This address has an account already",
        "Hello,\n\nsomebody tried to give this address to another account. Nothing has changed, "
        f"and there is nothing for you to do.{SIGNATURE}",
    )
