"""What is known of one visit when it is asked whether it was 四不两直, and the bounds that it is held against."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.rules.clocks import Rule, RuleBook
from services.rules.places import Place


@dataclass(frozen=True)
class Bounds:
    """The numbers of catalog/limits.csv as they stood on the visit's own day."""

    book: RuleBook
    day: date

    def number(self, rule: Rule) -> int:
        """The row's number, in its own unit."""
        return self.book.limit(rule, self.day).value

    def span(self, rule: Rule) -> timedelta:
        """The row's number as a time."""
        limit = self.book.limit(rule, self.day)
        return timedelta(**{SPANS[limit.unit]: limit.value})


SPANS = {"minutes": "minutes", "hours": "hours", "calendar_days": "days"}


class Source(StrEnum):
    """Where a fix comes from; the same words as models.words.LocationSource."""

    GPS = "gps"
    NETWORK = "network"
    MANUAL = "manual"
    EXIF = "exif"


@dataclass(frozen=True)
class Fix:
    """A phone's own word on where it is."""

    place: Place
    accuracy_m: float | None = None
    source: Source = Source.GPS
    mocked: bool = False


@dataclass(frozen=True)
class Registered:
    """The enterprise's place on the register, and since when it has been there."""

    place: Place
    since: datetime | None = None


class Seen(StrEnum):
    """Where else the very same photo was used before."""

    NOWHERE = "nowhere"
    SAME_ENTERPRISE = "same_enterprise"
    OTHER_ENTERPRISE = "other_enterprise"


@dataclass(frozen=True)
class Shot:
    """A photo of the visit: what the camera wrote into it, and what the report says of it."""

    camera_at: datetime | None = None
    camera_place: Place | None = None
    said_at: datetime | None = None
    said_place: Place | None = None
    seen: Seen = Seen.NOWHERE

    @property
    def taken_at(self) -> datetime | None:
        """The camera's time, else the report's."""
        return self.camera_at or self.said_at


@dataclass(frozen=True)
class OtherVisit:
    """Another visit that one of the officers reported; `fix` as the phone gave it then, if it did."""

    arrived_at: datetime
    left_at: datetime | None = None
    register: Place | None = None
    fix: Fix | None = None


@dataclass(frozen=True)
class CodeShown:
    """The arrival code that the report carries, as far as this server knows it."""

    is_ours: bool
    """Issued to one of the visit's officers for this very enterprise."""
    issued_at: datetime | None = None


class Scanned(StrEnum):
    """Whose code the report says was scanned at the gate, as far as this server knows it."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class SecondPhone:
    """Another officer's own phone, as it confirmed the arrival code."""

    at: datetime
    fix: Fix | None = None
    same_device: bool = False


@dataclass(frozen=True)
class Facts:
    """One visit. Times of the report are the phone's, `received_at` and codes the server's.

    `skew` is how far the server's clock is ahead of the phone's. `was_expected`: a re-inspection, whose date follows
    from an order that the enterprise holds. `accompaniment_stated`: the report speaks of it, if only to say nobody.
    `valid_cards` is null while a report is held: nobody has looked them up yet.
    """

    arrived_at: datetime
    received_at: datetime
    left_at: datetime | None = None
    skew: timedelta | None = None
    fix: Fix | None = None
    register: Registered | None = None
    shots: tuple[Shot, ...] = ()
    others: tuple[OtherVisit, ...] = ()
    code: CodeShown | None = None
    scanned: Scanned | None = None
    second_phones: tuple[SecondPhone, ...] = ()
    officers: int = 2
    valid_cards: int | None = 2
    credentials_shown: bool | None = None
    briefing_before: bool | None = None
    accompanied_by: str | None = None
    accompaniment_stated: bool = False
    was_expected: bool = False
    released_at: datetime | None = None

    @property
    def arrived_here(self) -> datetime:
        """The arrival by the server's clock, as far as the phone told how its own goes."""
        return self.arrived_at + (self.skew or timedelta(0))

    @property
    def timed(self) -> list[datetime]:
        """When the photos were taken, in order."""
        return sorted(shot.taken_at for shot in self.shots if shot.taken_at is not None)
