from functools import partial

import pytest

from hubbub.platform.text.languages import parse_language
from tests.text.refused import refused


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("gsw", "gsw"),
        ("sl-ROZAJ", "sl-rozaj"),
        ("de-1996", "de-1996"),
    ],
)
def test_language_tags_are_put_in_canonical_case(raw: str, tag: str) -> None:
    assert parse_language(raw) == tag


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "e",
        "english",
        "en_US",
        "en-",
        "-en",
        "en--us",
        "x-mine",
        "en-x-a",
        "en-ü",
        "en\n",
        "en" + "-abcd" * 9,
    ],
)
def test_other_shapes_are_refused(raw: str) -> None:
    assert refused(partial(parse_language, raw)) == ("/language", "language_invalid")
