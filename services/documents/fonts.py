"""Fonts of papers: the office's own first, then Noto CJK of the system, else of the wheel; and what each can print."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from services.documents.errors import CharacterNotPrintable

SYSTEM = Path("/usr/share/fonts/opentype/noto")
WHEEL = "manimgx_fonts_cjk"
NOTO = ("Noto Serif CJK SC", "Noto Sans CJK SC")
# Collections carry every region's shapes of the same characters: a Chinese paper is not set in Japanese ones.
OTHER_REGIONS = re.compile(r"\b(JP|KR|TC|HK|Mono)\b")
# GB/T 9704-2012 7.3: 小标宋 for titles, 仿宋 for the text.
FOR_TITLES = re.compile(r"标宋|biao ?song|xbs", re.IGNORECASE)


@dataclass(frozen=True)
class FontShelf:
    """Families in the order they are tried, for text and for titles, and the characters that each has."""

    folders: tuple[str, ...]
    text: tuple[str, ...]
    titles: tuple[str, ...]
    covered: dict[str, frozenset[int]]

    def used_for(self, texts: Iterable[str]) -> list[str]:
        """The families that these texts are set in. Raises CharacterNotPrintable."""
        used = {self._family(character) for character in set().union(*texts) if character != "\n"}
        return [family for family in self.text if family in used]

    def _family(self, character: str) -> str:
        for family in self.text:
            if ord(character) in self.covered[family]:
                return family
        raise CharacterNotPrintable.of(character)


@lru_cache(maxsize=4)
def shelf(own: Path | None) -> FontShelf:
    """All fonts there are, read once a process (0.5 s): a font added later is known after a restart."""
    import typst  # here, as the api processes hardly ever need it

    folders = tuple(str(folder) for folder in font_folders(own))
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders)).fonts()
    faces: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for font in sorted(found, key=lambda font: (font.path or "", font.index)):
        if font.path and not OTHER_REGIONS.search(font.family):
            faces[font.family].append((font.path, font.index))
    own_families = [family for family in faces if family not in NOTO]
    for_titles = [family for family in own_families if FOR_TITLES.search(family)]
    for_text = [family for family in own_families if family not in for_titles]
    noto = [family for family in NOTO if family in faces]
    return FontShelf(
        folders=folders,
        text=(*for_text, *noto, *for_titles),
        titles=(*for_titles, *for_text, *noto),
        covered={family: _characters(faces[family]) for family in faces},
    )


def font_folders(own: Path | None) -> list[Path]:
    folders = [] if own is None else [own.resolve()]
    if SYSTEM.is_dir():
        return [*folders, SYSTEM]
    wheel = find_spec(WHEEL)
    places = wheel.submodule_search_locations if wheel else None
    return [*folders, *(Path(place) for place in places or [])]


def _characters(faces: list[tuple[str, int]]) -> frozenset[int]:
    """What every face of a family has: a title may be set in the bold one."""
    from fontTools.ttLib import TTFont

    common: set[int] | None = None
    for path, number in faces:
        with TTFont(path, fontNumber=number, lazy=True) as font:
            cmap = set(font.getBestCmap() or {})
        common = cmap if common is None else common & cmap
    return frozenset(common or ())
