"""Accounts: who there is, their handles, profiles, states and public cards."""

from hubbub.accounts.cards import (
    Fragment,
    load_cards,
    load_fragments,
    read_card,
    refresh_account,
    start_accounts,
)
from hubbub.accounts.errors import AccountNotFound, HandleTaken
from hubbub.accounts.events import AccountChanged, AccountCreated, AccountPurged, AccountStateChanged
from hubbub.accounts.present import card_view, public_profile
from hubbub.accounts.profile_text import (
    MAX_BIO_CHARACTERS,
    MAX_FIELDS,
    MAX_LINKS,
    MAX_NAME_CHARACTERS,
    ProfileChanges,
    clean_display_name,
)
from hubbub.accounts.queries import Account, ProfileField
from hubbub.accounts.schemas import AccountCounts, BioEntities, CardView, FieldView, PublicProfile
from hubbub.accounts.service import (
    State,
    create_account,
    find_account_id,
    find_account_ids,
    load_account,
    load_accounts,
    lock_account,
    set_role,
    set_state,
    update_profile,
)

__all__ = [
    "MAX_BIO_CHARACTERS",
    "MAX_FIELDS",
    "MAX_LINKS",
    "MAX_NAME_CHARACTERS",
    "Account",
    "AccountChanged",
    "AccountCounts",
    "AccountCreated",
    "AccountNotFound",
    "AccountPurged",
    "AccountStateChanged",
    "BioEntities",
    "CardView",
    "FieldView",
    "Fragment",
    "HandleTaken",
    "ProfileChanges",
    "ProfileField",
    "PublicProfile",
    "State",
    "card_view",
    "clean_display_name",
    "create_account",
    "find_account_id",
    "find_account_ids",
    "load_account",
    "load_accounts",
    "load_cards",
    "load_fragments",
    "lock_account",
    "public_profile",
    "read_card",
    "refresh_account",
    "set_role",
    "set_state",
    "start_accounts",
    "update_profile",
]
