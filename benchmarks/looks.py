"""Thumbs of photos of 3 MB: made at the first look, or there already."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.office import BenchedOffice
from benchmarks.phones import Phone
from benchmarks.reports import Sender
from services.photos.imaging import QUALITY, fitted
from services.photos.kinds import Derivative


@dataclass(frozen=True)
class Stored:
    """A photo that the office keeps, and where."""

    id: str
    original: Path
    thumb: Path

    @property
    def path(self) -> str:
        """Of the thumb, for a phone."""
        return f"/api/v1/photos/{self.id}/image?size=thumb"


class Looks:
    """Each phone looks at a photo of its own, so that none waits for another's."""

    def __init__(self, office: BenchedOffice, phones: list[Phone], send: Sender) -> None:
        photos = [photo for _ in range(2) for photo in json.loads(send(phones[0]))["photos"]]
        stored = [_stored(office, phones[0], str(photo["id"])) for photo in photos]
        self.one = stored[0]
        self._of = {id(phone): photo for phone, photo in zip(phones, stored, strict=False)}

    def cold(self, phone: Phone) -> None:
        """The first look; that the thumb is taken away before is not counted."""
        photo = self._of[id(phone)]
        photo.thumb.unlink(missing_ok=True)
        phone.call("GET", photo.path)

    def warm(self, phone: Phone) -> None:
        """Every later look."""
        phone.call("GET", self._of[id(phone)].path)


def by_pillow(original: Path, wanted: Sequence[Derivative]) -> list[bytes]:
    """Pictures as services/photos/imaging.py makes them, the largest first, and nothing else."""
    made = []
    with Image.open(original, formats=("JPEG",)) as picture:
        picture.draft(None, fitted(*picture.size, wanted[0].box))
        for size in wanted:
            picture.thumbnail((size.box, size.box), Image.Resampling.BICUBIC)
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=QUALITY[size], optimize=True)
            made.append(out.getvalue())
    return made


def _stored(office: BenchedOffice, phone: Phone, photo_id: str) -> Stored:
    name = str(phone.get(f"/api/v1/photos/{photo_id}")["sha256"])
    below = Path(name[:2]) / name[2:4]
    store = office.settings.photos
    return Stored(
        photo_id, store / "originals" / below / name, store / "derived" / below / f"{name}.{Derivative.THUMB}.jpg"
    )
