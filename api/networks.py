"""Where a call comes from; behind a trusted proxy, the address that the proxy saw (api/app.py)."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.rules.networks import network_of


def address(request: Request) -> str | None:
    """The caller's address, where there is one."""
    return request.client.host if request.client else None


async def network(request: Request) -> str:
    """The caller's /24 or /48."""
    return network_of(address(request))


CallerNetwork = Annotated[str, Depends(network)]
