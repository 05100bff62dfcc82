"""Stand-ins as tests arrange them."""

from datetime import timedelta
from typing import Any

from tests.world import World


def stand_in_body(world: World, officer_id: str, stand_in_id: str, *, in_days: int = 0, **more: Any) -> dict[str, Any]:
    """A week's leave that begins in so many days, with only what matters changed."""
    first = world.clock.now().date() + timedelta(days=in_days)
    return {
        "officer_id": officer_id,
        "stand_in_id": stand_in_id,
        "scope": "visits",
        "from_day": first.isoformat(),
        "to_day": (first + timedelta(days=6)).isoformat(),
        "reason": "年休假",
        **more,
    }
