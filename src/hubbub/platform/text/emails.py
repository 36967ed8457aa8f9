"""E-mail addresses: syntax, international domains, and when two of them are one."""

import re
from dataclasses import dataclass

import idna

from hubbub.platform.text.refusals import refusal

MAX_EMAIL_LENGTH = 254
MAX_LOCAL_LENGTH = 64

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class Email:
    """`address` is written to; `folded` says which account it belongs to."""

    address: str
    folded: str

    @property
    def mailbox(self) -> str:
        """`folded` without a `+tag`: one person's many addresses share a sign-up budget.

        Log-in and uniqueness use `folded`, in which `a+1@…` and `a+2@…` are two addresses, because not
        every provider delivers them to one mailbox.
        """
        local, _, domain = self.folded.partition("@")
        return f"{local.partition('+')[0] or local}@{domain}"


def parse_email(raw: str, *, field: str = "email") -> Email:
    """The address in `raw`, spaces around it removed, its domain in lower-case ASCII (punycode).

    The local part keeps its case in `address` and is lower-case in `folded`: no large provider tells the
    two apart. Raises Invalid `email_invalid` for anything but `name@domain.tld` of at most 254 characters:
    no quotes, comments, controls, address literals, nor letters outside ASCII before the `@`.
    """
    address = _parse(raw.strip(" ")) if len(raw) <= MAX_EMAIL_LENGTH else None
    if address is None:
        raise refusal(field, "email_invalid", "An e-mail address such as name@example.org.")
    return Email(address=address, folded=address.lower())


def _parse(raw: str) -> str | None:
    local, _, domain = raw.partition("@")
    if len(local) > MAX_LOCAL_LENGTH or not _LOCAL.fullmatch(local):
        return None
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None or len(local) + 1 + len(ascii_domain) > MAX_EMAIL_LENGTH:
        return None
    return f"{local}@{ascii_domain}"


def _ascii_domain(domain: str) -> str | None:
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    return ascii_domain if _DOMAIN.fullmatch(ascii_domain) else None
