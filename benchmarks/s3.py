"""A photo of 3 MB into S3: our road (spooled, hashed, sent, asked for again), beside boto3's own upload of a file.

The service is moto, in a process of its own; needs `make setup`. `S3_PHOTOS` for another number.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from benchmarks.office import FOLDER
from benchmarks.shots import exposure, printed
from services.photos.bucket import Bucket
from services.photos.local_store import LocalStore
from services.photos.s3_store import S3Store
from services.settings import Settings

PHOTOS = int(os.environ.get("S3_PHOTOS", "20"))
TURNS = 5
BUCKET = "bench"
PIECE = 64 * 1024


def measure() -> None:
    """Print both, by the clock and by processor, best of several turns."""
    photo = exposure(4000, 3000, 3_000_000)
    with tempfile.TemporaryDirectory(prefix="zhicha-bench-", dir=FOLDER) as kept, _service() as port:
        folder = Path(kept)
        ours, floor = [], []
        for turn in range(TURNS):
            shots = [printed(photo).data for _ in range(PHOTOS)]
            ours.append(_spent(partial(_keep_all, folder, port, shots)))
            files = [_written(folder / f"{turn}-{number}", data) for number, data in enumerate(shots)]
            floor.append(_spent(partial(_by_boto3, port, files)))
    print(f"S3: {PHOTOS} photos of {len(photo) / 1e6:.1f} MB one after the other, a photo, best of {TURNS} turns:")
    for at, name in enumerate(("clock", "processor")):
        mine, its = (min(one[at] for one in spent) * 1000 / PHOTOS for spent in (ours, floor))
        print(f"  {name:<10} {mine:.1f} ms, boto3 alone {its:.1f} ms: {mine / its:.2f} x")


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def _keep_all(folder: Path, port: int, shots: list[bytes]) -> None:
    asyncio.run(_kept(folder, port, shots))


async def _kept(folder: Path, port: int, shots: list[bytes]) -> None:
    endpoint = f"http://127.0.0.1:{port}"
    settings = Settings(
        data=folder, store=f"s3://{BUCKET}/ours", s3_endpoint=endpoint, s3_key_id="key", s3_secret_key="secret"
    )
    store = S3Store(Bucket(settings), LocalStore(settings.photos))
    for shot in shots:
        async with store.receive(_pieces(shot), max_bytes=len(shot)) as incoming:
            await store.keep(incoming)
    store.close()


async def _pieces(shot: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(shot), PIECE):
        yield shot[start : start + PIECE]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _by_boto3(port: int, files: list[Path]) -> None:
    client = _client(port)
    for file in files:
        client.upload_file(str(file), BUCKET, f"floor/{file.name}")


def _client(port: int) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )


@contextmanager
def _service() -> Iterator[int]:
    """Its port; it holds one empty bucket."""
    service = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert service.stdout is not None
        port = next(int(found[1]) for line in service.stdout if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
        _client(port).create_bucket(Bucket=BUCKET)
        yield port
    finally:
        service.terminate()
        service.wait()
