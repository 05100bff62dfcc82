"""An opened draw as a file: read, drawn again from its seed, and held against the list that it tells."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from services.rules.draws import METHOD, SEED_BYTES, Candidate, Drawn, Pool, PoolUnfit, Setting


class DrawFileUnreadable(Exception):
    """The file is no opened draw; the text says why in one sentence."""


def told(setting: Setting, drawn: Sequence[Drawn]) -> dict[str, object]:
    """All that somebody needs to draw again; `read` takes it back."""
    return {
        "method": METHOD,
        "commitment": setting.commitment().hex(),
        "seed": setting.seed.hex(),
        "pool": setting.pool.told(),
        "rules": dict(setting.rules),
        "time": setting.time,
        "drawn": [{"enterprise_id": one.enterprise_id, "officers": list(one.officers)} for one in drawn],
    }


def setting_of(told: Mapping[str, Any]) -> Setting:
    """What the draw follows from. Raises DrawFileUnreadable."""
    try:
        if told["rules"]["method"] != METHOD:
            raise DrawFileUnreadable(f"This version draws by {METHOD} alone.")
        seed, time = bytes.fromhex(told["seed"]), datetime.fromisoformat(told["time"])
        pool = Pool.ordered(
            [
                Candidate(UUID(one["id"]), int(one["weight"]), frozenset(map(UUID, one["barred"])))
                for one in told["pool"]["enterprises"]
            ],
            [UUID(officer) for officer in told["pool"]["officers"]],
        )
        if len(seed) != SEED_BYTES or time.utcoffset() is None or int(told["rules"]["count"]) < 1:
            raise DrawFileUnreadable("The seed, the time or the count is not one of a draw.")
    except PoolUnfit as error:
        raise DrawFileUnreadable(f"The pool cannot be drawn from: {error}.") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DrawFileUnreadable("The file is no opened draw: seed, pool, rules or time are missing or odd.") from None
    return Setting(seed, pool, dict(told["rules"]), time)


def drawn_of(told: Mapping[str, Any]) -> list[Drawn]:
    """The list that the file tells. Raises DrawFileUnreadable."""
    try:
        return [Drawn(UUID(one["enterprise_id"]), tuple(map(UUID, one["officers"]))) for one in told["drawn"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DrawFileUnreadable("The file tells no list of what was drawn.") from None


def differences(text: str, published: str | None = None) -> list[str]:
    """What is not as it must be, place by place; none for an honest draw. Raises DrawFileUnreadable.

    `published` is the commitment as somebody kept it on the day of the draw.
    """
    try:
        told = json.loads(text)
    except ValueError:
        raise DrawFileUnreadable("The file is not JSON.") from None
    if not isinstance(told, dict):
        raise DrawFileUnreadable("The file is no opened draw.")
    setting, listed = setting_of(told), drawn_of(told)
    found, commitment = [], setting.commitment().hex()
    if told.get("commitment") != commitment:
        found.append(f"commitment: the file says {told.get('commitment')}, its content gives {commitment}")
    if published is not None and published.lower() != commitment:
        found.append(f"commitment: published was {published.lower()}, the content gives {commitment}")
    for place, (said, right) in enumerate(zip_longest(listed, setting.drawn()), start=1):
        if said != right:
            found.append(f"place {place}: the file says {_words(said)}, the draw gives {_words(right)}")
    return found


def _words(drawn: Drawn | None) -> str:
    if drawn is None:
        return "nothing"
    return f"{drawn.enterprise_id} by {' and '.join(map(str, drawn.officers))}"
