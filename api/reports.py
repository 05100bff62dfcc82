"""The body of a report: JSON, or multipart with the report and its photos, read before any transaction opens."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.bodies import drain
from api.deps import AtOffice, EarlyCaller, one_of_a_few
from api.multipart import Multipart, Part
from api.office import Office
from models.reports import Amendment, Report
from services.access import Deed
from services.errors import DomainError, InvalidInput
from services.inspections import Sent, read_sent
from services.photos.arrival import Arrived
from services.photos.errors import NOT_TAKEN
from services.photos.ingest import Content, look
from services.photos.store import Incoming
from services.photos.storing import expect

REPORT_PART = "report"
KEPT_TOGETHER = 16
"""Photos announced in one transaction; each that waits holds a file open."""

DeviceTime = Annotated[
    str | None,
    Header(
        alias="Zhicha-Device-Time",
        max_length=60,
        description="The phone's own clock as it sends (RFC 3339, with offset); the skew is kept and shown.",
    ),
]


@dataclass(frozen=True)
class Received:
    """A report and the photos that came with it; their bytes are safe on disk already."""

    sent: Sent[Report]
    photos: tuple[Arrived, ...]
    device_time: datetime | None


async def received(
    request: Request, office: AtOffice, caller: EarlyCaller, zhicha_device_time: DeviceTime = None
) -> Received:
    """Raises NotAllowed, InvalidInput, and what the photo store says."""
    caller.require(Deed.REPORT_INSPECTION, Deed.PATROL)
    device_time = _device_time(zhicha_device_time)
    async with aclosing(request.stream()) as chunks:
        try:
            async with _Photos(office) as photos:
                sent = read_sent(await _read(request, office, photos, chunks), Report)
                await photos.keep()
            return Received(sent, tuple(photos.kept), device_time)
        except (DomainError, HTTPException):
            await drain(chunks)  # so that a phone in the middle of its upload hears the answer
            raise


ReceivedReport = Annotated[Received, Depends(received)]


async def amendment(request: Request, office: AtOffice) -> Sent[Amendment]:
    """A correction with its raw bytes. Raises InvalidInput."""
    _require_type(request, "application/json")
    return read_sent(await _whole(request.stream(), office.settings.body_max_bytes), Amendment)


SentAmendment = Annotated[Sent[Amendment], Depends(amendment)]


def described(shape: type[BaseModel], *, multipart: bool = False) -> dict[str, Any]:
    """`openapi_extra` of an operation that reads its body here; api/document.py adds the shape itself."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if multipart:
        parts = {"type": "string", "format": "binary", "description": "部分名为照片编号"}
        form = {"type": "object", "required": [REPORT_PART], "properties": {REPORT_PART: schema}}
        content["multipart/form-data"] = {"schema": {**form, "additionalProperties": parts}}
    return {"requestBody": {"required": True, "content": content}}


@dataclass
class _Photos:
    """Photos as they come in: bytes on disk before anything may name them (design 1)."""

    office: Office
    kept: list[Arrived] = field(default_factory=list)
    _waiting: list[tuple[UUID, Incoming, Content]] = field(default_factory=list)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> "_Photos":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def take(self, part: Part) -> None:
        """Raises InvalidInput with the part's name, PhotoTooLarge, StoreFailed."""
        photo_id, most = _photo_id(part.name), self.office.settings.photo_max_bytes
        incoming = await self._open.enter_async_context(self.office.store.receive(part.data, max_bytes=most))
        try:
            content = await look(incoming.path, max_pixels=self.office.settings.photo_max_pixels)
        except NOT_TAKEN as error:
            raise InvalidInput.at(f"#/part/{photo_id}", error.code, str(error)) from error
        self._waiting.append((photo_id, incoming, content))
        if len(self._waiting) == KEPT_TOGETHER:
            await self.keep()

    async def keep(self) -> None:
        """All that came so far, announced first: they are swept some day if the report is refused."""
        if not self._waiting:
            return
        async with one_of_a_few(self.office), self.office.at_once() as tx:
            await expect(tx, {incoming.sha256 for _, incoming, _ in self._waiting}, at=self.office.now())
        for photo_id, incoming, content in self._waiting:
            self.kept.append(Arrived(photo_id, await self.office.store.keep(incoming), content))
        self._waiting.clear()
        await self._open.aclose()


async def _read(request: Request, office: Office, photos: _Photos, chunks: AsyncIterator[bytes]) -> bytes:
    """The report's own bytes; photos are taken as they come."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        _require_type(request, "application/json")
        return await _whole(chunks, office.settings.report_max_bytes)
    raw: bytes | None = None
    async for part in Multipart(content_type, chunks).parts():
        if part.name != REPORT_PART:
            await photos.take(part)
        elif raw is None:
            raw = await _whole(part.data, office.settings.report_max_bytes)
        else:
            raise InvalidInput.at("", "report_part_twice", "two parts named report")
    if raw is None:
        raise InvalidInput.at("", "report_part_missing", "no part named report")
    return raw


def _photo_id(name: str) -> UUID:
    try:
        photo_id = UUID(name)
    except ValueError:
        photo_id = None
    if photo_id is None or photo_id.version not in (4, 7):
        raise InvalidInput.at("", "part_name_unknown", "a part is named report, or by a photo's UUID (4 or 7)")
    return photo_id


async def _whole(chunks: AsyncIterable[bytes], most: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)


def _require_type(request: Request, wanted: str) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != wanted:
        raise HTTPException(415)


def _device_time(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        moment = datetime.fromisoformat(header.strip())
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise InvalidInput.at("#/header/Zhicha-Device-Time", "device_time_unreadable", "expected RFC 3339 with offset")
    return moment
