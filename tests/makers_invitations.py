"""Invitations as tests make and accept them."""

from typing import Any

from tests.world import Person, World


async def invited(maker: Person, enterprise_id: str, **more: Any) -> dict[str, Any]:
    """An invitation, as its maker is answered."""
    answer = await maker.post(f"/enterprises/{enterprise_id}/invitations", {"name": "王安全", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def acceptance(code: str, username: str = "wang.aq", password: str = "nine boats on the river") -> dict[str, str]:
    """What the contact sends."""
    return {"code": code, "username": username, "password": password}


async def accept(world: World, body: dict[str, str]) -> Any:
    """acceptInvitation, by somebody who is not signed in."""
    return await world.client.post("/api/v1/auth/invitations", json=body)
