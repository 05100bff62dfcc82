"""The sheet 对照图: a finding's photos from before on the left, those of later steps on the right, as one JPEG.

Flags are not on it: it is shown around, and an enterprise that sees which trick was seen does better the next time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from models.before_after import AfterStepRead, BeforeAfterRead, ComparedPhotoRead
from models.photos import Photo
from services.documents.lettering import lettering
from services.photos.derivatives import PictureMaker
from services.photos.kinds import Derivative
from services.photos.sheets import Cell, Column, Heading, Sheet, drawn
from services.photos.store import Store
from services.rules.clocks import SHANGHAI, local_date

MOST = 6
"""Photos a side: the first ones from before, and of the steps the newest."""


@dataclass(frozen=True)
class Laid:
    """A sheet, and the originals whose screen pictures it needs."""

    sheet: Sheet
    photos: tuple[Photo, ...]

    @property
    def sha256s(self) -> set[str]:
        """Of these originals."""
        return {photo.sha256 for photo in self.photos}

    @property
    def etag(self) -> str:
        """Another one when anything on it is another."""
        told = repr((self.sheet, [photo.sha256 for photo in self.photos]))
        return f'"{hashlib.sha256(told.encode()).hexdigest()}"'


def laid(shown: BeforeAfterRead, photos: Mapping[UUID, Photo]) -> Laid:
    """What stands where."""
    before, steps = shown.before[:MOST], _newest(shown.steps)
    left: Column = (
        Heading(f"整改前  {_day(shown.found_on)}", f"BEFORE  {shown.found_on}", "检查发现" + _by(shown.found_by)),
        *(_cell(photo, photos) for photo in before),
        *_left_out(len(shown.before) - len(before)),
    )
    right: list[Heading | Cell] = []
    for step, some in steps:
        right += [_heading(step), *(_cell(photo, photos) for photo in some)]
    kept, every = sum(len(some) for _, some in steps), sum(len(step.photos) for step in shown.steps)
    right += _left_out(every - kept)
    if not shown.steps:
        right.append(Heading("整改后", "AFTER", "尚无照片"))
    sheet = Sheet(f"整改前后对照  {shown.enterprise_name}", "BEFORE AND AFTER", shown.description, left, tuple(right))
    needed = {cell.sha256 for cell in (*left, *right) if isinstance(cell, Cell)}
    return Laid(sheet, tuple({photo.sha256: photo for photo in photos.values() if photo.sha256 in needed}.values()))


async def made(store: Store, pictures: PictureMaker, asked: Laid, fonts: Path | None) -> bytes | None:
    """The sheet, drawn in a thread; None while a screen picture is not there. No transaction is open.

    Raises StoreFailed, PhotoDamaged.
    """
    needed: dict[str, bytes] = {}
    for photo in asked.photos:
        picture = await store.get_derivative(photo.sha256, Derivative.SCREEN)
        if picture is None:
            return None
        needed[photo.sha256] = picture
    return await pictures.in_turn(lambda: drawn(asked.sheet, needed, lettering(fonts)))


def _newest(steps: Sequence[AfterStepRead]) -> list[tuple[AfterStepRead, list[ComparedPhotoRead]]]:
    """Room is given to the newest step first; a step for which none is left is not on the sheet."""
    room, taken = MOST, []
    for step in reversed(steps):
        some = step.photos[:room]
        room -= len(some)
        if some:
            taken.append((step, some))
    return taken[::-1]


def _heading(step: AfterStepRead) -> Heading:
    day = local_date(step.at)
    what = f"{step.step_label}（代报）" if step.on_behalf else step.step_label
    return Heading(f"整改后  {_day(day)}", f"AFTER  {day}", what + _by(step.people))


def _cell(photo: ComparedPhotoRead, photos: Mapping[UUID, Photo]) -> Cell:
    here = photos.get(photo.id)
    if here is None:
        return Cell(None, "照片未到", "NOT HERE YET")
    if here.no_pictures:
        return Cell(None, "无法显示，请看原件", "CANNOT BE SHOWN")
    if photo.taken_at is None:
        return Cell(here.sha256, "未写明拍摄时间", "NO TIME")
    return Cell(here.sha256, f"拍摄  {_moment(photo.taken_at)}", f"TAKEN  {_moment(photo.taken_at)}")


def _left_out(number: int) -> tuple[Heading, ...]:
    return (Heading(f"另有 {number} 张未列出", f"{number} MORE", ""),) if number > 0 else ()


def _by(people: Sequence[str]) -> str:
    return f"  {'、'.join(people)}" if people else ""


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
