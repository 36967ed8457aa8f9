"""The second factor: time-based codes (RFC 6238), each taken once, and recovery codes."""

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import quote

import pyotp

from hubbub.identity.errors import TotpAlreadyOn, TotpCodeWrong, TotpIsOff, TotpNotStarted
from hubbub.identity.events import SecondFactorChanged
from hubbub.identity.queries import factors as queries
from hubbub.identity.service.audit import note
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce
from hubbub.platform.secrets import Keyring

STEP_SECONDS = 30
# A phone's clock may be half a minute off either way.
WINDOW = 1
RECOVERY_CODES = 10
_PURPOSE = "totp secret"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StartedFactor:
    secret: str
    uri: str


async def start_factor(keyring: Keyring, tx: Tx, *, account_id: int, label: str) -> StartedFactor:
    """A new secret that counts once a code confirms it. Raises TotpAlreadyOn."""
    secret = pyotp.random_base32()
    sealed = keyring.seal(_PURPOSE, secret.encode())
    if not await queries.upsert_factor(tx, account_id=account_id, sealed_secret=sealed):
        raise TotpAlreadyOn
    uri = f"otpauth://totp/Hubbub:{quote(label)}?secret={secret}&issuer=Hubbub"
    return StartedFactor(secret, uri)


async def confirm_factor(keyring: Keyring, tx: Tx, *, account_id: int, code: str) -> list[str]:
    """Turn the factor on and return its recovery codes, this once.

    Raises TotpNotStarted, TotpAlreadyOn, TotpCodeWrong.
    """
    factor = await queries.select_factor_for_update(tx, account_id)
    if factor is None:
        raise TotpNotStarted
    if factor.is_confirmed:
        raise TotpAlreadyOn
    if not await _use_totp(keyring, tx, account_id, factor, code):
        raise TotpCodeWrong
    await announce(tx, SecondFactorChanged(account_id=account_id, is_on=True))
    await note(tx, account_id, "turn_totp_on")
    return await replace_recovery_codes(keyring, tx, account_id)


async def use_code(keyring: Keyring, tx: Tx, *, account_id: int, code: str) -> bool:
    """Whether the code, of the factor or for recovery, is good; it is used up then."""
    factor = await queries.select_factor_for_update(tx, account_id)
    if factor is None or not factor.is_confirmed:
        return False
    if _DIGITS.fullmatch(_without_spaces(code)):
        return await _use_totp(keyring, tx, account_id, factor, code)
    code_hash = _hash_of_code(keyring, account_id, code)
    return await queries.delete_recovery_code(tx, account_id=account_id, code_hash=code_hash)


async def new_recovery_codes(keyring: Keyring, tx: Tx, account_id: int) -> list[str]:
    """Ten new codes; the old ones are void. Raises TotpIsOff."""
    factor = await queries.select_factor_for_update(tx, account_id)
    if factor is None or not factor.is_confirmed:
        raise TotpIsOff
    await note(tx, account_id, "renew_recovery_codes")
    return await replace_recovery_codes(keyring, tx, account_id)


async def remove_factor(tx: Tx, account_id: int) -> None:
    """Raises TotpIsOff."""
    factor = await queries.select_factor_for_update(tx, account_id)
    if factor is None or not factor.is_confirmed:
        raise TotpIsOff
    await queries.delete_factor(tx, account_id)
    await queries.delete_recovery_codes(tx, account_id)
    await announce(tx, SecondFactorChanged(account_id=account_id, is_on=False))
    await note(tx, account_id, "turn_totp_off")


async def count_codes(tx: Tx, account_id: int) -> int:
    """Recovery codes left."""
    return await queries.count_recovery_codes(tx, account_id)


async def replace_recovery_codes(keyring: Keyring, tx: Tx, account_id: int) -> list[str]:
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    await queries.delete_recovery_codes(tx, account_id)
    await queries.insert_recovery_codes(
        tx, account_id=account_id, code_hashes=[_hash_of_code(keyring, account_id, code) for code in codes]
    )
    return codes


async def _use_totp(keyring: Keyring, tx: Tx, account_id: int, factor: queries.Factor, code: str) -> bool:
    counter = _counter_of(keyring.unseal(_PURPOSE, factor.sealed_secret).decode(), code, factor.last_counter)
    if counter is None:
        return False
    await queries.update_factor_used(tx, account_id=account_id, counter=counter)
    return True


def _counter_of(secret: str, code: str, last_counter: int) -> int | None:
    """The time step that the code belongs to, if it is near and later than the last one used."""
    typed = _without_spaces(code)
    if not _DIGITS.fullmatch(typed):
        return None
    now = int(time.time()) // STEP_SECONDS
    codes = pyotp.HOTP(secret)
    found = [
        counter
        for counter in range(now - WINDOW, now + WINDOW + 1)
        if hmac.compare_digest(codes.at(counter), typed)
    ]
    return next((counter for counter in found if counter > last_counter), None)


def _without_spaces(code: str) -> str:
    """As apps show codes in two groups, people type them so."""
    return code.replace(" ", "")


def _new_code() -> str:
    """Ten characters, 49 random bits; easy to read aloud."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{text[:5]}-{text[5:]}"


def _hash_of_code(keyring: Keyring, account_id: int, code: str) -> bytes:
    """Keyed, for 49 bits would not withstand a search of a stolen table."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return keyring.mac("recovery code", f"{account_id} {plain}".encode())
