"""Photos 照片."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from api.base_path import V1
from api.bodies import drain
from api.deps import AtOffice, Caller, InShort, InTurn, Now, Turn, Tx
from api.digests import repr_digest, sha256_in
from api.headers import ACCEPT_RANGES, CONTENT_RANGE, DISPOSITION, IF_NONE_MATCH, IF_RANGE, PREVIEW, RANGE, REPR_DIGEST
from api.office import Office
from api.problems import problems
from api.ranges import BINARY, KNOWN, PRIVATE, is_known, span_asked
from api.versions import marked
from models.fingerprints import PhotoMatchesRead
from models.photos import Photo, PhotoPreview, PhotoPreviewRead, PhotoRead
from models.shapes import NewId
from models.uploads import PlannedPhotoRead
from models.words import PhotoSize
from services.access import Actor
from services.errors import DomainError, IdConflict, IdTaken
from services.photos import matching, previews, reading, storing
from services.photos.arrival import Arrived, arrive, original_or_room, place_for
from services.photos.derivatives import PREVIEWS
from services.photos.errors import (
    NOT_TAKEN,
    DigestMismatch,
    DigestNotDeclared,
    DigestRequired,
    NotAnImage,
    NotAPreview,
    OriginalAwaited,
    OriginalMissing,
    PhotoDamaged,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PictureImpossible,
    PictureNotReady,
    PreviewTooLarge,
    StoreFailed,
    StoreFull,
)
from services.photos.kinds import Derivative, ImageKind, VoiceKind, ending
from services.queue import ask_for_pictures
from services.uploads import planning

router = APIRouter(prefix=f"{V1}/photos", tags=["照片"])

ORIGINALS = {kind.media_type: BINARY for kind in [*ImageKind, *VoiceKind]}
SMALL = {kind.media_type: BINARY for kind in PREVIEWS}
NOT_STORED = problems(
    *(IdConflict, IdTaken, DigestRequired, DigestMismatch, DigestNotDeclared, PhotoTooLarge),
    *(*NOT_TAKEN, StoreFailed, StoreFull),
)
OF_AN_ORIGINAL = ACCEPT_RANGES | DISPOSITION | REPR_DIGEST
NOT_SHOWN = problems(OriginalAwaited, PictureNotReady, PictureImpossible, OriginalMissing, StoreFailed, 416)

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
    photo_id: NewId, acting: InTurn, office: AtOffice, now: Now, request: Request, digest: Digest = None
) -> Arrived:
    """The photo in the body, kept. What can be refused is refused before it is read, and again before it is kept."""
    async with _body_of(request, PhotoTooLarge(_bounds(office).max_bytes)) as chunks:
        async with acting() as (tx, actor):
            sha256 = sha256_in(digest)
            await place_for(tx, actor, photo_id, sha256)
        async with storing.receive(office.store, chunks, photo_id, sha256, _bounds(office)) as received:
            async with acting() as (tx, actor):
                await storing.announce(tx, actor, received, at=now)
            return await storing.keep(office.store, received)


@asynccontextmanager
async def _body_of(request: Request, too_large: PhotoTooLarge | PreviewTooLarge) -> AsyncIterator[AsyncIterator[bytes]]:
    """Its chunks, drained where they are refused; `too_large` is what one over the limit raises."""
    async with aclosing(request.stream()) as chunks:
        try:
            yield chunks
        except HTTPException as refused:
            if refused.status_code != 413:
                raise
            raise too_large from refused
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
    _: Turn,
    actor: Caller,
    tx: Tx,
    office: AtOffice,
    response: Response,
) -> PhotoRead:
    """上传一张照片或一段录音的原始字节，编号由手机生成；报告先到或照片先到都可以。

    类型按内容判断（JPEG、PNG、WebP、HEIC、AVIF；录音 AAC、Opus，60 秒以内），不看 Content-Type。
    答复 201 或 200 时，字节已写入磁盘。
    """
    photo, is_new = await arrive(tx, actor, arrived, at=office.now())
    return marked(response, await reading.shown(tx, actor, photo), is_new=is_new)


async def previewed(
    photo_id: NewId, acting: InTurn, office: AtOffice, request: Request, digest: Digest = None
) -> previews.Preview:
    """The preview in the body, made anew. Who may not send it is told so before it is read."""
    most = office.settings.photo_preview_max_bytes
    async with _body_of(request, PreviewTooLarge(most)) as chunks:
        async with acting() as (tx, actor):
            sha256 = sha256_in(digest)
            await original_or_room(tx, actor, photo_id)
        content = b"".join([chunk async for chunk in chunks])
    received = hashlib.sha256(content).hexdigest()
    if received != sha256:
        raise DigestMismatch(received)
    return await previews.made(office.pictures, photo_id, sha256, content)


@router.put(
    "/{photo_id}/preview",
    status_code=201,
    operation_id="putPhotoPreview",
    summary="先传预览",
    responses={
        200: {
            "model": PhotoRead | PhotoPreviewRead,
            "description": "已有同一张预览，或原件已到",
        },
        **problems(
            *(IdConflict, IdTaken, DigestRequired, DigestMismatch, PreviewTooLarge),
            *(NotAPreview, NotAnImage, PhotoDamaged, PhotoTooManyPixels),
        ),
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": BINARY, **SMALL}}},
)
async def put_photo_preview(
    preview: Annotated[previews.Preview, Depends(previewed)],  # before Caller, as in putPhoto
    _: Turn,
    actor: Caller,
    tx: Tx,
    office: AtOffice,
    response: Response,
) -> PhotoRead | PhotoPreviewRead:
    """信号差时先传一张小图（JPEG 或 WebP），办公室立即可见，标明为预览；原件到后即被替换。

    预览不是证据：照片仍列在 `missing_photos`，回执与存证包都不含预览。原件已到则不存，答复 200。
    """
    shown, is_new = await previews.keep(tx, actor, preview, at=office.now())
    return marked(response, shown, is_new=is_new)


@router.get("/{photo_id}", operation_id="getPhoto", summary="照片信息")
async def get_photo(photo_id: UUID, actor: Caller, tx: Tx) -> PhotoRead | PhotoPreviewRead:
    """照片的已知信息：时间、地点、设备为文件自述；`uses` 只列出看得到的记录。

    `stage` 为 preview 时只有预览，原件未到：没有原件的校验值，`declared` 为记录事先申报的。
    """
    best = await previews.best_of(tx, actor, photo_id)
    if isinstance(best, PhotoPreview):
        return await previews.shown(tx, actor, best)
    return await reading.shown(tx, actor, best)


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
            "headers": KNOWN | OF_AN_ORIGINAL | PREVIEW,
            "content": ORIGINALS,
        },
        206: {
            "description": "原件的一段（Range）",
            "headers": KNOWN | OF_AN_ORIGINAL | CONTENT_RANGE,
            "content": ORIGINALS,
        },
        304: {"description": "与 If-None-Match 所列相同", "headers": KNOWN | PREVIEW},
    },
    openapi_extra={"parameters": [IF_NONE_MATCH, RANGE, IF_RANGE]},
)
async def get_photo_image(
    photo_id: UUID, size: PhotoSize, acting: InShort, office: AtOffice, request: Request
) -> Response:
    """缩略图（320）、屏幕图（1600）或原件。尚未生成时 503，稍后再取。原件支持单段 Range，多段按整件答复。

    录音只有原件。原件未到而有预览时，答复预览并带 `Zhicha-Preview: true`；此时取原件为 409。
    """
    async with acting() as (tx, actor):
        photo = await previews.best_of(tx, actor, photo_id)
    if isinstance(photo, PhotoPreview):
        return _preview(office, actor, photo, size, request)
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
        async with acting() as (tx, actor):
            await ask_for_pictures(tx, {photo.sha256})
            preview = await previews.preview_for(tx, actor, photo_id)
        if preview is None:
            raise PictureNotReady
        return _preview(office, actor, preview, size, request)
    if size is not PhotoSize.THUMB:
        office.readings.add(actor.id, 1, at=office.now())
    return Response(picture, headers=headers, media_type="image/jpeg")


def _preview(office: Office, actor: Actor, preview: PhotoPreview, size: PhotoSize, request: Request) -> Response:
    if size is PhotoSize.ORIGINAL:
        raise OriginalAwaited
    etag = f'"preview-{preview.sha256}-{size}"'
    headers = {**PRIVATE, "ETag": etag, "Zhicha-Preview": "true"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    if size is not PhotoSize.THUMB:
        office.readings.add(actor.id, 1, at=office.now())
    picture = preview.thumb if size is PhotoSize.THUMB else preview.screen
    return Response(picture, headers=headers, media_type="image/jpeg")


async def _original(office: Office, photo: Photo, request: Request, headers: dict[str, str]) -> Response:
    span = span_asked(request, headers["ETag"], photo.bytes)
    await reading.check_original(office.store, photo)
    start, length = (span.start, span.length) if span else (0, photo.bytes)
    headers |= {
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "Content-Disposition": f'attachment; filename="{photo.id}.{ending(photo.media_type)}"',
        "Repr-Digest": repr_digest(photo.sha256),
        **({"Content-Range": span.content_range} if span else {}),
    }
    body = office.store.read(photo.sha256, start, length) if span else reading.whole(office.store, photo)
    return StreamingResponse(body, 206 if span else 200, headers, photo.media_type)
