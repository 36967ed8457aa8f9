"""Avatars of accounts that have no picture: an initial on colours that follow from the id."""

from hashlib import blake2b
from html import escape

import regex

_FIRST = regex.compile(r"\X")
_TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" role="img" aria-label="{label}">\
<defs><linearGradient id="g" x1="0" y1="0" x2="{x}" y2="{y}">\
<stop offset="0" stop-color="hsl({hue},55%,42%)"/><stop offset="1" stop-color="hsl({other_hue},60%,32%)"/>\
</linearGradient></defs>\
<rect width="100" height="100" fill="url(#g)"/>\
<circle cx="{cx}" cy="{cy}" r="{r}" fill="#fff" fill-opacity=".1"/>\
<text x="50" y="50" dy=".35em" text-anchor="middle" font-family="system-ui,sans-serif" font-size="46" \
font-weight="600" fill="#fff">{label}</text></svg>"""


def draw_avatar(account_id: int, name: str) -> bytes:
    """An SVG of under 1 KB that holds no script, style or address; the same for the same id and initial."""
    seed = blake2b(b"%d" % account_id, digest_size=8).digest()
    hue = int.from_bytes(seed[:2], "big") % 360
    return _TEMPLATE.format(
        label=escape(_initial(name)),
        x=seed[2] % 2,
        y=1 - seed[2] % 2 * (seed[3] % 2),
        hue=hue,
        other_hue=(hue + 40 + seed[4] % 80) % 360,
        cx=seed[5] % 101,
        cy=seed[6] % 101,
        r=25 + seed[7] % 45,
    ).encode()


def _initial(name: str) -> str:
    first = _FIRST.match(name.strip())
    return first[0].upper() if first else "?"
