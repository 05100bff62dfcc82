"""Several photos and some words on one sheet, drawn from their screen pictures with a bounded memory."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw

from services.documents.lettering import Lettering
from services.photos.errors import PhotoDamaged

WIDE, HIGH = 640, 640
"""What one photo may take up."""
MARGIN, GAP = 40, 14
TITLE, TEXT, SMALL = 34, 24, 20
INK, GREY, PAPER, LINE = "#1a1a1a", "#666666", "#ffffff", "#c8c8c8"
SIDES = ("#9a3412", "#166534")
"""Before and after."""
QUALITY = 82
ENDS = "…"


@dataclass(frozen=True)
class Heading:
    """A line over what follows, in Chinese and in letters that every font has, and a smaller one under it."""

    words: str
    plainly: str
    more: str


@dataclass(frozen=True)
class Cell:
    """A photo by the hash of its original, or none, and the words under it."""

    sha256: str | None
    words: str
    plainly: str


Column = tuple[Heading | Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """Two columns under a title. The text, and names, are drawn only where a font has Chinese."""

    title: str
    plainly: str
    text: str
    left: Column
    right: Column


def drawn(sheet: Sheet, pictures: Mapping[str, bytes], lettering: Lettering) -> bytes:
    """A JPEG. `pictures` are screen pictures by hash; each is decoded at half its size when its turn comes.

    Raises PhotoDamaged if one is none.
    """
    pen = _Pen(lettering)
    across = 2 * MARGIN + 2 * WIDE + MARGIN
    is_chinese = lettering.is_chinese
    title = pen.lines(sheet.title if is_chinese else sheet.plainly, TITLE, across - 2 * MARGIN, most=2)
    text = pen.lines(sheet.text if is_chinese else "", TEXT, across - 2 * MARGIN, most=3)
    top = MARGIN + len(title) * pen.step(TITLE) + len(text) * pen.step(TEXT) + GAP
    columns = (sheet.left, sheet.right)
    down = top + max(sum(pen.height(one, pictures) for one in column) for column in columns) + MARGIN
    paper = Image.new("RGB", (across, down), PAPER)
    draw = ImageDraw.Draw(paper)
    y = pen.write(draw, MARGIN, MARGIN, title, TITLE, INK)
    pen.write(draw, MARGIN, y, text, TEXT, GREY)
    draw.line((MARGIN, top - GAP // 2, across - MARGIN, top - GAP // 2), fill=LINE, width=2)
    for column, x, ink in zip(columns, (MARGIN, 2 * MARGIN + WIDE), SIDES, strict=True):
        y = top
        for one in column:
            pen.draw(paper, (x, y), one, pictures, ink)
            y += pen.height(one, pictures)
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


@dataclass(frozen=True)
class _Pen:
    lettering: Lettering

    def step(self, size: int) -> int:
        """From one line to the next."""
        return round(size * 1.45)

    def lines(self, words: str, size: int, width: int, *, most: int) -> list[str]:
        """Broken wherever it must be, as Chinese may; what does not fit ends in dots."""
        measure = self.lettering.font(size).getlength
        lines: list[str] = []
        rest = self.lettering.fitting(words)
        while rest and len(lines) < most:
            fits = _fitting(measure, rest, width)
            lines.append(rest[:fits])
            rest = rest[fits:].lstrip()
        if rest and lines:
            lines[-1] = lines[-1][: _fitting(measure, lines[-1], width - measure(ENDS))] + ENDS
        return lines

    def write(self, draw: ImageDraw.ImageDraw, x: int, y: int, lines: list[str], size: int, ink: str) -> int:
        """Where the next line goes."""
        for line in lines:
            draw.text((x, y), line, font=self.lettering.font(size), fill=ink)
            y += self.step(size)
        return y

    def height(self, one: Heading | Cell, pictures: Mapping[str, bytes]) -> int:
        """With the space under it."""
        if isinstance(one, Heading):
            return self.step(TEXT) + (self.step(SMALL) if self._more(one) else 0) + GAP // 2
        return _size(one, pictures)[1] + self.step(SMALL) + GAP

    def draw(
        self,
        paper: Image.Image,
        place: tuple[int, int],
        one: Heading | Cell,
        pictures: Mapping[str, bytes],
        ink: str,
    ) -> None:
        """At that place."""
        (x, y), draw = place, ImageDraw.Draw(paper)
        words = one.words if self.lettering.is_chinese else one.plainly
        if isinstance(one, Heading):
            y = self.write(draw, x, y, self.lines(words, TEXT, WIDE, most=1), TEXT, ink)
            self.write(draw, x, y, self._more(one), SMALL, GREY)
            return
        width, height = _size(one, pictures)
        if one.sha256 is None:
            draw.rectangle((x, y, x + width - 1, y + height - 1), outline=LINE, width=2)
        else:
            with _opened(pictures[one.sha256]) as picture:
                paper.paste(picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), (x, y))
        self.write(draw, x, y + height + 2, self.lines(words, SMALL, WIDE, most=1), SMALL, GREY)

    def _more(self, heading: Heading) -> list[str]:
        return self.lines(heading.more, SMALL, WIDE, most=1) if self.lettering.is_chinese else []


def _fitting(measure: Callable[[str], float], words: str, width: float) -> int:
    """How many characters of the words fit, at least one; a line that is broken by its sender is broken there."""
    end = words.find("\n")
    fits = len(words) if end < 0 else max(1, end)
    while fits > 1 and measure(words[:fits]) > width:
        fits -= 1
    return fits


def _size(cell: Cell, pictures: Mapping[str, bytes]) -> tuple[int, int]:
    """As large as the room is; small pictures are not blown up beyond twice their size."""
    if cell.sha256 is None:
        return WIDE, HIGH // 4
    with _opened(pictures[cell.sha256]) as picture:
        scale = min(WIDE / picture.width, HIGH / picture.height, 2.0)
        return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _opened(data: bytes) -> Image.Image:
    """Half as large as it is stored, which is still more than its room."""
    try:
        picture = Image.open(io.BytesIO(data), formats=["JPEG"])
    except OSError as error:
        raise PhotoDamaged("cannot_be_decoded") from error
    if max(picture.size) > WIDE:
        picture.draft("RGB", (WIDE, HIGH))
    return picture
