"""Counting characters as people count them: grapheme clusters (Unicode annex 29)."""

import re

import regex

_CLUSTER = regex.compile(r"\X")
# `\X` takes time quadratic in a run of regional indicators (18 s for 100,000). A pair of them joins its
# neighbours exactly as a letter does, so each pair is counted as one letter.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{1,2}")
# Blocks in which every code point is a cluster of its own: ASCII without CR and controls, Latin, Greek,
# Cyrillic, kana, CJK ideographs, Hangul syllables.
_SINGLES = re.compile(
    "[\n -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3001-\u3029"
    "\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9d]*"
)


def count_graphemes(text: str) -> int:
    """The number of extended grapheme clusters in `text`, in time linear in its length."""
    if _SINGLES.fullmatch(text):
        return len(text)
    return len(_CLUSTER.findall(_FLAG.sub("x", text)))


def has_cluster_longer_than(text: str, code_points: int) -> bool:
    """Whether one cluster has more than `code_points` code points (a flag counts as one)."""
    if _SINGLES.fullmatch(text):
        return False
    return any(len(cluster) > code_points for cluster in _CLUSTER.findall(_FLAG.sub("x", text)))
