"""What people write here: cleaned, bounded, and folded as it is searched."""

import unicodedata
from hashlib import blake2b

import regex

from hubbub.errors import FieldError, Invalid
from hubbub.platform.text.clean import clean_text
from hubbub.platform.text.graphemes import count_graphemes
from hubbub.platform.text.refusals import refusal

MAX_TEXT_CHARACTERS = 4_000
# Four for each character; a text of many marks and joiners is no reason to cut off slow readers.
MAX_TEXT_BYTES = 16_384
MAX_NAME_CHARACTERS = 100
MAX_QUERY_CHARACTERS = 100
MAX_EMOJI_CODE_POINTS = 16

_EMOJI = regex.compile(
    r"(?:\p{Extended_Pictographic}|[\U0001F1E6-\U0001F1FF]{2}|[0-9#*]\uFE0F?\u20E3)"
    r"[\p{Emoji_Modifier}\p{Extended_Pictographic}\uFE0F\u200D\u2640\u2642\U000E0020-\U000E007F]*"
)
_CLIENT_ID = regex.compile(r"[A-Za-z0-9_.:-]+")
_MARKS = regex.compile(r"\p{Mn}")


def clean_message(raw: str) -> str:
    text = clean_text(raw, max_characters=MAX_TEXT_CHARACTERS, field="text", required=True)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise refusal("text", "too_long", f"At most {MAX_TEXT_BYTES} bytes in UTF-8.")
    return text


def clean_name(raw: str) -> str:
    return clean_text(raw, max_characters=MAX_NAME_CHARACTERS, field="name", multiline=False)


def clean_query(raw: str) -> str:
    """As texts are folded. Raises Invalid at `q`."""
    cleaned = clean_text(raw, max_characters=MAX_QUERY_CHARACTERS, field="q", multiline=False, required=True)
    return fold(cleaned) or cleaned.lower()


def read_emoji(raw: str) -> str:
    """One emoji, as it was typed. Raises Invalid at `emoji`."""
    is_one = len(raw) <= MAX_EMOJI_CODE_POINTS and _EMOJI.fullmatch(raw) and count_graphemes(raw) == 1
    if not is_one:
        raise Invalid(errors=[FieldError("emoji", "wrong_format", "must be one emoji")])
    return raw


def is_client_id(text: str) -> bool:
    """The pattern of the schema would let a line end pass."""
    return _CLIENT_ID.fullmatch(text) is not None


def fold(text: str) -> str | None:
    """Without case, accents and width; None where lower case is all there is to it."""
    if text.isascii():
        return None
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", plain.casefold())


def hash_content(text: str, reply_to: int | None) -> int:
    digest = blake2b(f"{reply_to or 0}\n{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
