"""Fingerprints: of a photo that was changed a little they hardly differ, of other places in half of their bits."""

import io
from itertools import combinations

import pytest
from PIL import Image

from services.photos.errors import PhotoDamaged
from services.photos.fingerprints import as_bits, fingerprint
from services.photos.imaging import make_pictures
from services.photos.kinds import Derivative, ImageKind
from tests.makers_likenesses import CHANGES, as_jpeg, view
from tests.pictures import HELD

ALIKE = 24
"""The row photo.alike; docs/photos.md has the figures on real photos."""


def seen(data: bytes, orientation: int = 1) -> int | None:
    thumb = Derivative.THUMB
    return fingerprint(make_pictures(io.BytesIO(data), ImageKind.JPEG, orientation, [thumb], max_pixels=10**8)[thumb])


def distance(one: int | None, other: int | None) -> int:
    assert one is not None
    assert other is not None
    return (one ^ other).bit_count()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", range(4))
def test_a_photo_that_was_changed_a_little_is_known_again(change: str, seed: int) -> None:
    place = view(seed)
    assert distance(seen(as_jpeg(place)), seen(as_jpeg(CHANGES[change](place)))) <= ALIKE


def test_different_places_differ_in_about_half_of_their_bits() -> None:
    prints = [seen(as_jpeg(view(seed))) for seed in range(20)]
    apart = [distance(one, other) for one, other in combinations(prints, 2)]
    assert min(apart) > ALIKE
    assert 54 < sum(apart) / len(apart) < 74


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_how_the_phone_was_held_does_not_matter(orientation: int) -> None:
    place = view(7)
    held = as_jpeg(place.transpose(HELD[orientation]))
    assert distance(seen(as_jpeg(place)), seen(held, orientation)) <= 4


@pytest.mark.parametrize("size", [(1, 1), (9, 9), (40, 3000), (3200, 2400)])
def test_a_picture_of_any_size_has_one_unless_it_is_flat(size: tuple[int, int]) -> None:
    assert seen(as_jpeg(Image.new("RGB", size, "grey"))) is None
    if min(size) > 1:
        assert seen(as_jpeg(view(3).resize(size))) is not None


def test_the_dark_and_a_bare_wall_are_too_flat_to_be_told() -> None:
    assert seen(as_jpeg(Image.new("RGB", (640, 480), "black"))) is None
    wall = Image.effect_noise((640, 480), 8).convert("RGB")
    assert seen(as_jpeg(wall)) is None


def test_the_first_bits_are_the_first_row_from_left_to_right() -> None:
    rising = Image.linear_gradient("L").rotate(90)  # from dark to light
    found = seen(as_jpeg(rising.convert("RGB")))
    assert found is not None
    assert as_bits(found) == "1" * 64 + "0" * 64


def test_what_is_no_picture_is_damage() -> None:
    with pytest.raises(PhotoDamaged):
        fingerprint(b"\xff\xd8nothing\xff\xd9")
