"""Tokens that nobody but us could have made are taken; no other, and no other spelling of them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hubbub.identity import Identity, InvalidToken
from tests.support.identity import problem
from tests.support.world import Person, World

Json = dict[str, Any]


class Forge:
    """Makes tokens from pieces; by default with our own key, so that one thing alone is wrong."""

    def __init__(self, key: Ed25519PrivateKey, kid: str, person: Person) -> None:
        self.key = key
        self.public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.raw_public = key.public_key().public_bytes_raw()
        self.kid = kid
        self.person = person

    @property
    def header(self) -> Json:
        return {"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid}

    @property
    def claims(self) -> Json:
        now = int(time.time())
        return {
            "iss": "http://test",
            "aud": "hubbub",
            "sub": str(self.person.id),
            "sid": str(self.person.session_id),
            "iat": now,
            "exp": now + 900,
            "jti": "x",
        }

    def sign(self, header: Json | bytes, claims: Json | bytes, key: Ed25519PrivateKey | None = None) -> str:
        signed = f"{segment(header)}.{segment(claims)}"
        return f"{signed}.{encode((key or self.key).sign(signed.encode()))}"

    def good(self) -> str:
        return self.sign(self.header, self.claims)

    def with_header(self, **changes: Any) -> str:
        return self.sign(changed(self.header, changes), self.claims)

    def with_claims(self, **changes: Any) -> str:
        return self.sign(self.header, changed(self.claims, changes))

    def hmac(self, secret: bytes, alg: str = "HS256") -> str:
        signed = f"{segment({**self.header, 'alg': alg})}.{segment(self.claims)}"
        return f"{signed}.{encode(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def unsigned(self, alg: str) -> str:
        return f"{segment({**self.header, 'alg': alg})}.{segment(self.claims)}."


GONE = object()


def changed(values: Json, changes: Json) -> Json:
    return {name: value for name, value in {**values, **changes}.items() if value is not GONE}


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def segment(value: Json | bytes) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def other_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def own_jwk(key: Ed25519PrivateKey) -> Json:
    return {"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key().public_bytes_raw())}


def with_own_key(forge: Forge, field: str, value: Any = None) -> str:
    """A header that offers the key it was signed with."""
    key = other_key()
    return forge.sign({**forge.header, field: value or own_jwk(key)}, forge.claims, key)


def es256(forge: Forge) -> str:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwt.encode(forge.claims, pem, algorithm="ES256", headers={"typ": "at+jwt", "kid": forge.kid})


def last_character_respelled(token: str) -> str:
    """Another letter for the same bytes: the last one carries four bits that decode to nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    at = alphabet.index(token[-1])
    return token[:-1] + alphabet[at ^ 1]


FORGERIES: dict[str, Callable[[Forge], str]] = {
    "alg none": lambda f: f.unsigned("none"),
    "alg None": lambda f: f.unsigned("None"),
    "alg nOnE": lambda f: f.unsigned("nOnE"),
    "alg empty": lambda f: f.unsigned(""),
    "alg none with a signature": lambda f: f.with_header(alg="none"),
    "alg missing": lambda f: f.with_header(alg=GONE),
    "alg is a number": lambda f: f.with_header(alg=1),
    "alg eddsa": lambda f: f.with_header(alg="eddsa"),
    "alg Ed25519": lambda f: f.with_header(alg="Ed25519"),
    "HS256 with the public key in PEM": lambda f: f.hmac(f.public),
    "HS256 with the raw public key": lambda f: f.hmac(f.raw_public),
    "HS256 with nothing": lambda f: f.hmac(b""),
    "HS256 with the key id": lambda f: f.hmac(f.kid.encode()),
    "HS512 named": lambda f: f.hmac(f.public, "HS512"),
    "ES256": es256,
    "RS256 named": lambda f: f.with_header(alg="RS256"),
    "signed by another key": lambda f: f.sign(f.header, f.claims, other_key()),
    "jwk in the header": lambda f: with_own_key(f, "jwk"),
    "jku in the header": lambda f: with_own_key(f, "jku", "http://127.0.0.1:1/jwks.json"),
    "x5u in the header": lambda f: with_own_key(f, "x5u", "http://127.0.0.1:1/cert.pem"),
    "x5c in the header": lambda f: with_own_key(f, "x5c", ["MII"]),
    "jwk beside our signature": lambda f: f.with_header(jwk=own_jwk(f.key)),
    "crit": lambda f: f.with_header(crit=["exp"]),
    "b64 false": lambda f: f.with_header(b64=False, crit=["b64"]),
    "zip": lambda f: f.with_header(zip="DEF"),
    "cty": lambda f: f.with_header(cty="JWT"),
    "kid missing": lambda f: f.with_header(kid=GONE),
    "kid empty": lambda f: f.with_header(kid=""),
    "kid null": lambda f: f.with_header(kid=None),
    "kid a path": lambda f: f.with_header(kid="../../../dev/null"),
    "kid an injection": lambda f: f.with_header(kid="' or 1=1 --"),
    "kid of 10 KB": lambda f: f.with_header(kid="k" * 10_000),
    "kid unknown": lambda f: f.with_header(kid="unknown-key"),
    "kid a list": lambda f: f.with_header(kid=["a"]),
    "typ JWT": lambda f: f.with_header(typ="JWT"),
    "typ missing": lambda f: f.with_header(typ=GONE),
    "typ in capitals": lambda f: f.with_header(typ="AT+JWT"),
    "typ with application/": lambda f: f.with_header(typ="application/at+jwt"),
    "header a list": lambda f: f.sign(b"[]", f.claims),
    "header no JSON": lambda f: f.sign(b"{", f.claims),
    "header no UTF-8": lambda f: f.sign(b'{"alg":"\xff"}', f.claims),
    "header empty": lambda f: f.sign(b"", f.claims),
    "claims a list": lambda f: f.sign(f.header, b"[]"),
    "claims no JSON": lambda f: f.sign(f.header, b"{"),
    "claims null": lambda f: f.sign(f.header, b"null"),
    "issuer another": lambda f: f.with_claims(iss="http://evil.test"),
    "issuer missing": lambda f: f.with_claims(iss=GONE),
    "issuer a list": lambda f: f.with_claims(iss=["http://test"]),
    "audience another": lambda f: f.with_claims(aud="other"),
    "audience missing": lambda f: f.with_claims(aud=GONE),
    "audience a list with ours": lambda f: f.with_claims(aud=["hubbub", "other"]),
    "expired a second ago": lambda f: f.with_claims(exp=int(time.time()) - 1),
    "exp missing": lambda f: f.with_claims(exp=GONE),
    "exp a text": lambda f: f.with_claims(exp="never"),
    "exp null": lambda f: f.with_claims(exp=None),
    "exp huge": lambda f: f.with_claims(exp=10**400),
    "exp infinite": lambda f: f.sign(f.header, json.dumps({**f.claims, "exp": float("inf")}).encode()),
    "nbf ahead": lambda f: f.with_claims(nbf=int(time.time()) + 60),
    "sub missing": lambda f: f.with_claims(sub=GONE),
    "sub a number": lambda f: f.with_claims(sub=f.person.id),
    "sub zero": lambda f: f.with_claims(sub="0"),
    "sub too large": lambda f: f.with_claims(sub="9" * 19),
    "sub a name": lambda f: f.with_claims(sub="ada"),
    "sub in other digits": lambda f: f.with_claims(sub="١٢٣"),
    "sid missing": lambda f: f.with_claims(sid=GONE),
    "sid a number": lambda f: f.with_claims(sid=f.person.session_id),
    "sid of nobody": lambda f: f.with_claims(sid="1"),
    "iat missing": lambda f: f.with_claims(iat=GONE),
    "iat a text": lambda f: f.with_claims(iat="now"),
    "jti missing": lambda f: f.with_claims(jti=GONE),
    "a claim too many": lambda f: f.with_claims(role="admin"),
    "signature missing": lambda f: f.good().rpartition(".")[0],
    "signature empty": lambda f: f.good().rpartition(".")[0] + ".",
    "signature twice": lambda f: f.good() + "." + f.good().rpartition(".")[2],
    "signature cut": lambda f: f.good()[:-4],
    "signature of zeros": lambda f: f.good().rpartition(".")[0] + "." + encode(bytes(64)),
    "signature respelled": lambda f: last_character_respelled(f.good()),
    "padding": lambda f: f.good() + "==",
    "padding inside": lambda f: f.good().replace(".", "==.", 1),
    "plus for minus": lambda f: f.good().rpartition(".")[0] + "." + "+" * 86,
    "space inside": lambda f: f.good().replace(".", ". ", 1),
    "tab inside": lambda f: f.good().replace(".", "\t.", 1),
    "five parts, as a JWE has": lambda f: ".".join([*f.good().split("."), "a", "b"]),
    "one part": lambda f: f.good().replace(".", ""),
    "JSON serialisation": lambda f: json.dumps({"payload": segment(f.claims), "signatures": []}),
    "empty parts": lambda f: "..",
    "a refresh token": lambda f: f.person.refresh_token,
    "a word": lambda f: "token",
    "10 KB": lambda f: "a" * 10_000,
}


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


@pytest.fixture
async def forge(world: World, ada: Person) -> Forge:
    kid, key = await world.services.part(Identity).keys.signer()
    return Forge(key, kid, ada)


async def test_what_the_forge_makes_by_our_rules_is_taken(world: World, forge: Forge) -> None:
    reply = await world.get("/v1/me", headers={"Authorization": f"Bearer {forge.good()}"})

    assert reply.status_code == 200


async def test_no_forgery_is_taken(world: World, forge: Forge) -> None:
    taken = {}
    for name, make in FORGERIES.items():
        reply = await world.get("/v1/me", headers={"Authorization": f"Bearer {make(forge)}"})
        if (reply.status_code, reply.json().get("code")) != (401, "invalid_token"):
            taken[name] = reply.text

    assert taken == {}
    assert len(FORGERIES) >= 40


async def test_a_forgery_is_refused_where_a_token_is_optional_too(world: World, forge: Forge) -> None:
    reply = await world.get(
        f"/v1/accounts/{forge.person.id}", headers={"Authorization": f"Bearer {forge.hmac(forge.public)}"}
    )

    assert problem(reply) == (401, "invalid_token")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "bearer", "Token x"])
async def test_a_header_without_a_bearer_token_is_refused(world: World, header: str) -> None:
    reply = await world.get("/v1/me", headers={"Authorization": header})

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")


def bits(token: str) -> Iterator[str]:
    raw = token.encode()
    for at in range(len(raw)):
        for bit in range(8):
            flipped = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            yield flipped.decode("latin-1")


async def test_no_bit_can_be_flipped(world: World, ada: Person) -> None:
    access = world.services.part(Identity).access
    accepted = []
    tried = 0
    for variant in bits(ada.token):
        tried += 1
        try:
            await access.verify(variant)
        except InvalidToken:
            continue
        accepted.append(variant)

    assert accepted == []
    assert tried == len(ada.token) * 8


async def test_a_token_that_is_remembered_still_ends(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = world.services.part(Identity).access
    grant = await access.verify(ada.token)
    monkeypatch.setattr(time, "time", lambda: float(grant.expires_at))

    with pytest.raises(InvalidToken):
        await access.verify(ada.token)


async def test_only_hashes_of_tokens_are_remembered(world: World, ada: Person) -> None:
    access = world.services.part(Identity).access
    await access.verify(ada.token)

    assert list(access._known) == [hashlib.sha256(ada.token.encode()).digest()]


async def test_unknown_keys_are_looked_up_now_and_then_only(world: World, forge: Forge) -> None:
    with world.db.recorded_statements() as statements:
        for number in range(20):
            await world.get(
                "/v1/me", headers={"Authorization": f"Bearer {forge.with_header(kid=f'k{number}')}"}
            )

    assert len(statements) <= 1
