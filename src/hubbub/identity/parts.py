from dataclasses import dataclass

from hubbub.identity.access_tokens import AccessTokens
from hubbub.identity.authenticator import IdentityAuthenticator
from hubbub.identity.defaults import Defaults
from hubbub.identity.hashing import PasswordHashing
from hubbub.identity.refresh_tokens import RefreshTokens
from hubbub.identity.session_states import SessionStates
from hubbub.identity.signing_keys import SigningKeys
from hubbub.platform.services import Services
from hubbub.platform.turns import Turns


@dataclass(frozen=True, slots=True)
class Identity:
    """What a process keeps for telling who asks; `services.part(Identity)`."""

    hashing: PasswordHashing
    keys: SigningKeys
    access: AccessTokens
    refresh: RefreshTokens
    states: SessionStates
    turns: Turns


async def start_identity(services: Services) -> None:
    """Load the signing keys, listen for revocations, and let requests be authenticated."""
    settings = services.settings.identity
    ttl_seconds = settings.access_ttl_seconds
    keys = SigningKeys(services.db, services.keyring, access_ttl_seconds=ttl_seconds)
    access = AccessTokens(keys, issuer=services.public_url, ttl_seconds=ttl_seconds)
    states = SessionStates(services.db, services.valkey, access_ttl_seconds=ttl_seconds)
    await keys.start()
    await states.start()
    services.add(
        Identity(
            hashing=PasswordHashing(settings.hash_threads),
            keys=keys,
            access=access,
            refresh=RefreshTokens(services.keyring),
            states=states,
            turns=Turns(),
        )
    )
    services.add(Defaults(services.db, services.changes))
    services.authenticator = IdentityAuthenticator(access, states)
