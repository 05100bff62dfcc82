"""The few calls to an S3 service on which the promise rests; all of them bounded in time, none of them silent."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store as Remote

from services.photos.errors import StoreFailed
from services.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

PATIENCE_SECONDS = 20.0
"""So long a call is repeated; then who asked is told to come again."""
SLOWEST_BYTES_PER_SECOND = 250_000
PART = 5 * 1024 * 1024
"""The least that S3 takes as a part of a larger object, and the most of a photo that one call holds in memory."""
LISTED_AT_ONCE = 500
RETRIES: "RetryConfig" = {
    "max_retries": 8,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=4), "base": 2},
}


@dataclass(frozen=True)
class Found:
    """An object as the service describes it."""

    name: str
    size: int
    etag: str
    touched_at: datetime


@dataclass(frozen=True)
class Content:
    """What a file holds, as S3 would sum it up: the MD5 of it, or of its parts' MD5s."""

    size: int
    etag: str

    @classmethod
    def of(cls, path: Path) -> "Content":
        """Reads the file, part by part."""
        sums, size = [], 0
        with path.open("rb") as file:
            while piece := file.read(PART):
                sums.append(hashlib.md5(piece, usedforsecurity=False))
                size += len(piece)
        if len(sums) <= 1:
            return cls(size, sums[0].hexdigest() if sums else hashlib.md5(b"", usedforsecurity=False).hexdigest())
        joined = hashlib.md5(b"".join(each.digest() for each in sums), usedforsecurity=False)
        return cls(size, f"{joined.hexdigest()}-{len(sums)}")


class Bucket:
    """A bucket, and the prefix under which this office's objects lie. Every method raises StoreFailed."""

    def __init__(self, settings: Settings, *, patience: float = PATIENCE_SECONDS) -> None:
        """`settings` name a store in S3."""
        assert settings.bucket_and_prefix is not None
        assert settings.s3_secret_key is not None
        bucket, prefix = settings.bucket_and_prefix
        options: ClientConfig = {"connect_timeout": "3s", "timeout": "10s"}
        if settings.s3_endpoint.startswith("http://"):
            options["allow_http"] = True
        place: S3Config = {"endpoint": settings.s3_endpoint} if settings.s3_endpoint else {}
        self.patience = patience
        self._remote = Remote(
            bucket,
            prefix=prefix or None,
            config={
                "region": settings.s3_region,
                "access_key_id": settings.s3_key_id,
                "secret_access_key": settings.s3_secret_key.get_secret_value(),
                "virtual_hosted_style_request": settings.s3_virtual_host,
                **place,
            },
            client_options=options,
            retry_config=RETRIES,
        )

    @asynccontextmanager
    async def patient(self, size: int = 0) -> AsyncIterator[None]:
        """What is done in here, with `size` bytes to carry, ends in time."""
        try:
            async with asyncio.timeout(self.patience + size / SLOWEST_BYTES_PER_SECOND):
                yield
        except TimeoutError:
            raise StoreFailed("ETIMEDOUT") from None
        except (PermissionDeniedError, UnauthenticatedError):
            raise StoreFailed("EACCES") from None
        except FileNotFoundError:
            raise StoreFailed("ENOENT") from None
        except OSError as error:
            raise StoreFailed.of(error) from error
        except BaseError:  # its text names addresses
            raise StoreFailed("EIO") from None

    async def head(self, name: str) -> Found | None:
        """What is there under a name."""
        async with self.patient():
            try:
                told = await obstore.head_async(self._remote, name)
            except FileNotFoundError:
                return None
        return Found(name, told["size"], (told["e_tag"] or "").strip('"'), told["last_modified"])

    async def put(self, name: str, content: bytes, *, replace: bool = True) -> None:
        """The object in one call. Where one is there already it stays, unless `replace`."""
        async with self.patient(len(content)):
            try:
                await obstore.put_async(
                    self._remote, name, content, mode="overwrite" if replace else "create", use_multipart=False
                )
            except AlreadyExistsError:
                return  # who came first sent the same, or who asks will see that it is not

    async def put_parts(self, name: str, path: Path, size: int) -> None:
        """A large file, part by part: S3 knows no put-if-absent for it."""
        async with self.patient(size):
            await obstore.put_async(self._remote, name, path, use_multipart=True, chunk_size=PART, max_concurrency=1)

    async def get(self, name: str) -> bytes | None:
        """A small object."""
        async with self.patient():
            try:
                answer = await obstore.get_async(self._remote, name)
            except FileNotFoundError:
                return None
            return bytes(await answer.bytes_async())

    async def get_range(self, name: str, start: int, length: int) -> bytes | None:
        """Some bytes of an object."""
        async with self.patient(length):
            try:
                return bytes(await obstore.get_range_async(self._remote, name, start=start, length=length))
            except FileNotFoundError:
                return None

    async def delete(self, name: str) -> None:
        """Quiet when there is none."""
        async with self.patient():
            try:
                await obstore.delete_async(self._remote, name)
            except FileNotFoundError:
                return

    async def folders(self, folder: str) -> set[str]:
        """The folders right below one."""
        async with self.patient():
            listed = await obstore.list_with_delimiter_async(self._remote, folder)
        return {name.rpartition("/")[2] for name in listed["common_prefixes"]}

    async def names(self, folder: str) -> AsyncIterator[Found]:
        """Everything below a folder."""
        listing = obstore.list(self._remote, prefix=folder, chunk_size=LISTED_AT_ONCE)
        while True:
            async with self.patient():
                try:
                    page = await anext(listing)
                except StopAsyncIteration:
                    return
            for told in page:
                name = told["path"].rpartition("/")[2]
                yield Found(name, told["size"], (told["e_tag"] or "").strip('"'), told["last_modified"])
