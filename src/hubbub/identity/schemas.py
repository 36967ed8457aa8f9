from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hubbub.accounts import AccountCounts, CardView, PublicProfile
from hubbub.identity.queries.sessions import SessionRow
from hubbub.platform.http import Body, Id, PageQuery, Query, Time, Url, View, show_time
from hubbub.platform.ids import id_time
from hubbub.platform.text.emails import MAX_EMAIL_LENGTH
from hubbub.platform.text.passwords import MAX_PASSWORD_BYTES

# Generous where a check behind it names the broken rule better than a length does.
HandleText = Annotated[str, Meta(min_length=1, max_length=100, examples=["ada"])]
EmailText = Annotated[str, Meta(min_length=1, max_length=MAX_EMAIL_LENGTH + 66, examples=["ada@example.org"])]
PasswordText = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD_BYTES + 1)]
NameText = Annotated[str, Meta(max_length=1200)]
CodeText = Annotated[
    str, Meta(min_length=1, max_length=20, description="Six digits, or one of the recovery codes.")
]
TokenText = Annotated[str, Meta(min_length=1, max_length=200)]
RefreshText = Annotated[str, Meta(min_length=1, max_length=200)]


class RegisterBody(Body, frozen=True, kw_only=True):
    handle: HandleText
    email: EmailText
    password: PasswordText
    display_name: NameText = ""


class LoginBody(Body, frozen=True, kw_only=True):
    """`login` is a handle or an e-mail address."""

    login: Annotated[str, Meta(min_length=1, max_length=MAX_EMAIL_LENGTH + 66)]
    password: PasswordText
    totp: CodeText | None = None


class RefreshBody(Body, frozen=True, kw_only=True):
    refresh_token: RefreshText


class SessionNameBody(Body, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=1200)]


class ProofBody(Body, frozen=True, kw_only=True):
    """`totp` is needed where the account has a second factor."""

    password: PasswordText
    totp: CodeText | None = None


class PasswordChangeBody(Body, frozen=True, kw_only=True):
    current_password: PasswordText
    new_password: PasswordText


class ForgotBody(Body, frozen=True, kw_only=True):
    email: EmailText


class ResetBody(Body, frozen=True, kw_only=True):
    token: TokenText
    new_password: PasswordText


class MailTokenBody(Body, frozen=True, kw_only=True):
    token: TokenText


class EmailChangeBody(Body, frozen=True, kw_only=True):
    email: EmailText
    password: PasswordText


class CodeBody(Body, frozen=True, kw_only=True):
    code: CodeText


class OthersQuery(Query, frozen=True, kw_only=True):
    others: Literal["true"]


class SessionsQuery(PageQuery, frozen=True, kw_only=True):
    pass


class TokensView(View, frozen=True, kw_only=True):
    """`expires_in` is in seconds, of the access token."""

    account: CardView
    access_token: Annotated[str, Meta(max_length=1024)]
    refresh_token: Annotated[str, Meta(max_length=200)]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a type, no password
    expires_in: Annotated[int, Meta(ge=0)]


class SessionView(View, frozen=True, kw_only=True):
    """A device that is logged in."""

    id: Id
    name: NameText
    user_agent: Annotated[str, Meta(max_length=300)]
    ip: Annotated[str, Meta(max_length=64)]
    created_at: Time
    last_used_at: Time
    is_current: bool


class TotpView(View, frozen=True, kw_only=True):
    """Show `uri` as a QR code, or `secret` to type in."""

    secret: Annotated[str, Meta(max_length=64)]
    uri: Url


class RecoveryCodesView(View, frozen=True, kw_only=True):
    """Shown this once; each replaces one code of the second factor."""

    recovery_codes: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=10)]


class MeView(PublicProfile, frozen=True, kw_only=True):
    """Your own account, with what only you see."""

    email: Annotated[str, Meta(max_length=MAX_EMAIL_LENGTH)]
    email_verified: bool
    totp_enabled: bool
    recovery_codes_left: Annotated[int, Meta(ge=0, le=10)]
    state: Annotated[str, Meta(max_length=20)]
    role: Annotated[str, Meta(max_length=20)]
    locale: Annotated[str, Meta(max_length=35)]
    counts: AccountCounts


class FieldBody(Body, frozen=True, kw_only=True):
    name: NameText
    value: Annotated[str, Meta(max_length=4000)]


class ProfileBody(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    display_name: NameText | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=20_000)] | UnsetType = UNSET
    fields: Annotated[tuple[FieldBody, ...], Meta(max_length=8)] | UnsetType = UNSET
    links: Annotated[tuple[Url, ...], Meta(max_length=5)] | UnsetType = UNSET
    is_private: bool | UnsetType = UNSET
    is_discoverable: bool | UnsetType = UNSET
    locale: Annotated[str, Meta(min_length=1, max_length=35)] | UnsetType = UNSET


class PreferencesView(View, frozen=True, kw_only=True):
    """How clients shall behave for this account, the same on all its devices."""

    default_visibility: Literal["public", "unlisted", "followers", "mentioned"] = "public"
    default_language: Annotated[str, Meta(max_length=35)] | None = None
    sensitive_media: Literal["show", "blur", "hide"] = "blur"
    expand_content_warnings: bool = False
    autoplay_media: bool = True
    home_order: Literal["latest", "balanced"] = "latest"
    theme: Literal["system", "light", "dark"] = "system"


class PreferencesBody(Body, frozen=True, kw_only=True, omit_defaults=True):
    """What is left out stays as it is."""

    default_visibility: Literal["public", "unlisted", "followers", "mentioned"] | UnsetType = UNSET
    default_language: Annotated[str, Meta(min_length=2, max_length=35)] | UnsetType | None = UNSET
    sensitive_media: Literal["show", "blur", "hide"] | UnsetType = UNSET
    expand_content_warnings: bool | UnsetType = UNSET
    autoplay_media: bool | UnsetType = UNSET
    home_order: Literal["latest", "balanced"] | UnsetType = UNSET
    theme: Literal["system", "light", "dark"] | UnsetType = UNSET


def session_view(row: SessionRow, *, current_id: int) -> SessionView:
    return SessionView(
        id=str(row.id),
        name=row.name,
        user_agent=row.user_agent,
        ip=row.ip,
        created_at=show_time(id_time(row.id)),
        # The database's clock and ours may differ a little.
        last_used_at=show_time(max(row.last_used_at, id_time(row.id))),
        is_current=row.id == current_id,
    )


def read_preferences(body: str) -> PreferencesView:
    """What is stored over the defaults; names that are not known any more are passed over."""
    return msgspec.json.decode(body, type=PreferencesView)
