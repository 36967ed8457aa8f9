"""Free text as it is stored: normalised, without invisible tricks, of a bounded length."""

import unicodedata

import regex

from hubbub.platform.text.graphemes import count_graphemes, has_cluster_longer_than
from hubbub.platform.text.refusals import refusal

__all__ = ["clean_text", "count_graphemes"]

MAX_CODE_POINTS_PER_CHARACTER = 20
MAX_MARKS_IN_A_ROW = 8
# The longest cluster in common use, a kiss of two people with skin tones, has 10 code points.
MAX_CODE_POINTS_IN_A_CLUSTER = 32
MAX_BLANK_LINES = 2

_LINE_ENDS = regex.compile(r"\r\n|[\r\u2028\u2029]")
_CONTROLS = regex.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_SURROGATES_AND_NON_CHARACTERS = regex.compile(
    r"[\p{Cs}\uFDD0-\uFDEF"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_BIDI_EMBEDDINGS = regex.compile(r"[\u202A-\u202E]")
_ISOLATES = regex.compile(r"[\u2066-\u2069\n]")
_INVISIBLE = regex.compile(r"[\u180E\u200B\u2060-\u2065\u206A-\u206F\uFEFF\uFFF9-\uFFFB]")
# Tag characters are seen only inside the flags of England, Scotland and Wales.
_STRAY_TAGS = regex.compile(r"(?<![\U0001F3F4\U000E0020-\U000E007F])[\U000E0000-\U000E007F]")
_MARKS = regex.compile(rf"[\p{{M}}\u200C\u200D]{{{MAX_MARKS_IN_A_ROW + 1}}}")
_SOMETHING_TO_SEE = regex.compile(r"[^\s\p{C}\p{Z}\p{M}\u115F\u1160\u3164\uFFA0\u2800]")
_BLANKS = regex.compile(r"[ \n]++")


def clean_text(
    raw: str, *, max_characters: int, field: str, multiline: bool = True, required: bool = False
) -> str:
    """`raw` as it is to be stored: NFC, trimmed, one kind of line end; cleaning twice changes nothing.

    Characters are grapheme clusters. Tabs become spaces; at most two blank lines in a row stay; with
    `multiline=False` line ends and runs of spaces become one space.

    Raises Invalid pointing at `/field`:
    - `too_long`: more than `max_characters` characters, or 20 code points for each of them;
    - `required`: nothing visible is left and `required` is set;
    - `invalid_text`: controls, lone surrogates, non-characters, zero-width characters other than joiners,
      bidi embeddings and overrides, bidi isolates not closed in their line, more than 8 combining marks
      in a row, or one character of more than 32 code points.
    """
    if len(raw) > MAX_CODE_POINTS_PER_CHARACTER * max_characters:
        raise refusal(field, "too_long", f"At most {max_characters} characters.")
    text = _LINE_ENDS.sub("\n", raw).replace("\t", " ")
    # Normalising takes time quadratic in a run of marks, and can lengthen one: looked at before and after.
    problem = _problem_of(text) or _problem_of(text := unicodedata.normalize("NFC", text))
    if problem:
        raise refusal(field, "invalid_text", problem)
    text = _tidy(text, multiline=multiline)
    if required and not _SOMETHING_TO_SEE.search(text):
        raise refusal(field, "required", "There must be something to read.")
    count = count_graphemes(text)
    if count > max_characters:
        raise refusal(field, "too_long", f"At most {max_characters} characters; this has {count}.")
    return text


def _problem_of(text: str) -> str | None:
    if _CONTROLS.search(text):
        return "Control characters are not accepted."
    if text.isascii():
        return None
    if _SURROGATES_AND_NON_CHARACTERS.search(text):
        return "Surrogates and non-characters are not accepted."
    if _INVISIBLE.search(text) or _STRAY_TAGS.search(text):
        return "Zero-width characters are not accepted."
    if _BIDI_EMBEDDINGS.search(text) or not _isolates_are_closed(text):
        return "Characters that reorder the text are not accepted."
    if _MARKS.search(text) or has_cluster_longer_than(text, MAX_CODE_POINTS_IN_A_CLUSTER):
        return "Too many combining marks in a row."
    return None


def _isolates_are_closed(text: str) -> bool:
    depth = 0
    for found in _ISOLATES.finditer(text):
        mark = found[0]
        if mark == "\n":
            if depth:
                return False
        else:
            depth += -1 if mark == "\u2069" else 1
            if depth < 0:
                return False
    return depth == 0


def _tidy(text: str, *, multiline: bool) -> str:
    if not multiline:
        return _BLANKS.sub(" ", text).strip()
    if "\n\n\n\n" not in text and "\n " not in text:
        return text.strip()
    lines: list[str] = []
    blank = 0
    for line in text.strip().split("\n"):
        is_blank = not line.strip()
        blank = blank + 1 if is_blank else 0
        if blank <= MAX_BLANK_LINES:
            lines.append("" if is_blank else line)
    return "\n".join(lines)
