"""What the photo store and the look at a photo say no to."""

import errno
from dataclasses import dataclass
from typing import ClassVar

from services.errors import DomainError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(eq=False)
class PhotoTooLarge(DomainError):
    """The photo has more bytes than this office takes."""

    code: ClassVar[str] = "photo_too_large"
    max_bytes: int


@dataclass(eq=False)
class NotAnImage(DomainError):
    """The bytes are not a JPEG, PNG, WebP, HEIC or AVIF picture, whatever the name says."""

    code: ClassVar[str] = "not_an_image"


@dataclass(eq=False)
class PhotoDamaged(DomainError):
    """The picture is cut off or broken; send the whole file again."""

    code: ClassVar[str] = "photo_damaged"
    why: str


@dataclass(eq=False)
class PhotoTooManyPixels(DomainError):
    """The picture's header names more pixels than this office takes."""

    code: ClassVar[str] = "photo_too_many_pixels"
    width: int
    height: int
    max_pixels: int


@dataclass(eq=False)
class StoreFailed(DomainError):
    """The photo store could not keep or give the bytes; try again later."""

    code: ClassVar[str] = "store_failed"
    errno_name: str

    @classmethod
    def of(cls, error: OSError) -> "StoreFailed":
        """StoreFull where there is no room, else StoreFailed; a path never leaves through it."""
        name = errno.errorcode.get(error.errno or 0, "EIO")
        return StoreFull(name) if error.errno in FULL else StoreFailed(name)


@dataclass(eq=False)
class StoreFull(StoreFailed):
    """The photo store has no room left; reports without photos are still taken."""

    code: ClassVar[str] = "store_full"


@dataclass(eq=False)
class OriginalMissing(DomainError):
    """The store does not hold the original that the record names."""

    code: ClassVar[str] = "original_missing"
    sha256: str
