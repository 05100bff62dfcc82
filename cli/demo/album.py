"""Where the loop's photos come from: drawn, or somebody's real ones."""

import mimetypes
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from cli.demo.clock import now
from cli.demo.errors import NoPhotos
from cli.demo.pictures import Taken, chinese_font, phone_picture

KINDS = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"}


@dataclass(frozen=True)
class Photo:
    """A photo on a phone. `taken_at` is set where we know what its EXIF must say."""

    data: bytes
    media_type: str
    name: str
    taken_at: datetime | None = None
    id: UUID = field(default_factory=uuid4)

    @property
    def sha256(self) -> str:
        """Lower-case hex."""
        return sha256(self.data).hexdigest()

    def declared(self) -> dict[str, object]:
        """As a report announces it."""
        return {"id": str(self.id), "sha256": self.sha256, "bytes": len(self.data), "media_type": self.media_type}


class Album(Protocol):
    """Takes one photo after the other."""

    def take(self, scene: str, caption: str) -> Photo:
        """A photo of the scene, now and here."""


class DrawnAlbum:
    """Photos as a phone would have taken them at this place."""

    def __init__(self, lon: float, lat: float) -> None:
        self._lon, self._lat = lon, lat
        self._font = chinese_font()

    def take(self, scene: str, caption: str) -> Photo:
        """See Album."""
        at = now()
        stamp = f"{at:%Y-%m-%d %H:%M:%S}  {self._lat:.5f}N {self._lon:.5f}E"
        taken = Taken(at, self._lon, self._lat, [caption, stamp])
        return Photo(phone_picture(scene, taken, self._font), "image/jpeg", f"{scene}.jpg", at)


class FolderAlbum:
    """Somebody's own photos, in the order of their names, again from the start when they are used up."""

    def __init__(self, folder: Path) -> None:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS) if folder.is_dir() else []
        if not found:
            raise NoPhotos(f"{folder} 中没有照片。 No JPEG, PNG, WebP, HEIC or AVIF pictures in {folder}.")
        self._files = cycle(found)

    def take(self, scene: str, caption: str) -> Photo:  # noqa: ARG002 - a real photo shows what it shows
        """See Album."""
        path = next(self._files)
        media_type = mimetypes.guess_type(path.name)[0] or f"image/{path.suffix.lower().removeprefix('.')}"
        return Photo(path.read_bytes(), media_type, path.name)
