"""A town in the middle of its work: records of every kind, in every state, and somebody of every role."""

from dataclasses import dataclass
from uuid import uuid4

from models.words import FindingState, Grade, Hat, Role
from tests.makers_accounts import account
from tests.makers_calls import CSV, Call, request_extension, token_form
from tests.makers_draws import drawn
from tests.makers_findings import Life, finding
from tests.makers_photos import put, snapped
from tests.makers_reports import report_body
from tests.makers_uploads import TUS, Sending
from tests.makers_visits import planned
from tests.world import OTHER_VILLAGE, TOWN, VILLAGE, Person, World


@dataclass
class Town:
    """Who is there, and the ids of what is there by the name of the path's parameter."""

    people: dict[Role, Person]
    ids: dict[str, list[str]]
    ordered: Life

    def filled(self, path: str, pick: int = 0) -> str:
        """A path of the document with ids of this town in its places."""
        codes = [TOWN, VILLAGE, OTHER_VILLAGE] if path.startswith("/regions") else ["MIXD", "MECH"]
        for name, ids in {**self.ids, "code": codes}.items():
            path = path.replace(f"{{{name}}}", ids[pick % len(ids)])
        return path


async def town(world: World) -> Town:
    """Made by the calls that people really make."""
    await world.regions()
    ordered, rest = await _findings(world)
    people = await _people(world, ordered)
    lives = [ordered, *rest]
    officer, inspector = people[Role.OFFICE], people[Role.INSPECTOR]
    photos = [str(uuid4())]
    held = report_body(world, str(uuid4()), [inspector, officer])
    assert (await inspector.post("/inspections", held)).json()["state"] == "held"
    assert (await put(inspector, snapped(), photos[0])).status_code == 201
    sending = Sending(inspector)
    await sending.begin(content=sending.data[:700])
    imported = await officer.call(
        "POST", "/enterprises/imports?mode=good_rows", content=CSV.encode(), headers={"Content-Type": "text/csv"}
    )
    asked = await ordered.boss.post(
        "/extensions", {"finding_id": ordered.id, "until": "2026-12-20", "reason": "防火门定制需二十日"}
    )
    decided = (await (await request_extension(world)).honestly(world)).json()["id"]
    assert (await officer.post(f"/extensions/{decided}/decision", {"granted": True})).status_code == 201
    gate_codes = [await _gate_code(officer, life.enterprise_id) for life in lives[:2]]
    timeline = (await officer.get(f"/findings/{ordered.id}/timeline")).json()["items"]
    ids = {
        "event_id": [event["id"] for event in timeline],
        "finding_id": [life.id for life in lives],
        "inspection_id": [*[life.inspection_id for life in lives], held["id"]],
        "enterprise_id": [life.enterprise_id for life in lives],
        "order_id": [life.order_id for life in lives if life.order_id],
        "photo_id": photos,
        "upload_id": [sending.path.rpartition("/")[2]],
        "import_id": [imported.json()["id"]],
        "extension_id": [asked.json()["id"], decided],
        "visit_id": await _visits(world, people, ordered.enterprise_id),
        "draw_id": await _draws(world, people[Role.OFFICE]),
        "gate_code_id": gate_codes,
        "avoidance_id": await _avoidances(people[Role.OFFICE], people[Role.INSPECTOR]),
        "user_id": [inspector.id, officer.id, ordered.boss.id],
        "organ_id": [str(await world.organ())],
        "department_id": [str(await world.department(["FIRW"]))],
        "api_key_id": [await api_key(people[Role.ADMIN], people[Role.INTEGRATOR])],
        "session_id": [str(inspector.session_id), str(ordered.boss.session_id)],
    }
    return Town(people, {name: list(found) for name, found in ids.items()}, ordered)


async def api_key(admin: Person, system: Person) -> str:
    """A key of a connected system, by its id."""
    body = {"user_id": system.id, "name": "县局平台", "scopes": ["findings:read"], "expires_on": "2027-05-31"}
    return str((await admin.post("/api-keys", body)).json()["id"])


async def _gate_code(officer: Person, enterprise_id: str) -> str:
    """One of the office's own, by its id."""
    answer = await officer.post(f"/enterprises/{enterprise_id}/gate-codes", {})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _findings(world: World) -> tuple[Life, list[Life]]:
    ordered = await finding(world, FindingState.ORDERED)
    states = [state for state in FindingState if state not in (FindingState.ORDERED, FindingState.RECTIFYING)]
    rest = [await finding(world, state) for state in states]
    planning = await finding(world, FindingState.ORDERED, Grade.MAJOR)
    await planning.plan()
    return ordered, [*rest, planning, await finding(world, FindingState.RECTIFYING, Grade.MAJOR)]


async def _people(world: World, ordered: Life) -> dict[Role, Person]:
    await account(world)
    assert (await token_form().honestly(world)).status_code == 200
    return {
        Role.ADMIN: await world.admin(),
        Role.OFFICE: await world.officer(),
        Role.INSPECTOR: await world.inspector(),
        Role.DEPARTMENT: await world.person(Role.DEPARTMENT, industries=["MECH"], carded=True),
        Role.VILLAGE: await world.village(),
        Role.LEADER: await world.leader(hats=[Hat.AUDITOR]),
        Role.ENTERPRISE: ordered.boss,
        Role.INTEGRATOR: await world.person(Role.INTEGRATOR),
    }


async def _avoidances(officer: Person, inspector: Person) -> list[str]:
    body = {"officer_id": inspector.id, "ground": "own_village", "village": VILLAGE}
    answer = await officer.post("/avoidances", body)
    assert answer.status_code == 201, answer.text
    return [answer.json()["id"]]


async def _draws(world: World, officer: Person) -> list[str]:
    """One of last month, whose seed is open by now, and one that is sealed."""
    world.clock.forward(days=-40)
    opened = await drawn(world, officer)
    world.clock.forward(days=40)
    return [opened["id"], (await drawn(world, officer))["id"]]


async def _visits(world: World, people: dict[Role, Person], enterprise_id: str) -> list[str]:
    officer, leader, inspector = people[Role.OFFICE], people[Role.LEADER], people[Role.INSPECTOR]
    visits = [await planned(world, officer, enterprise_id, [inspector, officer], leader) for _ in range(3)]
    assert (await leader.post(f"/visits/{visits[1]}/approval", {})).status_code == 201
    assert (await officer.post(f"/visits/{visits[2]}/cancellation", {"reason": "企业已搬迁"})).status_code == 201
    return visits


def reads(town: Town) -> dict[str, Call]:
    """One call of every operation that takes no body, by somebody who may; what ends something comes last."""
    officer, admin, leader = town.people[Role.OFFICE], town.people[Role.ADMIN], town.people[Role.LEADER]
    asked = {
        "getMe": ("/me", officer),
        "getServerInfo": ("/info", None),
        "listUsers": ("/users?role=inspector&limit=1", officer),
        "getUser": ("/users/{user_id}", admin),
        "listSessions": (f"/sessions?user_id={officer.id}&live=true&limit=1", admin),
        "listSignIns": ("/sign-ins?outcome=signed_in&limit=1", leader),
        "listEvents": ("/events?kind=finding.ordered&since=2026-11-24T00:00:00%2B08:00&limit=1", leader),
        "listApiKeys": ("/api-keys?limit=1", admin),
        "listOrgans": ("/organs?limit=1", officer),
        "listRegions": ("/regions?limit=1", officer),
        "listDepartments": ("/departments?limit=1", officer),
        "listIndustries": ("/industries?limit=1", officer),
        "listChecklists": ("/checklists?industry=MIXD&on=2026-11-24&limit=1", officer),
        "listLimits": ("/limits?on=2026-11-24&limit=1", officer),
        "explainDeadline": ("/limits/reinspection.after_report/deadline?start=2026-02-10", officer),
        "listStatutes": ("/statutes?on=2026-11-24&limit=1", officer),
        "listCriteria": ("/criteria?on=2026-11-24&domain=%E7%87%83%E6%B0%94%E7%BB%8F%E8%90%A5&limit=1", officer),
        "listFines": (
            "/fines?on=2026-11-24&article=%E7%AC%AC%E4%B8%80%E7%99%BE%E9%9B%B6%E4%BA%8C%E6%9D%A1&limit=1",
            officer,
        ),
        "getChecklist": ("/checklists/{code}?version=1", officer),
        "listEnterprises": (f"/enterprises?q=机械&region={TOWN}&industry=MECH&status=active&limit=1", officer),
        "listLikelyDuplicates": (f"/enterprises/likely-duplicates?region={TOWN}&limit=1", officer),
        "getEnterprise": ("/enterprises/{enterprise_id}", officer),
        "getEnterpriseBrief": ("/enterprises/{enterprise_id}/brief?kind=tip", officer),
        "getFittingChecklist": ("/enterprises/{enterprise_id}/fitting-checklist?on=2026-11-24", officer),
        "getImport": ("/imports/{import_id}", officer),
        "getImportMarked": ("/imports/{import_id}/marked.xlsx", officer),
        "exportEnterprises": (f"/enterprises/export.xlsx?q=机械&region={TOWN}&industry=MECH&status=active", officer),
        "exportEnterprisesAsCsv": (
            f"/enterprises/export.csv?q=机械&region={TOWN}&industry=MECH&status=active",
            officer,
        ),
        "listVisits": ("/visits?state=proposed&limit=1", officer),
        "getVisit": ("/visits/{visit_id}", officer),
        "listDraws": ("/draws?limit=1", officer),
        "listDrawCommitments": ("/draws/commitments?limit=1", None),
        "getDraw": ("/draws/{draw_id}", officer),
        "getDrawLooks": ("/draws/{draw_id}/looks?limit=1", officer),
        "getDrawProof": ("/draws/{draw_id}/proof", officer),
        "listAvoidances": ("/avoidances?limit=1", officer),
        "listInvitations": ("/enterprises/{enterprise_id}/invitations?limit=1", officer),
        "listGateCodes": ("/enterprises/{enterprise_id}/gate-codes?limit=1", officer),
        "getEnterpriseCode": (
            "/enterprises/{enterprise_id}/gate-code?format=png&error_correction=Q&module_px=4",
            officer,
        ),
        "listStandIns": ("/stand-ins?limit=1", officer),
        "listInspections": (
            f"/inspections?region={TOWN}&kind=spot_check&from=2026-11-01&to=2026-11-30&limit=1",
            officer,
        ),
        "getInspection": ("/inspections/{inspection_id}", officer),
        "getReceipt": ("/inspections/{inspection_id}/receipt?known=1", officer),
        "exportInspectionEvidence": ("/inspections/{inspection_id}/dossier.zip", officer),
        "exportFindingEvidence": ("/findings/{finding_id}/dossier.zip", officer),
        "getLog": ("/log", officer),
        "getCheckpoint": ("/log/checkpoint", officer),
        "getInclusionProof": ("/log/events/{event_id}/proof", officer),
        "getConsistencyProof": ("/log/consistency?from_size=3&to_size=5", officer),
        "getInspectionEvidence": ("/inspections/{inspection_id}/evidence", officer),
        "getPhoto": ("/photos/{photo_id}", town.people[Role.INSPECTOR]),
        "getPhotoMatches": ("/photos/{photo_id}/matches", town.people[Role.INSPECTOR]),
        "getUploadState": ("/photos/{photo_id}/upload", town.people[Role.INSPECTOR]),
        "getPhotoImage": ("/photos/{photo_id}/image?size=original", town.people[Role.INSPECTOR]),
        "listFindings": (f"/findings?state=ordered&grade=general&region={TOWN}&due_before=2026-12-31&limit=1", officer),
        "getFinding": ("/findings/{finding_id}", officer),
        "getFindingTimeline": ("/findings/{finding_id}/timeline?limit=2", officer),
        "getBeforeAfter": ("/findings/{finding_id}/before-after", officer),
        "getBeforeAfterSheet": ("/findings/{finding_id}/before-after.jpg", officer),
        "listOrders": ("/orders?limit=1", officer),
        "getOrder": ("/orders/{order_id}", officer),
        "getOrderDocument": ("/orders/{order_id}/document.pdf", officer),
        "listExtensions": ("/extensions?state=asked&limit=1", officer),
        "getExtension": ("/extensions/{extension_id}", officer),
        "getFieldPack": ("/field-pack", officer),
        "getWorklist": ("/worklist?kind=reinspect&limit=1", officer),
        "getStatistics": (f"/statistics?by=month&by=grade&from_month=2026-11&to_month=2026-11&region={TOWN}", officer),
    }
    upload, sender = town.filled("/uploads/{upload_id}"), town.people[Role.INSPECTOR]
    return {
        **{name: Call("GET", town.filled(path), None, by) for name, (path, by) in asked.items()},
        "getUploadOptions": Call("OPTIONS", "/uploads", None, None),
        "getUpload": Call("HEAD", upload, None, sender, headers=TUS),
        "terminateUpload": Call("DELETE", upload, None, sender, headers=TUS),
    }
