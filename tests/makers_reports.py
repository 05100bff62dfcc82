"""Reports as a phone sends them."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.pictures import Tags, photo
from tests.world import Person, World


@dataclass(frozen=True)
class Shot:
    """A photo on a phone: its id and its bytes."""

    id: str = field(default_factory=lambda: str(uuid4()))
    data: bytes = b""

    @property
    def sha256(self) -> str:
        """Lower-case hex."""
        return hashlib.sha256(self.data).hexdigest()

    def declared(self, **more: Any) -> dict[str, Any]:
        """As a report announces it."""
        return {"id": self.id, "sha256": self.sha256, "bytes": len(self.data), "media_type": "image/jpeg", **more}


def shot(width: int = 80, height: int = 60) -> Shot:
    """A photo like no other: a camera of its own is in its EXIF."""
    return Shot(data=photo(tags=Tags(model=str(uuid4())), width=width, height=height))


def finding_body(**only_what_matters: Any) -> dict[str, Any]:
    """A general hazard with its 四定."""
    return {
        "id": str(uuid4()),
        "item": "MIXD11",
        "description": "夜间卷帘门为唯一出口且上锁",
        "grade": "general",
        "measure": "增设可从内部开启的逃生门",
        "standard": "人员住宿场所安全出口不上锁",
        "deadline": "2026-12-01",
        "responsible_person": "张三",
        "photo_ids": [],
        "fixed_on_site": None,
        **only_what_matters,
    }


def report_body(
    world: World, enterprise_id: str | None, people: list[Person], **only_what_matters: Any
) -> dict[str, Any]:
    """An urgent spot check that has just ended, without findings."""
    now = world.clock.now()
    return {
        "id": str(uuid4()),
        "kind": "spot_check",
        "visit_id": None,
        "urgent_reason": "接到群众反映，夜间有人住宿",
        "enterprise_id": enterprise_id,
        "arrived_at": (now - timedelta(minutes=40)).isoformat(),
        "left_at": (now - timedelta(minutes=5)).isoformat(),
        "location": {"lon": 111.28, "lat": 30.69, "accuracy_m": 12, "crs": "WGS84", "source": "gps", "mocked": False},
        "inspectors": [person.id for person in people],
        "credentials_shown": True,
        "accompanied_by": None,
        "briefing_before": False,
        "unit_signed": True,
        "refusal_note": None,
        "answers": [],
        "findings": [],
        "photos": [],
        **only_what_matters,
    }


def reinspection_body(
    world: World, enterprise_id: str, people: list[Person], verdicts: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """A re-inspection that has just ended; a verdict names finding_id, passed, photo_ids, new_deadline."""
    body = report_body(world, enterprise_id, people, kind="reinspection", urgent_reason=None)
    return {**body, "reinspections": verdicts, **more}


async def reported(world: World, sender: Person, enterprise_id: str, people: list[Person], **more: Any) -> Any:
    """An accepted inspection as getInspection shows it."""
    answer = await sender.post("/inspections", report_body(world, enterprise_id, people, **more))
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert shown["state"] == "accepted", shown["held_reasons"]
    return shown


async def with_photos(sender: Person, body: dict[str, Any], shots: list[Shot]) -> httpx.Response:
    """The report and its photos in one multipart body, the photos first as a phone might."""
    files: list[tuple[str, tuple[str, bytes, str]]] = [(s.id, ("photo.jpg", s.data, "image/jpeg")) for s in shots]
    files.append(("report", ("report.json", json.dumps(body).encode(), "application/json")))
    return await sender.call("POST", "/inspections", files=files)
