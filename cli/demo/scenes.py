"""Drawn scenes: each hazard as one sees it, and the same place once it is cured. Units: 160 wide, 120 high."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 160, 120
MEDIUM_WEIGHT = 500
WALL, FLOOR, DARK, STEEL, RED, GREEN, YELLOW, BROWN, BLUE, WHITE = (
    "#cfc8bb", "#8f8576", "#2b2b2b", "#8d979e", "#c8281e", "#1f8a4c", "#f2b705", "#8a5a2b", "#2d5f9a", "#f6f4ef",
)  # fmt: skip


@dataclass(frozen=True)
class Pen:
    """Draws on a picture of any size in the scene's own units."""

    draw: ImageDraw.ImageDraw
    scale: float
    font: ImageFont.FreeTypeFont | None

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str | None = DARK) -> None:
        """A rectangle."""
        self.draw.rectangle(self._all((x, y), (x + width, y + height)), fill, edge, width=max(1, int(self.scale * 0.6)))

    def line(self, fill: str, thick: float, *points: tuple[float, float]) -> None:
        """A line through points."""
        self.draw.line(self._all(*points), fill, max(1, int(thick * self.scale)), joint="curve")

    def ball(self, x: float, y: float, radius: float, fill: str, edge: str | None = DARK) -> None:
        """A circle."""
        self.draw.ellipse(self._all((x - radius, y - radius), (x + radius, y + radius)), fill, edge)

    def shape(self, fill: str, *points: tuple[float, float]) -> None:
        """A polygon."""
        self.draw.polygon(self._all(*points), fill, DARK)

    def words(self, x: float, y: float, text: str, high: float, fill: str = WHITE) -> None:
        """Text, where a font with Chinese is at hand."""
        if self.font is not None:
            sized = self.font.font_variant(size=max(6, int(high * self.scale)))
            sized.set_variation_by_axes([MEDIUM_WEIGHT])  # the variant forgets it
            self.draw.text((x * self.scale, y * self.scale), text, fill, sized)

    def _all(self, *points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * self.scale, y * self.scale) for x, y in points]


def _exit(pen: Pen, cured: bool) -> None:
    pen.box(45, 22, 70, 78, STEEL)
    if cured:
        pen.box(50, 26, 60, 74, "#1b2733")
        pen.shape("#d9cfae", (50, 26), (78, 34), (78, 106), (50, 100))
        pen.box(62, 10, 36, 9, GREEN)
        pen.words(66, 10, "安全出口", 7)
    else:
        for y in range(28, 100, 6):
            pen.line("#5f686e", 0.7, (45, y), (115, y))
        pen.line(DARK, 2.4, (72, 84), (72, 76), (88, 76), (88, 84))
        pen.box(69, 83, 22, 15, YELLOW)
        pen.ball(80, 89, 2, DARK)


def _stairs(pen: Pen, cured: bool) -> None:
    for n in range(7):
        pen.box(20 + n * 15, 96 - n * 11, 16 + (6 - n) * 15, 11, "#b5aa98")
    if cured:
        pen.line(STEEL, 2, (22, 72), (118, 2))
        pen.box(118, 8, 30, 12, GREEN)
        pen.words(120, 9, "通道畅通", 6)
        return
    for x, y, size in ((24, 74, 20), (40, 68, 16), (66, 50, 18), (84, 44, 14)):
        pen.box(x, y, size, size, BROWN)
        pen.line("#d8b98a", 1, (x, y + size / 2), (x + size, y + size / 2))
    for x in (112, 142):
        pen.ball(x, 98, 9, DARK, STEEL)
    pen.line(RED, 3, (112, 98), (124, 82), (138, 82), (142, 98))
    pen.line(DARK, 2, (138, 82), (136, 70), (144, 68))
    pen.line(YELLOW, 1.2, (124, 84), (104, 40), (96, 8))


def _wiring(pen: Pen, cured: bool) -> None:
    if cured:
        pen.box(60, 24, 40, 52, "#d7dbde")
        for y in (32, 46, 60):
            pen.box(66, y, 28, 9, WHITE)
            pen.box(78, y + 2, 5, 5, GREEN)
        pen.box(76, 0, 7, 24, STEEL)
        pen.box(76, 76, 7, 44, STEEL)
        return
    pen.box(52, 54, 56, 26, WHITE)
    for x in (62, 80, 98):
        pen.ball(x, 67, 6, "#4b4038")
    for n, colour in enumerate((RED, BLUE, DARK, YELLOW, GREEN, RED)):
        top = 12 + n * 26
        pen.line(colour, 1.6, (top, 0), (top + 18, 22), (top - 16, 36), (58 + n * 9, 52))
        pen.line(colour, 1.6, (58 + n * 9, 80), (30 + n * 20, 96), (10 + n * 28, 118))
    pen.shape("#f07818", (74, 62), (80, 40), (86, 62))
    pen.shape(YELLOW, (77, 62), (80, 50), (84, 62))


def _gas(pen: Pen, cured: bool) -> None:
    pen.box(92, 66, 58, 40, "#9aa2a8")
    pen.ball(121, 66, 13, DARK)
    pen.box(20, 54, 26, 50, "#6c7f8c" if cured else "#9a8f2e")
    pen.box(28, 46, 10, 8, DARK)
    if cured:
        pen.line(STEEL, 2.5, (33, 46), (33, 36), (84, 36), (84, 78), (92, 78))
        pen.box(58, 8, 24, 16, WHITE)
        pen.ball(64, 16, 3, GREEN)
        pen.words(68, 11, "报警", 7, DARK)
        pen.box(8, 26, 50, 4, "#b5aa98")
    else:
        pen.line("#d06a1c", 2.5, (33, 46), (48, 20), (70, 92), (58, 112), (84, 100), (92, 78))
        pen.ball(70, 90, 3, RED)
        for x in (113, 121, 129):
            pen.shape("#f07818", (x - 4, 60), (x, 36), (x + 4, 60))


def _machine(pen: Pen, cured: bool) -> None:
    pen.box(12, 88, 136, 16, "#5d6870")
    pen.line(DARK, 3, (46, 38), (112, 50), (112, 82), (46, 86), (46, 38))
    for x, y, radius in ((46, 62, 24), (112, 66, 16)):
        pen.ball(x, y, radius, STEEL)
        pen.ball(x, y, radius / 3, DARK)
    if cured:
        pen.box(16, 30, 120, 60, YELLOW)
        for x in range(22, 134, 8):
            pen.line("#b88a00", 1, (x, 32), (x, 88))
        pen.ball(142, 80, 6, RED)
    else:
        pen.shape(YELLOW, (126, 34), (152, 34), (139, 10))
        pen.words(136, 15, "!", 15, DARK)


def _extinguisher(pen: Pen, cured: bool) -> None:
    pen.box(46, 18, 68, 84, "#b9b1a3")
    pen.words(58, 20, "灭火器", 9, RED)
    if not cured:
        pen.line(DARK, 2, (72, 44), (72, 54), (88, 54), (88, 44))
        pen.line("#7a7163", 1, (50, 98), (110, 34))
        return
    for x in (58, 84):
        pen.box(x, 46, 18, 50, RED)
        pen.box(x + 5, 38, 8, 8, DARK)
        pen.line(DARK, 2, (x + 9, 40), (x - 2, 52), (x - 2, 80))
        pen.ball(x + 9, 58, 4, WHITE)
        pen.line(GREEN, 1.2, (x + 9, 58), (x + 11, 55))


def _storage(pen: Pen, cured: bool) -> None:
    if cured:
        for x, colour in ((16, BLUE), (92, RED)):
            pen.box(x, 24, 54, 80, "#e5e0d6")
            for y in (52, 78):
                pen.line(DARK, 1.4, (x, y), (x + 54, y))
                pen.box(x + 6, y - 18, 14, 18, colour)
                pen.box(x + 30, y - 18, 14, 18, colour)
        pen.words(26, 10, "甲库", 10, DARK)
        pen.words(104, 10, "乙库", 10, DARK)
        return
    for x, y, colour in ((14, 66, BLUE), (34, 70, RED), (58, 62, BLUE), (80, 72, "#4f7a3a"), (104, 64, RED)):
        pen.box(x, y, 22, 38, colour)
        pen.line(WHITE, 1, (x, y + 12), (x + 22, y + 12))
    for x, y in ((26, 34), (62, 28), (96, 34)):
        pen.box(x, y, 30, 30, BROWN)
    pen.box(128, 84, 28, 20, "#c9b6d6")


def _edge(pen: Pen, cured: bool) -> None:
    pen.box(0, 60, 104, 14, "#a9a196")
    pen.box(0, 74, 160, 46, "#b9d3e6", None)
    pen.box(0, 74, 96, 46, "#8f8576", None)
    if cured:
        for x in range(8, 104, 19):
            pen.line(RED, 2.4, (x, 60), (x, 30))
        for y in (32, 46):
            pen.line(YELLOW, 2.4, (4, y), (104, y))
        return
    pen.ball(84, 28, 6, "#e0b48c")
    pen.line(BLUE, 7, (84, 36), (84, 50))
    pen.line(DARK, 2.4, (80, 60), (84, 50), (90, 60))
    pen.line(DARK, 2.4, (84, 40), (98, 48))


def _records(pen: Pen, cured: bool) -> None:
    pen.box(40, 8, 80, 102, WHITE)
    pen.words(52, 12, "检查记录", 13, DARK)
    for y in range(38, 100, 12):
        pen.line("#b9b1a3", 1, (48, y), (112, y))
        if cured:
            pen.line(BLUE, 1.2, (50, y - 3), (60, y - 7), (70, y - 3), (86, y - 6))
            pen.line(GREEN, 1.6, (98, y - 6), (102, y - 2), (110, y - 9))
    if cured:
        pen.ball(100, 92, 13, "#f3c9c5", RED)
        pen.words(92, 87, "已核", 8, RED)


def _sign(pen: Pen, cured: bool) -> None:
    pen.box(24, 64, 112, 40, STEEL)
    pen.line(DARK, 2, (60, 64), (60, 40), (100, 40), (100, 64))
    if cured:
        pen.shape(YELLOW, (52, 58), (108, 58), (80, 10))
        pen.words(76, 22, "!", 30, DARK)
        pen.words(54, 70, "当心危险", 13, YELLOW)
    else:
        pen.line("#d9e2e8", 1, (30, 70), (60, 98))


def _vehicle(pen: Pen, cured: bool) -> None:
    pen.line(YELLOW, 2, (0, 108), (160, 108))
    pen.box(108, 50, 36, 42, BLUE)
    pen.box(116, 56, 22, 16, "#cfe3f2")
    pen.box(20, 60, 88, 32, "#6c7f8c")
    for x in (40, 62, 126):
        pen.ball(x, 94, 10, DARK, STEEL)
    if cured:
        pen.box(26, 48, 76, 12, BROWN)
        return
    for n, y in enumerate((44, 28, 12)):
        pen.box(16 + n * 4, y, 90 - n * 6, 16, BROWN)
        pen.line("#d8b98a", 1, (16 + n * 4, y + 8), (106 - n * 2, y + 8))


def _vessel(pen: Pen, cured: bool) -> None:
    pen.box(34, 40, 92, 44, "#a9b3b9")
    pen.box(44, 84, 8, 20, DARK)
    pen.box(108, 84, 8, 20, DARK)
    pen.ball(80, 26, 14, WHITE)
    pen.line(GREEN if cured else RED, 2, (80, 26), (74, 18) if cured else (90, 22))
    pen.box(50, 52, 60, 18, GREEN if cured else "#d9cfae")
    pen.words(54, 54, "检验合格" if cured else "检验过期", 12, WHITE if cured else RED)


SCENES: dict[str, Callable[[Pen, bool], None]] = {
    "exit": _exit,
    "stairs": _stairs,
    "wiring": _wiring,
    "gas": _gas,
    "machine": _machine,
    "extinguisher": _extinguisher,
    "storage": _storage,
    "edge": _edge,
    "records": _records,
    "sign": _sign,
    "vehicle": _vehicle,
    "vessel": _vessel,
}


def draw_scene(
    scene: str, *, cured: bool, width: int, captions: Sequence[str], font: ImageFont.FreeTypeFont | None
) -> Image.Image:
    """The scene on a wall and a floor, with captions below as phones of officers stamp them."""
    scale = width / WIDTH
    picture = Image.new("RGB", (width, int(HEIGHT * scale)), WALL)
    pen = Pen(ImageDraw.Draw(picture), scale, font)
    pen.box(0, 100, WIDTH, 20, FLOOR, None)
    SCENES[scene](pen, cured)
    if captions and font is not None:
        high = 7.0
        top = HEIGHT - high * 1.35 * len(captions) - 1
        pen.box(0, top - 1, WIDTH, HEIGHT - top + 1, "#1d1d1d", None)
        for number, caption in enumerate(captions):
            pen.words(3, top + number * high * 1.35, caption, high)
    return picture
