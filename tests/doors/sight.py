"""Who looks, and which zones of the town each of them sees: the expectation that every probe is held to, as data.

`own` is the zone of the readers' home village; the others lie beside it, in ever other ways.
"""

from models.words import Role
from tests.world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE

ZONES: dict[str, dict[str, str]] = {
    "own": {"region": VILLAGE, "main_industry": "MECH", "name": "宏达机械加工厂"},
    "sibling": {"region": VILLAGE, "main_industry": "MECH", "name": "兴旺五金作坊"},  # another enterprise beside it
    "trade": {"region": VILLAGE, "main_industry": "CRWD", "name": "星光歌舞厅"},  # another department's
    "neighbour": {"region": OTHER_VILLAGE, "main_industry": "MECH", "name": "乙村铸造车间"},  # another village's
    "far": {"region": f"{OTHER_TOWN}201", "main_industry": "MECH", "name": "邻镇轴承分厂"},  # another town's
}
PLACES = {"own": VILLAGE, "neighbour": OTHER_VILLAGE, "far": OTHER_TOWN}
"""Where people, and the names of regions, belong."""
DISTRICTS = {"own": TOWN, "far": OTHER_TOWN}
"""Where organs and leaders belong."""
ABSENT = "absent"

READERS: dict[str, Role | None] = {
    "nobody": None,  # not signed in
    "admin": Role.ADMIN,
    "office": Role.OFFICE,
    "inspector": Role.INSPECTOR,
    "department": Role.DEPARTMENT,  # of the machine trades
    "village": Role.VILLAGE,
    "leader": Role.LEADER,
    "enterprise": Role.ENTERPRISE,
    "integrator": Role.INTEGRATOR,
    "other town's office": Role.OFFICE,
    "office without region": Role.OFFICE,  # a scope of null is nobody's
}

TOWNSHIP = {"own", "sibling", "trade", "neighbour"}
NOTHING: dict[str, set[str]] = {reader: set() for reader in READERS}
FIELD: dict[str, set[str]] = {
    **NOTHING,
    "office": TOWNSHIP,
    "inspector": TOWNSHIP,
    "leader": TOWNSHIP,
    "integrator": TOWNSHIP,
    "department": {"own", "sibling", "neighbour"},
    "village": {"own", "sibling", "trade"},
    "enterprise": {"own"},
    "other town's office": {"far"},
}
"""Of the register and of all that was found there."""

WITHIN: dict[str, set[str]] = {
    **NOTHING,
    **{reader: {"own", "neighbour"} for reader in ("office", "inspector", "leader", "department")},
    "admin": {"own", "neighbour", "far"},
    "village": {"own"},
    "other town's office": {"far"},
}
"""Of people: those who keep accounts see all, those who name inspectors their region."""

DISTRICT: dict[str, set[str]] = {
    **NOTHING,
    **{reader: {"own"} for reader in ("office", "inspector", "leader", "department")},
    "admin": {"own", "far"},
    "other town's office": {"far"},
}
"""Of what belongs to a whole town."""

SIGHT: dict[str, dict[str, set[str]]] = {
    **dict.fromkeys(("enterprise", "inspection", "order", "extension", "photo", "awaited photo", "preview"), FIELD),
    **dict.fromkeys(("registered", "ordered", "planned", "reported", "verified", "transferred", "extended"), FIELD),
    "visit": {**FIELD, "enterprise": set()},  # after arrival by sight, but never an enterprise's (design 6)
    "arrival code": {**FIELD, "enterprise": set()},
    "sealed visit": NOTHING,
    "draw": {**NOTHING, "office": {"own"}, "leader": {"own"}, "other town's office": {"far"}},  # every trade's alone
    "sealed draw": NOTHING,
    "avoidance": {**NOTHING, "office": {"own"}, "leader": {"own"}, "other town's office": {"far"}},
    "invitation": {**FIELD, "leader": set(), "village": set(), "enterprise": set(), "integrator": set()},
    **dict.fromkeys(("gate code", "upper code"), FIELD),
    "stand-in": {**NOTHING, "office": {"own"}, "leader": {"own"}, "other town's office": {"far"}},
    "held": {**NOTHING, "office": TOWNSHIP, "leader": TOWNSHIP, "other town's office": {"far"}},
    **dict.fromkeys(("event of finding", "event of inspection"), FIELD),
    "event of photo": FIELD,
    **dict.fromkeys(("event of sealed visit", "event of sealed draw"), NOTHING),
    "event of draw": {**NOTHING, "office": {"own"}, "leader": {"own"}, "other town's office": {"far"}},
    "event of avoidance": {**NOTHING, "office": {"own"}, "leader": {"own"}, "other town's office": {"far"}},
    "event of api key": {**NOTHING, "admin": {"own", "neighbour", "far"}},
    "event of held": {**NOTHING, "office": TOWNSHIP, "leader": TOWNSHIP, "other town's office": {"far"}},
    "upload": NOTHING,  # its maker's alone
    "import": NOTHING,  # its maker's alone
    "user": WITHIN,
    "api key": {**NOTHING, "admin": {"own", "neighbour", "far"}},  # its own account's, and who keeps accounts
    "session": {**NOTHING, "admin": {"own", "neighbour", "far"}},  # its own user's, and who may end it
    "approver": DISTRICT,
    "organ": {**DISTRICT, "integrator": {"own"}},
    "region": {**WITHIN, "integrator": {"own", "neighbour"}},
    "name": FIELD,  # of an enterprise
    "district": {reader: zones & {"own", "neighbour", "far"} for reader, zones in FIELD.items()},  # as a filter
}
"""Which zones' records of a noun each reader sees."""

FINDINGS = ("registered", "ordered", "planned", "reported", "verified", "transferred", "extended")
"""Nouns that are findings, by how far they are."""


def home(reader: str) -> str:
    """A zone that the reader knows, to start an honest body from."""
    return next((zone for zone in ZONES if zone in FIELD[reader]), "own")


def hidden(noun: str, reader: str, zones: set[str]) -> list[str]:
    """Those of these zones whose records of the noun are out of the reader's sight."""
    return sorted(zones - SIGHT[noun][reader])


def seen(noun: str, reader: str, zones: set[str]) -> list[str]:
    """Those of these zones whose records of the noun the reader sees."""
    return sorted(zones & SIGHT[noun][reader])
