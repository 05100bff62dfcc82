"""When two enterprises are likely one: by the code that a state gives once, or by name and place, or name and phone."""

from dataclasses import dataclass
from enum import StrEnum


class Likeness(StrEnum):
    """In what two are alike."""

    USCC = "same_uscc"
    NAME_IN_REGION = "same_name_in_region"
    NAME_AND_PHONE = "same_name_and_phone"


@dataclass(frozen=True)
class Likened:
    """What of an enterprise is compared: `core` of its name (services/rules/names.py), `phones` as they are dialled."""

    uscc: str | None
    core: str | None
    region: str
    phones: frozenset[str]


def likenesses(one: Likened, other: Likened) -> list[Likeness]:
    """Why the two may be one; empty when nothing says so. The same whichever comes first."""
    found = [Likeness.USCC] if one.uscc is not None and one.uscc == other.uscc else []
    if one.core and one.core == other.core:
        if one.region.startswith(other.region) or other.region.startswith(one.region):
            found.append(Likeness.NAME_IN_REGION)
        if one.phones & other.phones:
            found.append(Likeness.NAME_AND_PHONE)
    return found
