"""What an upload in pieces says no to."""

from dataclasses import dataclass
from typing import ClassVar

from services.errors import Busy, Conflict, Garbled, Gone, TooMany, Unreadable, VersionStale


@dataclass(eq=False)
class TusVersionUnknown(VersionStale):
    """Say `Tus-Resumable: 1.0.0` with every call of an upload."""

    code: ClassVar[str] = "tus_version_unknown"
    title: ClassVar[str] = "不支持的断点续传协议版本"


@dataclass(eq=False)
class MetadataUnreadable(Unreadable):
    """Upload-Metadata is pairs of a key and a base64 value between commas; `photo_id` and `sha256` have their form."""

    code: ClassVar[str] = "metadata_unreadable"
    title: ClassVar[str] = "Upload-Metadata 无法读取"


@dataclass(eq=False)
class ChecksumUnreadable(Unreadable):
    """Upload-Checksum is `sha256`, `sha1` or `md5`, a blank and the base64 of the digest."""

    code: ClassVar[str] = "checksum_unreadable"
    title: ClassVar[str] = "Upload-Checksum 无法读取或算法不支持"


@dataclass(eq=False)
class ChecksumMismatch(Garbled):
    """The bytes of this piece changed on the way, and none of them was kept: send the piece again."""

    code: ClassVar[str] = "checksum_mismatch"
    title: ClassVar[str] = "这一段与校验值不符，请重传"


@dataclass(eq=False)
class OffsetMismatch(Conflict):
    """The upload goes on at byte `offset`, which is safe on disk."""

    code: ClassVar[str] = "offset_mismatch"
    title: ClassVar[str] = "续传位置不对"
    offset: int


@dataclass(eq=False)
class UploadBusy(Busy):
    """Another request is appending to this upload right now; ask again in a moment."""

    code: ClassVar[str] = "upload_busy"
    title: ClassVar[str] = "这张照片正在上传"


@dataclass(eq=False)
class UploadGone(Gone):
    """This upload expired, was cancelled or was refused; begin a new one."""

    code: ClassVar[str] = "upload_gone"
    title: ClassVar[str] = "这次上传已结束，请重新开始"


@dataclass(eq=False)
class TooManyPieces(Conflict):
    """This upload came in too many pieces; begin a new one with larger pieces, or send the photo whole."""

    code: ClassVar[str] = "too_many_pieces"
    title: ClassVar[str] = "分段太多，请加大每段或整张上传"


@dataclass(eq=False)
class TooManyUploads(TooMany):
    """You have too many unfinished uploads; finish or cancel some."""

    code: ClassVar[str] = "too_many_uploads"
    title: ClassVar[str] = "未完成的上传太多"
    retry_after_seconds: int = 3600
