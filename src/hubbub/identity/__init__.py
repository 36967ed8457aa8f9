"""Identity: who people are and how they prove it; sessions, tokens, passwords, second factors, deletion."""

from hubbub.identity.clients import Client, client_of
from hubbub.identity.defaults import Defaults
from hubbub.identity.errors import AccountSuspended, InvalidToken
from hubbub.identity.events import AccountRegistered, EmailChanged, PasswordChanged, SessionRevoked
from hubbub.identity.parts import Identity, start_identity
from hubbub.identity.queries.credentials import VerifiedEmail
from hubbub.identity.reactors import register_reactions
from hubbub.identity.routes import ROUTES
from hubbub.identity.schemas import PreferencesView, read_preferences
from hubbub.identity.service.administration import (
    PersonFile,
    Role,
    change_role,
    create_person,
    delete_person,
    find_person,
    reset_second_factor,
    suspend_person,
    unsuspend_person,
)
from hubbub.identity.service.emails import load_verified_emails
from hubbub.identity.service.lifecycle import suspend_account, unsuspend_account
from hubbub.identity.service.me import load_preferences_and_locale
from hubbub.identity.service.registration import NewPerson, check_sign_up, register_person
from hubbub.identity.service.sessions import (
    OpenSession,
    live_sessions,
    open_session,
    revoke_all_sessions,
    revoke_sessions,
)
from hubbub.identity.session_states import SessionStates
from hubbub.identity.signing_keys import rotate_keys

__all__ = [
    "ROUTES",
    "AccountRegistered",
    "AccountSuspended",
    "Client",
    "Defaults",
    "EmailChanged",
    "Identity",
    "InvalidToken",
    "NewPerson",
    "OpenSession",
    "PasswordChanged",
    "PersonFile",
    "PreferencesView",
    "Role",
    "SessionRevoked",
    "SessionStates",
    "VerifiedEmail",
    "change_role",
    "check_sign_up",
    "client_of",
    "create_person",
    "delete_person",
    "find_person",
    "live_sessions",
    "load_preferences_and_locale",
    "load_verified_emails",
    "open_session",
    "read_preferences",
    "register_person",
    "register_reactions",
    "reset_second_factor",
    "revoke_all_sessions",
    "revoke_sessions",
    "rotate_keys",
    "start_identity",
    "suspend_account",
    "suspend_person",
    "unsuspend_account",
    "unsuspend_person",
]
