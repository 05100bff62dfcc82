"""Everything about a visit that looks wrong: amber wants a look, red wants an explanation. docs/evidence.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.rules.clocks import Rule


class Colour(StrEnum):
    """How loud a flag is; the same words as models.words.FlagColour."""

    AMBER = "amber"
    RED = "red"


class Flag(StrEnum):
    """The closed set; labels and explanations are in models/evidence.py."""

    NO_FIX = "no_fix"
    FIX_NOT_MEASURED = "fix_not_measured"
    FIX_TOO_COARSE = "fix_too_coarse"
    ACCURACY_ZERO = "accuracy_zero"
    FIX_FEW_DECIMALS = "fix_few_decimals"
    MOCKED = "mocked"
    FIX_IS_REGISTERS = "fix_is_registers"
    FIX_REPEATED = "fix_repeated"
    ENTERPRISE_WITHOUT_PLACE = "enterprise_without_place"
    DATUM_MISTAKEN = "datum_mistaken"
    OFF_PLACE = "off_place"
    ELSEWHERE = "elsewhere"
    NO_PHOTO = "no_photo"
    PHOTO_WITHOUT_TIME = "photo_without_time"
    PHOTO_OFF_PLACE = "photo_off_place"
    PHOTOS_ELSEWHERE = "photos_elsewhere"
    PHOTO_SAYS_OTHERWISE = "photo_says_otherwise"
    PHOTO_BEFORE_ARRIVAL = "photo_before_arrival"
    PHOTO_LONG_BEFORE = "photo_long_before"
    PHOTO_AFTER_LEAVING = "photo_after_leaving"
    FIRST_PHOTO_LATE = "first_photo_late"
    PHOTO_SHOWN_AGAIN = "photo_shown_again"
    PHOTO_USED_BEFORE = "photo_used_before"
    PHOTO_OF_OTHER_ENTERPRISE = "photo_of_other_enterprise"
    CLOCK_SKEW = "clock_skew"
    CLOCK_FAR_OFF = "clock_far_off"
    ARRIVED_IN_FUTURE = "arrived_in_future"
    LEFT_BEFORE_ARRIVED = "left_before_arrived"
    SHORT_STAY = "short_stay"
    REPORTED_BEFORE_LEAVING = "reported_before_leaving"
    REPORTED_LATE = "reported_late"
    VISITS_OVERLAP = "visits_overlap"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    CODE_NOT_USED = "code_not_used"
    CODE_FAR_IN_TIME = "code_far_in_time"
    CODE_FOREIGN = "code_foreign"
    GATE_CODE_FOREIGN = "gate_code_foreign"
    SECOND_PHONE_SILENT = "second_phone_silent"
    SECOND_PHONE_ELSEWHERE = "second_phone_elsewhere"
    SECOND_PHONE_NOT_OWN = "second_phone_not_own"
    CARDS_MISSING = "cards_missing"
    CREDENTIALS_NOT_SHOWN = "credentials_not_shown"
    CREDENTIALS_NOT_STATED = "credentials_not_stated"
    RELEASED_EARLY = "released_early"

    @property
    def colour(self) -> Colour:
        """Red for what honest work hardly ever leaves behind."""
        return Colour.RED if self in _RED else Colour.AMBER


_RED = {
    Flag.MOCKED,
    Flag.FIX_IS_REGISTERS,
    Flag.FIX_REPEATED,
    Flag.ELSEWHERE,
    Flag.PHOTOS_ELSEWHERE,
    Flag.PHOTO_LONG_BEFORE,
    Flag.PHOTO_USED_BEFORE,
    Flag.PHOTO_OF_OTHER_ENTERPRISE,
    Flag.CLOCK_FAR_OFF,
    Flag.ARRIVED_IN_FUTURE,
    Flag.LEFT_BEFORE_ARRIVED,
    Flag.IMPOSSIBLE_TRAVEL,
    Flag.CODE_FOREIGN,
    Flag.SECOND_PHONE_ELSEWHERE,
    Flag.SECOND_PHONE_NOT_OWN,
}


@dataclass(frozen=True)
class Raised:
    """A flag with what was measured, in the unit of the row that it was held against; `rule` is that row."""

    flag: Flag
    rule: Rule | None = None
    measured: float | None = None


Flags = Iterator[Raised]
