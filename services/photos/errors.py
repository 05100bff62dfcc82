"""What the photo store and the look at a photo say no to."""

import errno
from dataclasses import dataclass
from typing import ClassVar

from services.errors import Conflict, Invalid, StorageFull, TooLarge, Unavailable, Unreadable

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(eq=False)
class PhotoTooLarge(TooLarge):
    """The photo has more bytes than this office takes."""

    code: ClassVar[str] = "photo_too_large"
    title: ClassVar[str] = "照片文件太大"
    max_bytes: int


@dataclass(eq=False)
class NotAnImage(Invalid):
    """The bytes are not a JPEG, PNG, WebP, HEIC or AVIF picture, nor a voice note, whatever the name says."""

    code: ClassVar[str] = "not_an_image"
    title: ClassVar[str] = "这不是可用的照片或录音"


@dataclass(eq=False)
class PhotoDamaged(Invalid):
    """The picture is cut off or broken; send the whole file again."""

    code: ClassVar[str] = "photo_damaged"
    title: ClassVar[str] = "照片已损坏或不完整"
    why: str


@dataclass(eq=False)
class PhotoTooManyPixels(Invalid):
    """The picture's header names more pixels than this office takes."""

    code: ClassVar[str] = "photo_too_many_pixels"
    title: ClassVar[str] = "照片像素太多"
    width: int
    height: int
    max_pixels: int


@dataclass(eq=False)
class PictureTooHeavy(Invalid):
    """A decoder would have to hold more of the picture at once than an office spares; the original is kept."""

    code: ClassVar[str] = "picture_too_heavy"
    title: ClassVar[str] = "照片解码所需内存太大，不生成图片"
    held_bytes: int
    most_bytes: int


@dataclass(eq=False)
class StoreFailed(Unavailable):
    """The photo store could not keep or give the bytes; try again later."""

    code: ClassVar[str] = "store_failed"
    title: ClassVar[str] = "照片库暂时不可用"
    errno_name: str

    @classmethod
    def of(cls, error: OSError) -> "StoreFailed":
        """StoreFull where there is no room, else StoreFailed; a path never leaves through it."""
        name = errno.errorcode.get(error.errno or 0, "EIO")
        return StoreFull(name) if error.errno in FULL else StoreFailed(name)


@dataclass(eq=False)
class StoreFull(StoreFailed, StorageFull):
    """The photo store has no room left; reports without photos are still taken."""

    code: ClassVar[str] = "store_full"
    title: ClassVar[str] = "照片库已满"


@dataclass(eq=False)
class OriginalMissing(Unavailable):
    """The store does not hold the original that the record names."""

    code: ClassVar[str] = "original_missing"
    title: ClassVar[str] = "照片原件暂时取不到"
    sha256: str


@dataclass(eq=False)
class DigestRequired(Unreadable):
    """Send `Repr-Digest: sha-256=:<base64>:` (RFC 9530), so that bytes lost on the way are noticed."""

    code: ClassVar[str] = "digest_required"
    title: ClassVar[str] = "缺少照片的校验值（Repr-Digest）"


@dataclass(eq=False)
class DigestMismatch(Conflict):
    """The bytes that came are not those that Repr-Digest names: they changed on the way, send them again."""

    code: ClassVar[str] = "digest_mismatch"
    title: ClassVar[str] = "照片内容与校验值不符"
    received: str


@dataclass(eq=False)
class DigestNotDeclared(Conflict):
    """The records that name this photo declared other bytes; `expected` is their SHA-256. Nothing was kept."""

    code: ClassVar[str] = "digest_not_declared"
    title: ClassVar[str] = "照片内容与记录申报的不符"
    expected: str


@dataclass(eq=False)
class PictureNotReady(Unavailable):
    """The worker is making this picture; ask again in a moment."""

    code: ClassVar[str] = "picture_not_ready"
    title: ClassVar[str] = "图片正在生成，请稍后再取"


@dataclass(eq=False)
class PictureImpossible(Conflict):
    """No picture can be made of this original; it is kept as it came, ask for `size=original`."""

    code: ClassVar[str] = "picture_impossible"
    title: ClassVar[str] = "无法生成图片，只能取原件"


@dataclass(eq=False)
class PreviewTooLarge(TooLarge):
    """A preview is small: make it smaller, or send the original."""

    code: ClassVar[str] = "preview_too_large"
    title: ClassVar[str] = "预览图太大"
    max_bytes: int


@dataclass(eq=False)
class NotAPreview(Invalid):
    """A preview is a JPEG or WebP picture; send the original as it is."""

    code: ClassVar[str] = "not_a_preview"
    title: ClassVar[str] = "预览图须为 JPEG 或 WebP"


@dataclass(eq=False)
class OriginalAwaited(Conflict):
    """Only a preview of this photo is here; its original is still with the phone."""

    code: ClassVar[str] = "original_awaited"
    title: ClassVar[str] = "原件尚未收到，目前只有预览"


@dataclass(eq=False)
class NotAVoiceNote(Invalid):
    """A voice note is AAC (M4A, ADTS) or Opus (Ogg, WebM), one sound and no film: no WAV, MP3, AMR, FLAC or Vorbis."""

    code: ClassVar[str] = "not_a_voice_note"
    title: ClassVar[str] = "录音须为 AAC（M4A、AAC）或 Opus（Ogg、WebM）"


@dataclass(eq=False)
class VoiceTooLong(Invalid):
    """A voice note is short: record it in parts."""

    code: ClassVar[str] = "voice_too_long"
    title: ClassVar[str] = "录音太长，请分段录"
    max_seconds: int
    max_bytes: int


NOT_TAKEN = (NotAnImage, PhotoDamaged, PhotoTooManyPixels, NotAVoiceNote, VoiceTooLong)
"""What the look at a photo or a voice note says no with (ingest.py)."""
