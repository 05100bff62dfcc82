"""Pictures over the store: light ones in a thread at first look, HEIC, AVIF and heavy ones by the child alone."""

import io
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from services.confined.runner import Confined
from services.confined.works import PICTURES
from services.photos import derivatives
from services.photos.derivatives import HeldAlone, Original, PictureMaker
from services.photos.errors import OriginalMissing, PhotoDamaged, PictureTooHeavy
from services.photos.ingest import look_now
from services.photos.kinds import Derivative
from services.photos.local_store import LocalStore
from tests.pictures import REAL_PHOTOS, UPRIGHT, Tags, corners, photo

MAX_PIXELS = 110_000_000
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path, threads=2)
    yield store
    store.close()


@pytest.fixture
def maker(store: LocalStore) -> Iterator[PictureMaker]:
    maker = PictureMaker(store, Confined(), max_pixels=MAX_PIXELS)
    yield maker
    maker.close()


async def kept(store: LocalStore, data: bytes) -> Original:
    async def body() -> AsyncIterator[bytes]:
        yield data

    async with store.receive(body(), max_bytes=30_000_000) as incoming:
        seen = look_now(incoming.path, max_pixels=MAX_PIXELS)
        done = await store.keep(incoming)
    return Original(done.sha256, seen.kind, seen.width, seen.height)


async def picture(store: LocalStore, original: Original, derivative: Derivative) -> Image.Image:
    data = await store.get_derivative(original.sha256, derivative)
    assert data is not None
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_light_photo_has_its_thumb_at_the_first_look(store: LocalStore, maker: PictureMaker, form: str) -> None:
    original = await kept(store, photo(form, Tags(orientation=6), 640, 480))
    thumb = await maker.at_first_look(original, Derivative.THUMB)
    assert thumb is not None
    assert corners(Image.open(io.BytesIO(thumb))) == UPRIGHT
    assert await store.get_derivative(original.sha256, Derivative.THUMB) == thumb
    assert await maker.at_first_look(original, Derivative.THUMB) == thumb


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
async def test_heic_and_avif_wait_for_the_worker_and_stand_upright_then(
    store: LocalStore, maker: PictureMaker, form: str, orientation: int
) -> None:
    original = await kept(store, photo(form, Tags(orientation=orientation, make="HUAWEI"), 640, 480))
    assert (original.width, original.height) == (640, 480)
    assert await maker.at_first_look(original, Derivative.THUMB) is None

    await maker.make_missing(original)

    thumb = await picture(store, original, Derivative.THUMB)
    assert thumb.size == (320, 240)
    assert corners(thumb) == UPRIGHT
    assert not thumb.getexif()
    assert (await picture(store, original, Derivative.SCREEN)).size == (640, 480)
    assert await maker.at_first_look(original, Derivative.THUMB) is not None


async def test_a_photo_too_heavy_for_a_thread_is_made_in_the_child_as_well(
    store: LocalStore, maker: PictureMaker
) -> None:
    original = await kept(store, photo("PNG", Tags(orientation=6), 640, 480))
    heavy = replace(original, width=60_000)
    assert await maker.at_first_look(heavy, Derivative.THUMB) is None
    await maker.make_missing(heavy)
    assert corners(await picture(store, original, Derivative.THUMB)) == UPRIGHT


async def test_a_heavy_picture_is_made_only_when_no_other_heavy_one_is(
    store: LocalStore, maker: PictureMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = await kept(store, photo("HEIF", width=640, height=480))
    monkeypatch.setattr(derivatives, "HELD_BESIDE", 1_000_000)
    with pytest.raises(HeldAlone):
        await maker.make_missing(original)
    await maker.make_missing(original, alone=True)
    assert (await picture(store, original, Derivative.THUMB)).size == (320, 240)


async def test_a_picture_that_is_too_heavy_never_comes_to_its_decoder(
    store: LocalStore, maker: PictureMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = await kept(store, photo("AVIF", width=640, height=480))
    monkeypatch.setattr(derivatives, "HELD_AT_MOST", 640 * 480)
    monkeypatch.setattr(Confined, "run", None)
    for alone in (True, False):
        with pytest.raises(PictureTooHeavy):
            await maker.make_missing(original, alone=alone)


async def test_a_thread_decodes_no_picture_that_its_decoder_holds_whole_beyond_its_share(
    store: LocalStore, maker: PictureMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = await kept(store, photo("WEBP", width=640, height=480))
    monkeypatch.setattr(derivatives, "HELD_IN_THREAD", 640 * 480)
    assert await maker.at_first_look(original, Derivative.THUMB) is None
    await maker.make_missing(original)
    assert await maker.at_first_look(original, Derivative.THUMB) is not None


async def test_a_png_of_110_megapixels_is_shown_where_its_pixels_have_no_room(
    store: LocalStore, maker: PictureMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (10_480, 10_480), "green").save(out, "PNG")
    narrow = replace(PICTURES, limits=replace(PICTURES.limits, memory_bytes=250_000_000))
    monkeypatch.setattr(derivatives, "PICTURES", narrow)  # its pixels are 440 MB
    original = await kept(store, out.getvalue())
    await maker.make_missing(original)
    assert (await picture(store, original, Derivative.SCREEN)).size == (1600, 1600)


@pytest.mark.parametrize("form", ["JPEG", "HEIF", "AVIF"])
async def test_data_that_only_the_decoder_finds_broken_is_damage_not_a_crash(
    store: LocalStore, maker: PictureMaker, form: str
) -> None:
    out = bytearray(photo(form, width=640, height=480))
    middle = len(out) // 2
    out[middle : len(out) - 40] = b"\x55" * (len(out) - 40 - middle)
    original = await kept(store, bytes(out))
    try:
        await maker.make_missing(original)
    except PhotoDamaged:
        return
    assert (await picture(store, original, Derivative.THUMB)).size == (320, 240)


async def test_an_original_that_is_not_there_is_named(store: LocalStore, maker: PictureMaker) -> None:
    original = await kept(store, photo("JPEG"))
    with pytest.raises(OriginalMissing):
        await maker.at_first_look(replace(original, sha256="0" * 64), Derivative.THUMB)


def test_the_service_never_loads_the_heic_decoder() -> None:
    code = (
        "import sys, services.photos.derivatives, services.photos.local_store, services.photos.ingest\n"
        "print([m for m in sys.modules if 'heif' in m.lower() and not m.startswith('services.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not REAL_PHOTOS.is_dir(), reason="the folder of real photos is not beside this checkout")
@pytest.mark.parametrize(
    "name", ["HMD_Nokia_8.3_5G.jpg", "HMD_Nokia_8.3_5G.heif", "iphone_hdr_YES.jpg", "IMG_5195.HEIC", "DSCN0010.jpg"]
)
async def test_real_photos_get_both_pictures_in_their_own_proportions(
    store: LocalStore, maker: PictureMaker, name: str
) -> None:
    original = await kept(store, (REAL_PHOTOS / name).read_bytes())
    await maker.make_missing(original, alone=True)
    for derivative in Derivative:
        made = await picture(store, original, derivative)
        assert max(made.size) == min(derivative.box, max(original.width, original.height))
        assert made.width / made.height == pytest.approx(original.width / original.height, abs=0.01)
