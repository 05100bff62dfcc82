"""Findings in any state, reached by the calls that phones, the office and the enterprise really make."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx

from models.words import FindingState, Grade
from services.rules.clocks import SHANGHAI, local_date
from tests.world import Person, World

DEADLINE = "2026-12-08"
FOUR_POINTS = {
    "measure": "拆除卷帘门，改装外开平开门",
    "standard": "从内部不用钥匙即可开启",
    "deadline": DEADLINE,
    "responsible_person": "张某",
}
PLAN = {
    "measures": "分两步拆除隔断",
    "responsible_person": "张某",
    "deadline": DEADLINE,
    "funding": "自筹3万元",
    "contingency_plan": "夜间专人值守",
}
LIFE = [
    FindingState.REGISTERED,
    FindingState.ORDERED,
    FindingState.RECTIFYING,
    FindingState.REPORTED,
    FindingState.VERIFIED,
    FindingState.CLOSED,
]


@dataclass
class Life:
    """One finding with the people of its life. `finder` and `partner` found it, `officer` is new to it."""

    world: World
    id: str
    inspection_id: str
    enterprise_id: str
    finder: Person
    partner: Person
    officer: Person
    boss: Person
    grade: Grade | None
    order_id: str = ""

    async def read(self, by: Person | None = None) -> dict[str, Any]:
        """The finding as the office reads it."""
        answer = await (by or self.officer).get(f"/findings/{self.id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def kinds(self) -> list[str]:
        """What happened, event by event."""
        answer = await self.officer.get(f"/findings/{self.id}/timeline")
        return [event["kind"] for event in answer.json()["items"]]

    def path(self, step: str) -> str:
        """Where a step is posted."""
        return f"/findings/{self.id}/{step}"

    async def order(self, by: Person | None = None, **more: Any) -> httpx.Response:
        """责令."""
        body = {"inspection_id": self.inspection_id, "finding_ids": [self.id], **more}
        if "organ_id" not in body:
            body["organ_id"] = str(await self.world.organ())
        answer = await (by or self.finder).post("/orders", body)
        self.order_id = answer.json().get("id", "")
        return answer

    async def plan(self, by: Person | None = None, **more: Any) -> httpx.Response:
        """整改方案."""
        return await (by or self.boss).post(self.path("plan"), {**PLAN, **more})

    async def accept(self, by: Person | None = None, **more: Any) -> httpx.Response:
        """采纳."""
        return await (by or self.officer).post(self.path("plan/acceptance"), {"accepted": True, **more})

    async def report(self, by: Person | None = None, **more: Any) -> httpx.Response:
        """整改报告."""
        body = {"text": "已改装平开门", "photo_ids": [str(uuid4())], **more}
        return await (by or self.boss).post(self.path("rectifications"), body)

    async def reinspect(self, passed: bool, by: Person | None = None, **more: Any) -> httpx.Response:
        """复查, by the finder and an officer who is new to it."""
        body = {
            "inspectors": [self.finder.id, self.officer.id],
            "passed": passed,
            "photo_ids": [str(uuid4())],
            **({} if passed else {"new_deadline": "2026-12-20"}),
            **more,
        }
        return await (by or self.finder).post(self.path("reinspections"), body)

    async def write_off(self, by: Person | None = None, **more: Any) -> httpx.Response:
        """销号."""
        leader = by or await self.world.leader()
        return await leader.post(self.path("write-off"), more)

    async def reach(self, state: FindingState) -> None:
        """Move on until the finding stands there."""
        if state in (FindingState.TRANSFERRED, FindingState.WITHDRAWN):
            await self._end(state)
            return
        for step in LIFE[1 : LIFE.index(state) + 1]:
            await self._step(step, needs_plan=self.grade is Grade.MAJOR or state is FindingState.RECTIFYING)

    async def _step(self, to: FindingState, *, needs_plan: bool) -> None:
        if to is FindingState.RECTIFYING:
            answers = [await self.plan(), await self.accept()] if needs_plan else []
        elif to is FindingState.ORDERED:
            answers = [await self.order()]
        elif to is FindingState.REPORTED:
            answers = [await self.report()]
        elif to is FindingState.VERIFIED:
            answers = [await self.reinspect(True)]
        else:
            answers = [await self.write_off()]
        assert all(answer.status_code == 201 for answer in answers), [answer.text for answer in answers]

    async def _end(self, state: FindingState) -> None:
        if state is FindingState.TRANSFERRED:
            step, body = "transfer", {"organ_name": "某市消防救援大队", "reason": "无处罚权限"}
        else:
            step, body = "withdrawal", {"reason": "登记到了相邻企业名下"}
        answer = await self.officer.post(self.path(step), body)
        assert answer.status_code == 201, answer.text


def described(grade: Grade | None = Grade.GENERAL, **more: Any) -> dict[str, Any]:
    """A finding as a phone reports it, ready to be ordered."""
    basis = {"major_basis": "GB 35181-2025"} if grade is Grade.MAJOR else {}
    told = {"id": str(uuid4()), "description": "夜间卷帘门为唯一出口且上锁", "grade": grade}
    return {**told, **FOUR_POINTS, **basis, "photo_ids": [str(uuid4())], **more}


async def report(
    world: World, enterprise_id: str, inspectors: list[Person], findings: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """A visit just done, reported by the first of its inspectors."""
    body = {
        "id": str(uuid4()),
        "kind": "spot_check",
        "urgent_reason": "群众反映夜间有人住宿",
        "enterprise_id": enterprise_id,
        "arrived_at": world.clock.now().astimezone(SHANGHAI).isoformat(),
        "inspectors": [person.id for person in inspectors],
        "findings": findings,
        **more,
    }
    answer = await inspectors[0].post("/inspections", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "accepted", answer.text
    return dict(answer.json())


async def finding(
    world: World,
    state: FindingState = FindingState.REGISTERED,
    grade: Grade | None = Grade.GENERAL,
    *,
    enterprise: dict[str, Any] | None = None,
    inspectors: int = 2,
    **told: Any,
) -> Life:
    """One finding in this state; `told` is what the phone says of it, `enterprise` what the register says."""
    officer, finder, partner = await world.officer(), await world.inspector(), await world.inspector()
    enterprise_id = await world.enterprise(by=officer, **(enterprise or {}))
    said = described(grade, **told)
    inspection = await report(world, enterprise_id, [finder, partner][:inspectors], [said])
    life = Life(
        world=world,
        id=said["id"],
        inspection_id=inspection["id"],
        enterprise_id=enterprise_id,
        finder=finder,
        partner=partner,
        officer=officer,
        boss=await world.boss(enterprise_id),
        grade=grade,
    )
    await life.reach(state)
    return life


def today(world: World, **later: float) -> str:
    """A day from the office's today, as JSON has it."""
    return str(local_date(world.clock.now() + timedelta(**later)))


def day(text: str) -> date:
    """A day read from JSON."""
    return date.fromisoformat(text)
