"""Visits as tests plan them."""

from datetime import timedelta
from typing import Any

from tests.world import Person, World


def visit_body(
    world: World, enterprise_id: str, inspectors: list[Person], approver: Person, **more: Any
) -> dict[str, Any]:
    """A visit released in an hour, with only what matters changed."""
    return {
        "enterprise_id": enterprise_id,
        "kind": "spot_check",
        "basis": "yearly_plan",
        "legal_basis": "《安全生产法》第六十五条",
        "task_source": "年度监督检查计划",
        "release_at": (world.clock.now() + timedelta(hours=1)).isoformat(),
        "inspectors": [person.id for person in inspectors],
        "approver_id": approver.id,
        **more,
    }


async def planned(
    world: World, maker: Person, enterprise_id: str, inspectors: list[Person], approver: Person, **more: Any
) -> str:
    """A planned visit, by its id."""
    answer = await maker.post("/visits", visit_body(world, enterprise_id, inspectors, approver, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
