"""A route that names no caller fails here; a public one says so by name (house-style 5)."""

import re
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from api import deps
from tests.world import World

CALLERS = {
    deps.signed_in,
    deps.early_signed_in,
    deps.short_transactions,
}
"""What tells who calls; every other dependency that does rests on one of these."""

PUBLIC = {
    "createToken": "nobody is signed in yet",
    "refreshToken": "the refresh token says who",
    "revokeToken": "the refresh token says who",
    "acceptInvitation": "whoever accepts has no account yet",
    "getServerInfo": "what an app must know before signing in",
    "getUploadOptions": "what a phone must know before it sends anything",
    "listDrawCommitments": "whoever keeps a commitment binds the draw to it",
}

REFUSALS = {400, 401, 415, 422}
OUTSIDE_THE_API = {"/", "/healthz", "/readyz", "/docs", "/static/{mark}/{name}", "/e/{code}"}


def routes(app: FastAPI) -> list[RouteContext]:
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]


def dependencies(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from dependencies(below)


def names_a_caller(route: RouteContext) -> bool:
    return bool(CALLERS & set(dependencies(route.dependant)))


def test_every_route_names_its_caller_or_is_public_by_name(app: FastAPI) -> None:
    nameless = {
        route.operation_id or str(route.path)
        for route in routes(app)
        if not names_a_caller(route) and route.path not in OUTSIDE_THE_API
    }
    assert nameless == set(PUBLIC)


def test_no_route_outside_the_api_is_left_out_of_the_list(app: FastAPI) -> None:
    assert {route.path for route in routes(app) if not str(route.path).startswith("/api/v1/")} == OUTSIDE_THE_API


async def test_every_route_that_names_a_caller_turns_a_stranger_away(world: World, app: FastAPI) -> None:
    """Nothing may be done, told, or broken without a token: 401, or what was wrong before anybody was asked."""
    asked, let_in = 0, []
    for route in routes(app):
        if not names_a_caller(route):
            continue
        path = re.sub(r"\{\w+\}", "0198f000-0000-7000-8000-000000000001", str(route.path))
        for method in route.methods or ():
            answer = await world.client.request(method, path, headers={"Content-Type": "application/json"})
            asked += 1
            if answer.status_code not in REFUSALS:
                let_in.append(f"{method} {path}: {answer.status_code}")
    assert let_in == []
    assert asked >= 20
