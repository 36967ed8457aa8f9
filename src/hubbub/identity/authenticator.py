from hubbub.identity.access_tokens import AccessTokens
from hubbub.identity.errors import AccountSuspended, InvalidToken
from hubbub.identity.session_states import SessionStates
from hubbub.platform.http import Viewer


class IdentityAuthenticator:
    """From an access token to the viewer it speaks for."""

    def __init__(self, tokens: AccessTokens, states: SessionStates) -> None:
        self._tokens = tokens
        self._states = states

    async def authenticate(self, token: str) -> Viewer:
        """Raises InvalidToken, AccountSuspended, or Unavailable when nobody can say.

        For a token and session seen within the last second it costs no round trip.
        """
        grant = await self._tokens.verify(token)
        state = await self._states.look_up(grant.account_id, grant.session_id)
        if state.standing == "live":
            return Viewer(grant.account_id, grant.session_id, state.role, grant.expires_at)
        if state.standing == "suspended":
            raise AccountSuspended(str(grant.account_id))
        raise InvalidToken("session ended")
