"""Language tags (BCP 47): language, then script, region and variants."""

import re

from hubbub.platform.text.refusals import refusal

MAX_LANGUAGE_LENGTH = 35

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def parse_language(raw: str, *, field: str = "language") -> str:
    """`raw` in canonical case (`zh-Hant-TW`); well-formed, not necessarily registered.

    Raises Invalid `language_invalid` when it has more than 35 characters or another shape: extensions and
    private use (`x-…`) are not accepted.
    """
    if len(raw) > MAX_LANGUAGE_LENGTH or not _TAG.fullmatch(raw):
        raise refusal(field, "language_invalid", "A language tag such as en, pt-BR or zh-Hant.")
    language, *rest = raw.split("-")
    return "-".join([language.lower(), *map(_canonical_subtag, rest)])


def _canonical_subtag(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title()
    return subtag.lower()
