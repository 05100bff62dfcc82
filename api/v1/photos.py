"""Photos 照片."""

from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from api.base_path import V1
from api.bodies import drain
from api.deps import AtOffice, Caller, InShort, Now, Tx
from api.digests import repr_digest, sha256_in
from api.headers import ACCEPT_RANGES, CONTENT_RANGE, DISPOSITION, IF_NONE_MATCH, IF_RANGE, RANGE, REPR_DIGEST
from api.office import Office
from api.problems import problems
from api.ranges import BINARY, KNOWN, PRIVATE, is_known, span_asked
from api.versions import marked
from models.fingerprints import PhotoMatchesRead
from models.photos import Photo, PhotoRead
from models.shapes import NewId
from models.uploads import PlannedPhotoRead
from models.words import PhotoSize
from services.errors import DomainError, IdConflict, IdTaken
from services.photos import matching, reading, storing
from services.photos.arrival import Arrived, arrive, place_for
from services.photos.errors import (
    DigestMismatch,
    DigestNotDeclared,
    DigestRequired,
    NotAnImage,
    OriginalMissing,
    PhotoDamaged,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PictureImpossible,
    PictureNotReady,
    StoreFailed,
    StoreFull,
)
from services.photos.kinds import Derivative, ImageKind
from services.queue import ask_for_pictures
from services.uploads import planning

router = APIRouter(prefix=f"{V1}/photos", tags=["照片"])

ORIGINALS = {kind.media_type: BINARY for kind in ImageKind}
NOT_STORED = problems(
    *(IdConflict, IdTaken, DigestRequired, DigestMismatch, DigestNotDeclared, PhotoTooLarge),
    *(NotAnImage, PhotoDamaged, PhotoTooManyPixels, StoreFailed, StoreFull),
)
OF_AN_ORIGINAL = ACCEPT_RANGES | DISPOSITION | REPR_DIGEST
NOT_SHOWN = problems(PictureNotReady, PictureImpossible, OriginalMissing, StoreFailed, 416)

Digest = Annotated[
    str | None,
    Header(
        alias="Repr-Digest",
        max_length=1000,
        description="全部字节的 `sha-256=:<base64>:`（RFC 9530）",
        json_schema_extra={"pattern": "sha-256=:[A-Za-z0-9+/]{43}=:"},
        examples=["sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"],
    ),
]


async def brought(
    photo_id: NewId, acting: InShort, office: AtOffice, now: Now, request: Request, digest: Digest = None
) -> Arrived:
    """The photo in the body, kept. What can be refused is refused before it is read, and again before it is kept."""
    async with aclosing(request.stream()) as chunks:
        try:
            async with acting() as (tx, actor):
                sha256 = sha256_in(digest)
                await place_for(tx, actor, photo_id, sha256)
            async with storing.receive(office.store, chunks, photo_id, sha256, _bounds(office)) as received:
                async with acting() as (tx, actor):
                    await storing.announce(tx, actor, received, at=now)
                return await storing.keep(office.store, received)
        except HTTPException as refused:
            if refused.status_code != 413:
                raise
            raise PhotoTooLarge(_bounds(office).max_bytes) from refused
        except DomainError:
            await drain(chunks)
            raise


def _bounds(office: Office) -> storing.Bounds:
    return storing.Bounds(office.settings.photo_max_bytes, office.settings.photo_max_pixels)


@router.put(
    "/{photo_id}",
    status_code=201,
    operation_id="putPhoto",
    summary="上传照片",
    responses={200: {"model": PhotoRead, "description": "已有同一张照片"}, **NOT_STORED},
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": BINARY, **ORIGINALS}}},
)
async def put_photo(
    arrived: Annotated[Arrived, Depends(brought)],  # before Caller: no connection is held while the body comes in
    actor: Caller,
    tx: Tx,
    office: AtOffice,
    response: Response,
) -> PhotoRead:
    """上传一张照片的原始字节，编号由手机生成；报告先到或照片先到都可以。

    类型按内容判断（JPEG、PNG、WebP、HEIC、AVIF），不看 Content-Type。答复 201 或 200 时，字节已写入磁盘。
    """
    photo, is_new = await arrive(tx, actor, arrived, at=office.now())
    return marked(response, await reading.shown(tx, actor, photo), is_new=is_new)


@router.get("/{photo_id}", operation_id="getPhoto", summary="照片信息")
async def get_photo(photo_id: UUID, actor: Caller, tx: Tx) -> PhotoRead:
    """照片的已知信息：时间、地点、设备为文件自述；`uses` 只列出看得到的记录。"""
    return await reading.shown(tx, actor, await reading.photo_for(tx, actor, photo_id))


@router.get("/{photo_id}/matches", operation_id="getPhotoMatches", summary="相同或相近的照片")
async def get_photo_matches(photo_id: UUID, actor: Caller, tx: Tx, now: Now) -> PhotoMatchesRead:
    """同一文件，或画面相近的照片，近者在前；只列看得到的，最多 50 张，未列全时 `cut` 为真。

    看不到的只说有没有（`also_used_outside_your_sight`）。相近不等于作假：同一位置重拍也会相近。
    """
    return await matching.matches(tx, actor, photo_id, at=now)


@router.get("/{photo_id}/upload", operation_id="getUploadState", summary="照片传到哪里")
async def get_upload_state(photo_id: UUID, actor: Caller, tx: Tx, now: Now) -> PlannedPhotoRead:
    """与 planUpload 同样的答复：已在服务器，或者从哪个字节接着传。自己没有在传、又看不到的照片为 404。"""
    return await planning.state(tx, actor, photo_id, at=now)


@router.get(
    "/{photo_id}/image",
    operation_id="getPhotoImage",
    summary="照片图像",
    response_class=Response,
    responses={
        **NOT_SHOWN,
        200: {
            "description": "缩略图与屏幕图为 JPEG，已摆正、不含拍摄信息；原件一字节不改",
            "headers": KNOWN | OF_AN_ORIGINAL,
            "content": ORIGINALS,
        },
        206: {
            "description": "原件的一段（Range）",
            "headers": KNOWN | OF_AN_ORIGINAL | CONTENT_RANGE,
            "content": ORIGINALS,
        },
        304: {"description": "与 If-None-Match 所列相同", "headers": KNOWN},
    },
    openapi_extra={"parameters": [IF_NONE_MATCH, RANGE, IF_RANGE]},
)
async def get_photo_image(
    photo_id: UUID, size: PhotoSize, acting: InShort, office: AtOffice, request: Request
) -> Response:
    """缩略图（320）、屏幕图（1600）或原件。尚未生成时 503，稍后再取。原件支持单段 Range，多段按整件答复。"""
    async with acting() as (tx, actor):
        photo = await reading.photo_for(tx, actor, photo_id)
    etag = f'"{photo.sha256}"' if size is PhotoSize.ORIGINAL else f'"{photo.sha256}-{size}"'
    headers = {**PRIVATE, "ETag": etag}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    if size is PhotoSize.ORIGINAL:
        answer = await _original(office, photo, request, headers)
        office.readings.add(actor.id, 1, at=office.now())
        return answer
    picture = await reading.picture(office.pictures, photo, Derivative(size.value))
    if picture is None:
        async with acting() as (tx, _):
            await ask_for_pictures(tx, {photo.sha256})
        raise PictureNotReady
    if size is not PhotoSize.THUMB:
        office.readings.add(actor.id, 1, at=office.now())
    return Response(picture, headers=headers, media_type="image/jpeg")


async def _original(office: Office, photo: Photo, request: Request, headers: dict[str, str]) -> Response:
    span = span_asked(request, headers["ETag"], photo.bytes)
    await reading.check_original(office.store, photo)
    start, length = (span.start, span.length) if span else (0, photo.bytes)
    headers |= {
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "Content-Disposition": f'attachment; filename="{photo.id}.{photo.media_type.removeprefix("image/")}"',
        "Repr-Digest": repr_digest(photo.sha256),
        **({"Content-Range": span.content_range} if span else {}),
    }
    body = office.store.read(photo.sha256, start, length) if span else reading.whole(office.store, photo)
    return StreamingResponse(body, 206 if span else 200, headers, photo.media_type)
