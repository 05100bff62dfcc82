"""The kinds of picture and of voice note that the office takes, and the sizes it makes of pictures."""

from enum import StrEnum


class ImageKind(StrEnum):
    """A file type told by its bytes; HEIC stands for HEIC and HEIF, JPEG also for MPO."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"

    @property
    def media_type(self) -> str:
        """What the API says in Content-Type of an original."""
        return f"image/{self.value}"

    @property
    def label(self) -> str:
        """Chinese label."""
        names = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "heic": "HEIC", "avif": "AVIF"}
        return f"{names[self]} 图片"


class VoiceKind(StrEnum):
    """A container of AAC or Opus, told by its bytes."""

    AAC = "aac"
    M4A = "m4a"
    OGG = "ogg"
    WEBM = "webm"

    @property
    def media_type(self) -> str:
        """What the API says in Content-Type of an original."""
        return "audio/mp4" if self is VoiceKind.M4A else f"audio/{self.value}"


def ending(media_type: str) -> str:
    """Of a file's name: players take `.mp4` for a film."""
    return "m4a" if media_type == VoiceKind.M4A.media_type else media_type.rpartition("/")[2]


class Derivative(StrEnum):
    """A picture made from an original: upright, without metadata, always JPEG."""

    THUMB = "thumb"
    SCREEN = "screen"

    @property
    def box(self) -> int:
        """The longer side in pixels; a smaller original is not blown up."""
        return {"thumb": 320, "screen": 1600}[self]

    @property
    def label(self) -> str:
        """Chinese label."""
        return {"thumb": "缩略图", "screen": "屏幕图"}[self]


def is_whole(picture: bytes) -> bool:
    """A derivative with both its ends: one that a power cut emptied lacks them."""
    return picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9")
