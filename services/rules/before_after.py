"""What a photo after rectification tells, beside those from before: flags that want a look, and one that is good news.

A flag is never a verdict. The 128 bits cannot tell a cropped photo from one that was taken again from the same spot, so
nothing that rests on them alone is red.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.rules.clocks import Rule
from services.rules.evidence.facts import Bounds, Shot
from services.rules.evidence.whereabouts import places_of
from services.rules.places import Place, distance_m


class Tone(StrEnum):
    """The same words as models.before_after.FlagTone."""

    GOOD = "good"
    AMBER = "amber"
    RED = "red"


class PhotoFlag(StrEnum):
    """The closed set; labels and explanations are in models/before_after.py."""

    SAME_FILE_AS_BEFORE = "same_file_as_before"
    LIKE_BEFORE = "like_before"
    SAME_SCENE = "same_scene"
    USED_EARLIER = "used_earlier"
    USED_AT_OTHER_ENTERPRISE = "used_at_other_enterprise"
    LIKE_AT_OTHER_ENTERPRISE = "like_at_other_enterprise"
    TAKEN_BEFORE_ORDER = "taken_before_order"
    TAKEN_FAR_AWAY = "taken_far_away"
    SCREEN_SIZED = "screen_sized"

    @property
    def tone(self) -> Tone:
        """Red for what honest work hardly ever leaves behind."""
        if self is PhotoFlag.SAME_SCENE:
            return Tone.GOOD
        return Tone.RED if self in _RED else Tone.AMBER


_RED = {PhotoFlag.SAME_FILE_AS_BEFORE, PhotoFlag.USED_AT_OTHER_ENTERPRISE}


@dataclass(frozen=True)
class Pictured:
    """A photo that came: its exact and its perceptual fingerprint (none yet, or too flat), and its own words."""

    sha256: str
    width: int
    height: int
    has_exif: bool
    dhash: int | None = None
    shot: Shot = field(default_factory=Shot)

    def bits_from(self, other: "Pictured") -> int | None:
        """In how many bits the two differ, where both have any."""
        if self.dhash is None or other.dhash is None:
            return None
        return (self.dhash ^ other.dhash).bit_count()


@dataclass(frozen=True)
class UsedBefore:
    """What records before this one show: whoever sees them or not. `nearest_elsewhere` counts bits, of other files."""

    earlier_here: bool = False
    same_file_elsewhere: bool = False
    nearest_elsewhere: int | None = None


@dataclass(frozen=True)
class Asked:
    """What the photos are held against: when the order was issued, where the enterprise is, which screens there are.

    Without a place on the register the place of a photo from before will do. Screens have their shorter side first.
    """

    bounds: Bounds
    ordered_at: datetime | None = None
    place: Place | None = None
    screens: Collection[tuple[int, int]] = ()


@dataclass(frozen=True)
class Raised:
    """A flag; `measured` in the unit of the row `rule`, `before` the place of the photo that it rests on."""

    flag: PhotoFlag
    rule: Rule | None = None
    measured: float | None = None
    before: int | None = None


def photo_flags(photo: Pictured, before: Sequence[Pictured], used: UsedBefore, asked: Asked) -> list[Raised]:
    """All flags of one photo after rectification."""
    return [
        *_beside(photo, before, asked.bounds),
        *_elsewhere(used),
        *_when(photo.shot, asked),
        *_where(photo.shot, before, asked),
        *_screen(photo, asked.screens),
    ]


def _beside(photo: Pictured, before: Sequence[Pictured], bounds: Bounds) -> Iterator[Raised]:
    """The nearest of the photos from before: the same file, almost the same picture, or the same scene."""
    for at, one in enumerate(before):
        if one.sha256 == photo.sha256:
            yield Raised(PhotoFlag.SAME_FILE_AS_BEFORE, before=at)
            return
    apart = [(bits, at) for at, one in enumerate(before) if (bits := photo.bits_from(one)) is not None]
    if not apart:
        return
    bits, at = min(apart)
    if bits <= bounds.number(Rule.PHOTO_ALIKE):
        yield Raised(PhotoFlag.LIKE_BEFORE, Rule.PHOTO_ALIKE, bits, at)
    elif bits <= bounds.number(Rule.PHOTO_SAME_SCENE):
        yield Raised(PhotoFlag.SAME_SCENE, Rule.PHOTO_SAME_SCENE, bits, at)


def _elsewhere(used: UsedBefore) -> Iterator[Raised]:
    if used.earlier_here:
        yield Raised(PhotoFlag.USED_EARLIER)
    if used.same_file_elsewhere:
        yield Raised(PhotoFlag.USED_AT_OTHER_ENTERPRISE)
    elif used.nearest_elsewhere is not None:
        yield Raised(PhotoFlag.LIKE_AT_OTHER_ENTERPRISE, Rule.PHOTO_ALIKE_ELSEWHERE)  # how near is not told


def _when(shot: Shot, asked: Asked) -> Iterator[Raised]:
    if shot.taken_at is None or asked.ordered_at is None:
        return
    early = asked.ordered_at - shot.taken_at
    if early > asked.bounds.span(Rule.CLOCK_SKEW):
        yield Raised(PhotoFlag.TAKEN_BEFORE_ORDER, Rule.CLOCK_SKEW, early.total_seconds() / 60)


def _where(shot: Shot, before: Sequence[Pictured], asked: Asked) -> Iterator[Raised]:
    anchors = [asked.place] if asked.place is not None else [place for one in before for place in places_of(one.shot)]
    away = [distance_m(place, anchor) for place in places_of(shot) for anchor in anchors]
    if away and min(away) > asked.bounds.number(Rule.FAR_AWAY):
        yield Raised(PhotoFlag.TAKEN_FAR_AWAY, Rule.FAR_AWAY, min(away))


def _screen(photo: Pictured, screens: Collection[tuple[int, int]]) -> Iterator[Raised]:
    """A screenshot has a screen's size and no camera's words; so, rarely, has what a chat program made small."""
    if not photo.has_exif and (min(photo.width, photo.height), max(photo.width, photo.height)) in screens:
        yield Raised(PhotoFlag.SCREEN_SIZED)
