"""No browser guesses, frames, runs or keeps what the office answers."""

from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_photos import put, snapped
from tests.makers_town import reads, town
from tests.world import Clock, World

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
STAYS = {"getPhotoImage", "getOrderDocument", "getBeforeAfterSheet"}
"""What a reader may keep if it asks each time whether it still may."""


def safe(answer: httpx.Response) -> list[str]:
    """What is missing."""
    wrong = [name for name, value in EVERYWHERE.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("content-security-policy", "")
    return wrong + [part for part in ("default-src 'none'", "frame-ancestors 'none'") if part not in policy]


async def test_every_reading_is_safe_and_kept_nowhere(world: World) -> None:
    for name, call in reads(await town(world)).items():
        answer = await call.send(world, call.by)
        assert safe(answer) == [], name
        kept = "private, no-cache" if name in STAYS and answer.is_success else "no-store"
        assert answer.headers["cache-control"] == kept, name
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/healthz", "/readyz", "/api/v1/openapi.json", "/nowhere", "/api/v1/me"]
)
async def test_pages_probes_and_refusals_are_safe_too(world: World, path: str) -> None:
    assert safe(await world.client.get(path)) == []


async def test_an_answer_to_an_unexpected_fault_is_safe_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("services.me.me", broken)
    answer = await (await world.officer()).get("/me")
    assert answer.status_code == 500
    assert safe(answer) == []


async def test_a_download_has_a_name_that_we_chose_and_the_type_of_its_content(world: World) -> None:
    photo_id, officer = str(uuid4()), await world.inspector()
    await put(officer, snapped(), photo_id, **{"Content-Disposition": 'attachment; filename="evil.html"'})
    answer = await officer.get(f"/photos/{photo_id}/image?size=original")
    assert answer.headers["content-disposition"] == f'attachment; filename="{photo_id}.jpeg"'
    assert answer.headers["content-type"] == "image/jpeg"
    assert safe(answer) == []


async def test_an_office_behind_https_says_so_to_browsers(
    world: World, settings: Settings, database: TestDatabase, clock: Clock
) -> None:
    public = settings.model_copy(update={"public_url": "https://zhicha.example.cn"})
    app: FastAPI = create_app(public, database.service_url, now=clock.now)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://zhicha.example.cn") as client:
            answer = await client.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
