"""Draws as tests make them."""

from datetime import timedelta
from typing import Any

from tests.world import Person, World


def draw_body(world: World, **only_what_matters: Any) -> dict[str, Any]:
    """A draw of two enterprises, released in an hour."""
    return {
        "plan": "2026年度双随机抽查计划",
        "legal_basis": "《安全生产法》第六十五条",
        "kind": "routine",
        "count": 2,
        "release_at": (world.clock.now() + timedelta(hours=1)).isoformat(),
        **only_what_matters,
    }


async def drawn(world: World, maker: Person, **only_what_matters: Any) -> dict[str, Any]:
    """A draw, as its maker is answered."""
    answer = await maker.post("/draws", draw_body(world, **only_what_matters))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
