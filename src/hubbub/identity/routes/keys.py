from typing import Annotated, Literal

from msgspec import Meta

from hubbub.identity.parts import Identity
from hubbub.identity.signing_keys import JWKS_MAX_AGE_SECONDS
from hubbub.platform.http import Reply, Request, Routes, View

routes = Routes("Log-in")


class JwkView(View, frozen=True, kw_only=True):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    use: Literal["sig"]
    alg: Literal["EdDSA"]
    kid: Annotated[str, Meta(max_length=40)]
    x: Annotated[str, Meta(max_length=43)]


class JwksView(View, frozen=True, kw_only=True):
    keys: Annotated[tuple[JwkView, ...], Meta(max_length=100)]


@routes.get("/.well-known/jwks.json", returns=JwksView, auth="none")
async def get_jwks(request: Request) -> Reply:
    """The public keys that access tokens are signed with (RFC 7517).

    A new key stands here before it signs, and an old one for as long as a token of it may live.
    """
    keys = request.services.part(Identity).keys
    await keys.refresh()
    return Reply(keys.jwks, headers={"Cache-Control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"})
