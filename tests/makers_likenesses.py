"""Photos that look like something: views that differ, and what cheats and chat programs make of one."""

import io
import random
from collections.abc import Callable
from uuid import uuid4

from PIL import Image, ImageDraw, ImageEnhance

from tests.pictures import Tags, exif

Change = Callable[[Image.Image], Image.Image]
WIDTH, HEIGHT = 960, 720


def view(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A place like no other: a coarse ground with some things in it. The same seed is the same place."""
    dice = random.Random(seed)
    ground = Image.new("RGB", (7, 6))
    for at in range(42):
        ground.putpixel((at % 7, at // 7), tuple(dice.randrange(30, 226) for _ in range(3)))
    picture = ground.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        x, y = dice.randrange(width), dice.randrange(height)
        box = (x, y, x + width // dice.randrange(4, 9), y + height // dice.randrange(4, 9))
        draw.rectangle(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    return picture


def as_jpeg(picture: Image.Image, quality: int = 90, tags: Tags | None = None) -> bytes:
    """A file like no other: a camera of its own is in its EXIF, unless tags say what is."""
    out = io.BytesIO()
    block = exif(tags or Tags(model=str(uuid4()))).tobytes()
    picture.convert("RGB").save(out, "JPEG", quality=quality, exif=block)
    return out.getvalue()


def recompressed(picture: Image.Image) -> Image.Image:
    """As after a chat program: quality 40."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=40)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def cropped(picture: Image.Image) -> Image.Image:
    """Five of a hundred of each side's length gone, half of it at each end."""
    across, down = round(picture.width * 0.025), round(picture.height * 0.025)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def turned(picture: Image.Image) -> Image.Image:
    """By two degrees, corners black."""
    return picture.rotate(2, resample=Image.Resampling.BICUBIC)


def brighter(picture: Image.Image) -> Image.Image:
    """A fifth."""
    return ImageEnhance.Brightness(picture).enhance(1.2)


def darker(picture: Image.Image) -> Image.Image:
    """A fifth."""
    return ImageEnhance.Brightness(picture).enhance(0.8)


def watermarked(picture: Image.Image) -> Image.Image:
    """With the bar of time and place that camera programs print into the lower left."""
    bar = picture.convert("RGBA")
    layer = Image.new("RGBA", bar.size)
    draw, across, down = ImageDraw.Draw(layer), bar.width, bar.height
    draw.rectangle((across * 0.03, down * 0.72, across * 0.55, down * 0.97), fill=(20, 40, 90, 140))
    for line in range(4):
        words, size = "2026-11-24 09:12  N30.6923 E111.2867", max(8, round(down * 0.045))
        draw.text((across * 0.05, down * (0.74 + 0.058 * line)), words, fill="white", font_size=size)
    return Image.alpha_composite(bar, layer).convert("RGB")


CHANGES: dict[str, Change] = {
    "recompressed, quality 40": recompressed,
    "cropped by 5 %": cropped,
    "turned by 2 degrees": turned,
    "20 % brighter": brighter,
    "20 % darker": darker,
    "watermarked": watermarked,
}
