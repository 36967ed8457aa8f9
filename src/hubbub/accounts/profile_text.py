"""What people may write on their profile, and what it is turned into before it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hubbub.accounts.queries import Account, ProfileField, ProfileText
from hubbub.errors import FieldError, Invalid
from hubbub.platform.text.clean import clean_text
from hubbub.platform.text.entities import extract_entities
from hubbub.platform.text.languages import parse_language
from hubbub.platform.text.links import safe_link

A = TypeVar("A")
B = TypeVar("B")

MAX_NAME_CHARACTERS = 60
MAX_BIO_CHARACTERS = 1000
MAX_FIELDS = 8
MAX_FIELD_NAME_CHARACTERS = 40
MAX_FIELD_VALUE_CHARACTERS = 200
MAX_LINKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What to change, as it was typed; None leaves a part as it is."""

    display_name: str | None = None
    bio: str | None = None
    fields: Sequence[ProfileField] | None = None
    links: Sequence[str] | None = None
    is_private: bool | None = None
    is_discoverable: bool | None = None
    locale: str | None = None


def clean_display_name(raw: str) -> str:
    """Raises Invalid at `/display_name`."""
    return clean_text(raw, max_characters=MAX_NAME_CHARACTERS, field="display_name", multiline=False)


def merge_profile(account: Account, changes: ProfileChanges) -> ProfileText:
    """The profile after the changes, cleaned. Raises Invalid naming every part that is refused."""
    cleaning = _Cleaning()
    bio = cleaning.of(_clean_bio, changes.bio, account.bio)
    profile = ProfileText(
        display_name=cleaning.of(clean_display_name, changes.display_name, account.display_name),
        bio=bio,
        bio_entities=account.bio_entities if bio == account.bio else extract_entities(bio),
        fields=cleaning.of(_clean_fields, changes.fields, account.fields),
        links=cleaning.of(_clean_links, changes.links, account.links),
        locale=cleaning.of(_clean_locale, changes.locale, account.locale),
        is_private=account.is_private if changes.is_private is None else changes.is_private,
        is_discoverable=account.is_discoverable
        if changes.is_discoverable is None
        else changes.is_discoverable,
    )
    if cleaning.errors:
        raise Invalid("profile", errors=cleaning.errors)
    return profile


def text_of(account: Account) -> ProfileText:
    """The profile as it is stored."""
    return ProfileText(
        display_name=account.display_name,
        bio=account.bio,
        bio_entities=account.bio_entities,
        fields=account.fields,
        links=account.links,
        locale=account.locale,
        is_private=account.is_private,
        is_discoverable=account.is_discoverable,
    )


class _Cleaning:
    """Collects what is refused, so that a form shows all its errors at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def of(self, clean: Callable[[A], B], typed: A | None, otherwise: B) -> B:
        if typed is None:
            return otherwise
        try:
            return clean(typed)
        except Invalid as error:
            self.errors += error.errors
            return otherwise


def _clean_bio(raw: str) -> str:
    return clean_text(raw, max_characters=MAX_BIO_CHARACTERS, field="bio")


def _clean_locale(raw: str) -> str:
    return parse_language(raw, field="locale")


def _clean_fields(fields: Sequence[ProfileField]) -> tuple[ProfileField, ...]:
    if len(fields) > MAX_FIELDS:
        raise Invalid(errors=[FieldError("/fields", "too_long", f"At most {MAX_FIELDS} fields.")])
    cleaning = _Cleaning()
    found = tuple(
        ProfileField(
            name=cleaning.of(_cleaner(f"fields/{at}/name", MAX_FIELD_NAME_CHARACTERS), field.name, ""),
            value=cleaning.of(_cleaner(f"fields/{at}/value", MAX_FIELD_VALUE_CHARACTERS), field.value, ""),
        )
        for at, field in enumerate(fields)
    )
    if cleaning.errors:
        raise Invalid(errors=cleaning.errors)
    return found


def _cleaner(pointer: str, max_characters: int) -> Callable[[str], str]:
    def clean(raw: str) -> str:
        return clean_text(raw, max_characters=max_characters, field=pointer, multiline=False, required=True)

    return clean


def _clean_links(links: Sequence[str]) -> tuple[str, ...]:
    if len(links) > MAX_LINKS:
        raise Invalid(errors=[FieldError("/links", "too_long", f"At most {MAX_LINKS} links.")])
    safe = [safe_link(raw.strip()) for raw in links]
    errors = [
        FieldError(f"/links/{at}", "link_unsafe", "An http or https address with a public host name.")
        for at, link in enumerate(safe)
        if link is None
    ]
    if errors:
        raise Invalid(errors=errors)
    return tuple(dict.fromkeys(link for link in safe if link is not None))
