"""Uploads 断点续传: tus 1.0 for photos, and the plan of what to send at all."""

from email.utils import format_datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException

from api.base_path import V1
from api.bodies import drain
from api.deps import AtOffice, Caller, InShort, InTurn, Now, Tx
from api.headers import EXPIRES, LOCATION, OFFSET, TOTAL
from api.json_bodies import JsonRoute
from api.problems import problems
from api.ranges import BINARY
from api.tus import UPLOADS
from api.uploading import Uploading, drop_pieces
from models.uploads import Upload, UploadPlanRead, UploadPlanWrite
from services.errors import DomainError, IdConflict, IdTaken
from services.photos.errors import (
    NOT_TAKEN,
    DigestMismatch,
    DigestNotDeclared,
    PhotoTooLarge,
    StoreFailed,
    StoreFull,
)
from services.rules.tus import ALGORITHMS, EXTENSIONS, VERSION, Checksum, read_checksum
from services.uploads import appending, beginning, planning
from services.uploads.errors import (
    ChecksumMismatch,
    ChecksumUnreadable,
    MetadataUnreadable,
    OffsetMismatch,
    TooManyPieces,
    TooManyUploads,
    TusVersionUnknown,
    UploadBusy,
    UploadGone,
)
from services.uploads.queries import upload_for
from services.uploads.urgency import most_urgent_first

CHUNK_BYTES = 512 * 1024
"""What a phone should put into one call: at 20 kB/s a link that drops every minute costs half of one."""

OFFSET_BYTES = "application/offset+octet-stream"
PIECE = {"content": {OFFSET_BYTES: BINARY}}
NOT_A_PHOTO = (
    *(IdConflict, IdTaken, DigestMismatch, DigestNotDeclared, PhotoTooLarge, *NOT_TAKEN),
    *(StoreFailed, StoreFull, ChecksumUnreadable, ChecksumMismatch, UploadBusy, 415),
)


async def piece_checksum(
    upload_checksum: Annotated[
        str | None,
        Header(
            alias="Upload-Checksum",
            max_length=100,
            description="这一段的校验值：算法、空格、base64",
            examples=["sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="],
        ),
    ] = None,
) -> Checksum | None:
    """Raises ChecksumUnreadable."""
    if upload_checksum is None:
        return None
    checksum = read_checksum(upload_checksum)
    if checksum is None:
        raise ChecksumUnreadable
    return checksum


router = APIRouter(prefix=f"{V1}/uploads", tags=["照片"], route_class=JsonRoute)

Tus = Annotated[str | None, Header(alias="Tus-Resumable", max_length=20, description="协议版本", examples=[VERSION])]
OfPiece = Annotated[Checksum | None, Depends(piece_checksum)]
Length = Annotated[int, Header(alias="Upload-Length", ge=0, le=2**40, description="照片的总字节数", examples=[3195089])]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**40, description="从第几个字节接着传", examples=[0])]
Metadata = Annotated[
    str,
    Header(
        alias="Upload-Metadata",
        max_length=4000,
        description="以逗号分隔的键与 base64 值；`photo_id` 为照片编号，`sha256` 为全部字节的十六进制校验值，均可不写",
        examples=["photo_id MDE5OGYyYTAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwYTAx"],
    ),
]


@router.options("", status_code=204, operation_id="getUploadOptions", summary="断点续传的约定")
async def get_upload_options(office: AtOffice) -> Response:
    """支持的 tus 版本、扩展、校验算法，以及单张照片的上限。不必登录。"""
    told = {
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(office.settings.photo_max_bytes),
    }
    return Response(status_code=204, headers=told)


@router.post("/plan", operation_id="planUpload", summary="上传前先问")
async def plan_upload(body: UploadPlanWrite, actor: Caller, tx: Tx, office: AtOffice, now: Now) -> UploadPlanRead:
    """手机先报编号、校验值和大小，逐张答复：已在服务器、接着传、要传、不能传；并告知先传哪张和单次请求的上限。

    不写入任何内容。`send_first` 按紧要程度排列：重大隐患、期限近的在前。
    """
    most = office.settings.photo_max_bytes
    planned = await planning.plan(tx, actor, body.photos, largest_bytes=most, at=now)
    return UploadPlanRead(
        photos=planned,
        send_first=await most_urgent_first(tx, actor, planning.to_be_sent(planned)),
        chunk_bytes=CHUNK_BYTES,
        largest_photo_bytes=most,
        largest_preview_bytes=office.settings.photo_preview_max_bytes,
        largest_request_bytes=office.settings.multipart_max_bytes,
    )


@router.post(
    "",
    status_code=201,
    operation_id="createUpload",
    summary="开始断点续传",
    response_class=Response,
    responses={
        201: {"description": "已开始；随开始一并发来的字节已存", "headers": LOCATION | EXPIRES | OFFSET},
        **problems(TusVersionUnknown, MetadataUnreadable, TooManyUploads, *NOT_A_PHOTO),
    },
    openapi_extra={"requestBody": {"required": False, **PIECE}},
)
async def create_upload(
    acting: InTurn,
    office: AtOffice,
    now: Now,
    request: Request,
    upload_length: Length,
    checksum: OfPiece,
    upload_metadata: Metadata = "",
    tus: Tus = None,
) -> Response:
    """开始上传一张照片（tus 1.0），可随即带上全部或前面的字节；7 天内有效。

    传完即成为照片，编号为 `photo_id`，没有则为上传编号。
    """
    brings = _brings_bytes(request)
    most = office.settings.photo_max_bytes
    try:
        async with acting() as (tx, actor):
            _check_version(tus)
            upload = await beginning.begin(
                tx, actor, size=upload_length, metadata=upload_metadata, largest_bytes=most, at=now
            )
            claimed = await appending.claim(tx, actor, upload.id, offset=0, at=now) if brings else None
    except DomainError:
        await drain(request.stream())
        raise
    # Some clients take whole addresses only.
    office_at = office.settings.public_url or str(request.base_url).rstrip("/")
    headers = {"Location": f"{office_at}{UPLOADS}/{upload.id}", **_expires(upload)}
    if claimed is not None:
        offset = await Uploading(office, acting, claimed, checksum).take(request)
        headers["Upload-Offset"] = str(offset)
    return Response(status_code=201, headers=headers)


@router.head(
    "/{upload_id}",
    operation_id="getUpload",
    summary="已收到多少字节",
    response_class=Response,
    responses={
        200: {"description": "Upload-Offset 之前的字节已写入磁盘", "headers": OFFSET | TOTAL | EXPIRES},
        **problems(TusVersionUnknown, UploadGone),
    },
)
async def get_upload(upload_id: UUID, actor: Caller, tx: Tx, now: Now, tus: Tus = None) -> Response:
    """断线之后先问这里，再从 Upload-Offset 接着传。等于总字节数时，照片已存。"""
    _check_version(tus)
    upload = await upload_for(tx, actor, upload_id, at=now)
    sent = {"Upload-Metadata": upload.metadata_sent} if upload.metadata_sent else {}
    told = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.bytes)}
    return Response(headers={**told, **sent, **_expires(upload)})


@router.patch(
    "/{upload_id}",
    status_code=204,
    operation_id="appendUpload",
    summary="接着传",
    response_class=Response,
    responses={
        204: {"description": "已写入磁盘", "headers": OFFSET},
        **problems(TusVersionUnknown, UploadGone, OffsetMismatch, TooManyPieces, *NOT_A_PHOTO),
    },
    openapi_extra={"requestBody": {"required": True, **PIECE}},
)
async def append_upload(
    upload_id: UUID,
    acting: InTurn,
    office: AtOffice,
    now: Now,
    request: Request,
    upload_offset: Offset,
    checksum: OfPiece,
    tus: Tus = None,
) -> Response:
    """从 Upload-Offset 起追加字节。同时只有一个请求能追加，其余 423。

    断线时已收到的字节会保留；带 Upload-Checksum 的一段须收全才算。
    """
    try:
        async with acting() as (tx, actor):
            _check_version(tus)
            if not _brings_bytes(request):
                raise HTTPException(415)
            claimed = await appending.claim(tx, actor, upload_id, offset=upload_offset, at=now)
    except DomainError:
        await drain(request.stream())
        raise
    offset = await Uploading(office, acting, claimed, checksum).take(request)
    return Response(status_code=204, headers={"Upload-Offset": str(offset)})


@router.delete(
    "/{upload_id}",
    status_code=204,
    operation_id="terminateUpload",
    summary="放弃上传",
    response_class=Response,
    responses=problems(TusVersionUnknown, UploadGone, UploadBusy),
)
async def terminate_upload(upload_id: UUID, acting: InShort, office: AtOffice, now: Now, tus: Tus = None) -> Response:
    """放弃未传完的照片，已收到的字节随即删除。已成为照片的不受影响。"""
    async with acting() as (tx, actor):
        _check_version(tus)
        names = await appending.terminate(tx, actor, upload_id, at=now)
    await drop_pieces(office, names)
    return Response(status_code=204)


def _check_version(tus: str | None) -> None:
    """After the caller is known: a stranger is told nothing else. Raises TusVersionUnknown."""
    if tus != VERSION:
        raise TusVersionUnknown


def _brings_bytes(request: Request) -> bool:
    """Raises HTTPException 415 for a body of another kind."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == OFFSET_BYTES:
        return True
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise HTTPException(415)
    return False


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
