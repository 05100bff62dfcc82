"""Fingerprints of photos: the exact one is the SHA-256 of the bytes, the perceptual one 128 bits of the thumb.

A bit says whether a spot is darker than its right neighbour, or than the one below. Light, size and compression hardly
change that, a cut edge, a small turn or a printed bar some of it; docs/photos.md has how much.
"""

import io
from itertools import pairwise

from PIL import Image

from models.fingerprints import BITS
from services.photos.errors import PhotoDamaged

SPOTS = 8
"""Comparisons a row and a column; the grey picture has one spot more each way."""
FLATTEST = 16
"""A picture whose spots differ by fewer grey levels in all is too flat to be told from others: a wall, the dark."""


def fingerprint(thumb: bytes) -> int | None:
    """Of an upright thumb (services/photos/imaging.py); none of a picture that is too flat. Raises PhotoDamaged."""
    side = SPOTS + 1
    try:
        with Image.open(io.BytesIO(thumb), formats=["JPEG"]) as opened:
            opened.draft("L", opened.size)  # light alone is decoded
            grey = opened.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
    except OSError as error:
        raise PhotoDamaged("cannot_be_decoded") from error
    if max(grey) - min(grey) < FLATTEST:
        return None
    rows = [grey[at : at + side] for at in range(0, len(grey), side)]
    columns = [grey[at::side] for at in range(side)]
    bits = 0
    for line in (*rows[:SPOTS], *columns[:SPOTS]):
        for spot, neighbour in pairwise(line):
            bits = bits << 1 | (spot < neighbour)
    return bits


def as_bits(number: int) -> str:
    """As PostgreSQL writes a bit(128)."""
    return f"{number:0{BITS}b}"
