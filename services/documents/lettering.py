"""Words drawn into pictures: by a font that has Chinese where there is one, else in plain letters."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

from services.documents.fonts import NOTO, font_folders

FACES = (".ttf", ".otf", ".ttc")
REGULAR = 400
MISSING = "□"
SAMPLE = "整改前后复查"
"""A font that has these is taken to be Chinese."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Lettering:
    """A face of a file, and the characters that it has; without a file Pillow's own letters."""

    path: Path | None
    index: int
    covered: frozenset[int]

    @property
    def is_chinese(self) -> bool:
        """False: only plain letters can be drawn."""
        return self.path is not None

    def font(self, size: int) -> Font:
        """In pixels."""
        return _font(self.path, self.index, size)

    def fitting(self, words: str) -> str:
        """What has no glyph becomes a box, and is not dropped in silence."""
        if not self.is_chinese:
            return words.encode("ascii", "replace").decode()
        spaced = (" " if c.isspace() and c != "\n" else c for c in words)
        kept = (c for c in spaced if c.isprintable() or c == "\n")
        return "".join(c if c in "\n " or ord(c) in self.covered else MISSING for c in kept)


@lru_cache(maxsize=4)
def lettering(own: Path | None) -> Lettering:
    """The office's own font first, then Noto; looked for once a process."""
    for folder in font_folders(own):
        faces = (path for path in folder.rglob("*") if path.suffix.lower() in FACES)
        for path in sorted(faces, key=lambda path: ("regular" not in path.name.lower(), path.name)):
            index = _chinese_face(path)
            if index is not None:
                return Lettering(path, index, _characters(path, index))
    return Lettering(None, 0, frozenset())


def _chinese_face(path: Path) -> int | None:
    """The face of a collection that draws Chinese as in China; of a single font, it itself."""
    names: list[str] = []
    while True:
        try:
            names.append(ImageFont.truetype(str(path), 10, index=len(names)).getname()[0] or "")
        except OSError:
            break
    chinese = [index for index, name in enumerate(names) if name in NOTO]
    index = chinese[0] if chinese else 0
    return index if names and {ord(c) for c in SAMPLE} <= _characters(path, index) else None


@lru_cache(maxsize=16)
def _characters(path: Path, index: int) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            return frozenset(font.getBestCmap() or {})
    except TTLibError:
        return frozenset()


@cache
def _font(path: Path | None, index: int, size: int) -> Font:
    if path is None:
        return ImageFont.load_default(size)
    font = ImageFont.truetype(str(path), size, index=index)
    with suppress(OSError):  # it is none with a weight to set; a variable one stands at its thinnest
        font.set_variation_by_axes([REGULAR])
    return font
