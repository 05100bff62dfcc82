"""One honest call of every operation with a body, in a world where it succeeds: what bad ones are made from."""

from base64 import b32decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from models.auth import DeviceSession
from models.words import FindingState, Role
from services.rules.totp import code_of, step_at
from tests.makers_accounts import PASSWORD, account
from tests.makers_draws import draw_body, drawn
from tests.makers_findings import FOUR_POINTS, PLAN, Life, finding
from tests.makers_invitations import acceptance
from tests.makers_photos import digest, sha256, snapped
from tests.makers_reports import finding_body, report_body
from tests.makers_stand_ins import stand_in_body
from tests.makers_uploads import OFFSET_BYTES, TUS, Sending
from tests.makers_visits import planned, visit_body
from tests.world import COUNTY, OTHER_TOWN, TOWN, VILLAGE, Person, World

FIX = {"lon": 111.28, "lat": 30.69, "accuracy_m": 12, "crs": "WGS84", "source": "gps", "mocked": False}
DEVICE = "0b6f2f4e-6d0c-4a53-9a57-6a6a5b1f8f11"
CSV = "企业名称,统一社会信用代码,区划代码,行业\n宏达机械加工厂,914403001922038216,420582104201,机械加工制造\n"


@dataclass
class Call:
    """A call that succeeds once; `by` is nobody for who is not signed in, `others` may call it, too."""

    method: str
    path: str
    body: Any
    by: Person | None
    others: list[Person] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    async def send(self, world: World, by: Person | None, **sent: Any) -> httpx.Response:
        """The call by somebody; `sent` says what goes out in place of the honest body."""
        headers = {**self.headers, **sent.pop("headers", {})}
        if by is None:
            return await world.client.request(self.method, f"/api/v1{self.path}", headers=headers, **sent)
        return await by.call(self.method, self.path, headers=headers, **sent)

    async def honestly(self, world: World) -> httpx.Response:
        """The call as it is meant."""
        if self.media_type == "application/json":
            return await self.send(world, self.by, json=self.body)
        if self.media_type == "application/x-www-form-urlencoded":
            return await self.send(world, self.by, data=self.body)
        return await self.send(world, self.by, content=self.body, headers={"Content-Type": self.media_type})


VERSION = {"If-Match": '"1"'}
Maker = Callable[[World], Awaitable[Call]]


def photo_declared() -> dict[str, Any]:
    data = snapped()
    told = {"id": str(uuid4()), "sha256": sha256(data), "bytes": len(data), "media_type": "image/jpeg"}
    return {**told, "taken_at": "2026-11-24T09:20:11+08:00", "location": FIX}


async def signed_in(world: World) -> Person:
    """Somebody with a real password."""
    user = await account(world)
    now = world.clock.now()
    session = DeviceSession(id=uuid4(), user_id=user.id, device_id=DEVICE, rotated_at=now, created_at=now)
    await world.add(session)
    return Person(user, session.id, world.client, world.office)


def token_form() -> Call:
    form = {"grant_type": "password", "username": "lin", "password": PASSWORD, "device_id": DEVICE}
    return Call("POST", "/auth/token", form, None, media_type="application/x-www-form-urlencoded")


async def create_token(world: World) -> Call:
    await account(world)
    return token_form()


async def refresh_token(world: World) -> Call:
    made = await (await create_token(world)).honestly(world)
    body = {"refresh_token": made.json()["refresh_token"], "device_id": DEVICE}
    return Call("POST", "/auth/token/refresh", body, None)


async def revoke_token(world: World) -> Call:
    made = await (await create_token(world)).honestly(world)
    return Call("POST", "/auth/token/revoke", {"refresh_token": made.json()["refresh_token"]}, None)


async def change_password(world: World) -> Call:
    body = {"old_password": PASSWORD, "new_password": "nine boats on the river"}
    return Call("POST", "/auth/password", body, await signed_in(world))


async def create_user(world: World) -> Call:
    await world.regions()
    card = {"card_number": "鄂E2024-0117", "card_from": "2024-01-01", "card_to": "2028-12-31"}
    body = {"username": "zhou", "name": "周检查", "role": "department", "region": TOWN, "phone": "13800000000", **card}
    mine = {"department_id": str(await world.department(["MECH"])), "password": PASSWORD, "hats": ["auditor"]}
    return Call("POST", "/users", {**body, **mine}, await world.admin())


async def update_user(world: World) -> Call:
    await world.regions()
    user = await world.inspector()
    body = {"name": "林某", "phone": "13900000000", "card_to": "2029-01-01", "hats": ["auditor"], "region": VILLAGE}
    return Call("PATCH", f"/users/{user.id}", body, await world.admin(), headers=VERSION)


async def reset_password(world: World) -> Call:
    user = await world.inspector()
    return Call("POST", f"/users/{user.id}/password", {"new_password": "seven lamps in the hall"}, await world.admin())


async def create_organ(world: World) -> Call:
    body = {"name": "某镇人民政府", "paper_word": "某镇应急", "region": TOWN, "authority_from": "2026-01-01"}
    return Call("POST", "/organs", body, await world.admin())


async def update_organ(world: World) -> Call:
    body = {"name": "某镇应急办", "authority_from": "2026-01-01"}
    return Call("PATCH", f"/organs/{await world.organ()}", body, await world.admin(), headers=VERSION)


async def create_region(world: World) -> Call:
    await world.regions()
    return Call("POST", "/regions", {"code": f"{OTHER_TOWN}203", "name": "丙村"}, await world.admin())


async def update_region(world: World) -> Call:
    await world.regions()
    return Call("PATCH", f"/regions/{TOWN}", {"name": "某街道"}, await world.admin(), headers=VERSION)


async def create_department(world: World) -> Call:
    return Call("POST", "/departments", {"name": "住建办", "industries": ["CONS", "MIXD"]}, await world.admin())


async def update_department(world: World) -> Call:
    department_id = await world.department(["MECH"])
    body = {"name": "住建办", "industries": ["CONS"]}
    return Call("PATCH", f"/departments/{department_id}", body, await world.admin(), headers=VERSION)


async def create_enterprise(world: World) -> Call:
    contacts = {"principal_name": "张三", "principal_phone": "13800000000", "safety_manager_name": "李四"}
    body = {"name": "宏达机械加工厂", "uscc": "914403001922038216", "region": VILLAGE, "main_industry": "MECH"}
    more = {"address": "甲村工业路8号", "location": FIX, "industries": ["CATR"]}
    others = [await world.inspector(), await world.village(), await world.person(Role.INTEGRATOR)]
    return Call("POST", "/enterprises", {**body, **more, **contacts}, await world.officer(), others)


async def update_enterprise(world: World) -> Call:
    officer = await world.officer(region=COUNTY)
    enterprise_id = await world.enterprise(by=officer)
    body = {"name": "宏达机械厂", "address": "甲村工业路9号", "location": FIX, "principal_phone": "13800000001"}
    others = [await world.inspector(), await world.boss(enterprise_id)]
    return Call("PATCH", f"/enterprises/{enterprise_id}", {**body, "industries": ["CATR"]}, officer, others, VERSION)


async def close_enterprise(world: World) -> Call:
    officer, enterprise_id = await world.officer(), await world.enterprise()
    body = {"reason": "moved_away", "note": "已搬往邻镇"}
    return Call("POST", f"/enterprises/{enterprise_id}/closure", body, officer, [await world.inspector()], VERSION)


async def merge_enterprises(world: World) -> Call:
    officer, keeper = await world.officer(), await world.enterprise()
    path = f"/enterprises/{await world.enterprise(name='宏达机械有限公司')}/merger"
    body = {"into_id": keeper, "reason": "同一营业执照，重复登记"}
    return Call("POST", path, body, officer, [await world.inspector()], VERSION)


async def reopen_enterprise(world: World) -> Call:
    closing = await close_enterprise(world)
    assert (await closing.honestly(world)).status_code == 201
    path, body = closing.path.replace("closure", "reopening"), {"reason": "现场核实已恢复经营"}
    return Call("POST", path, body, closing.by, closing.others, {"If-Match": '"2"'})


async def import_enterprises(world: World) -> Call:
    await world.regions()
    path = "/enterprises/imports?mode=good_rows"
    return Call("POST", path, CSV.encode(), await world.officer(), media_type="text/csv")


async def _admins_file(world: World, kind: str, text: str) -> Call:
    path = f"/{kind}/imports?mode=all_or_nothing"
    return Call("POST", path, text.encode(), await world.admin(), media_type="text/csv")


async def import_regions(world: World) -> Call:
    return await _admins_file(world, "regions", f"区划代码,名称\n{TOWN},某镇\n{VILLAGE},甲村\n")


async def import_departments(world: World) -> Call:
    return await _admins_file(world, "departments", "部门,主管行业\n住建办,建筑施工、MIXD\n")


async def import_users(world: World) -> Call:
    await world.regions()
    head, row = "姓名,角色,区划代码,手机号,执法证号,有效期起,有效期至", f"林检查,检查员,{TOWN},13800000000,鄂E1"
    return await _admins_file(world, "users", f"{head}\n{row},2024/1/1,2028年12月31日\n")


async def issue_first_passwords(world: World) -> Call:
    made = await import_users(world)
    sent = await made.honestly(world)
    return Call("POST", f"/imports/{sent.json()['id']}/first-passwords", {"note": "上一份密码单遗失"}, made.by)


async def plan_visit(world: World) -> Call:
    officer, first, second = await world.officer(), await world.inspector(), await world.inspector()
    enterprise_id = await world.enterprise(by=officer)
    body = visit_body(world, enterprise_id, [first, second], await world.leader(), content="消防通道")
    return Call("POST", "/visits", body, officer, [first])


async def _planned(world: World) -> tuple[str, Person, Person]:
    officer, leader = await world.officer(), await world.leader()
    people = [await world.inspector(), await world.inspector()]
    return await planned(world, officer, await world.enterprise(by=officer), people, leader), officer, leader


async def approve_visit(world: World) -> Call:
    visit_id, _, leader = await _planned(world)
    return Call("POST", f"/visits/{visit_id}/approval", {"note": "同意"}, leader)


async def cancel_visit(world: World) -> Call:
    visit_id, officer, leader = await _planned(world)
    return Call("POST", f"/visits/{visit_id}/cancellation", {"reason": "企业已搬迁"}, officer, [leader])


async def get_arrival_code(world: World) -> Call:
    first, village = await world.inspector(), await world.village()
    return Call("POST", f"/enterprises/{await world.enterprise()}/arrival-codes", {"location": FIX}, first, [village])


async def confirm_arrival(world: World) -> Call:
    fetched = await (await get_arrival_code(world)).honestly(world)
    mates = [await world.inspector(), await world.officer()]
    return Call(
        "POST", f"/arrival-codes/{fetched.json()['code']}/confirmations", {"location": FIX}, mates[0], mates[1:]
    )


async def _office_and_two(world: World) -> Person:
    """An office that may draw: an enterprise, and two officers to go there."""
    await world.regions()
    officer = await world.officer()
    await world.enterprise(by=officer)
    await world.inspector()
    return officer


async def create_draw(world: World) -> Call:
    officer = await _office_and_two(world)
    body = draw_body(world, count=1, content="消防通道", region=TOWN, per_year=2, industries=["MECH"])
    return Call("POST", "/draws", {**body, "officers": []}, officer)


async def release_draw(world: World) -> Call:
    officer = await _office_and_two(world)
    draw = await drawn(world, officer, release_at=(world.clock.now() + timedelta(hours=8)).isoformat())
    return Call("POST", f"/draws/{draw['id']}/release", {"note": "提前半小时出发"}, officer)


async def cancel_draw(world: World) -> Call:
    officer = await _office_and_two(world)
    draw = await drawn(world, officer, release_at=(world.clock.now() + timedelta(hours=8)).isoformat())
    return Call("POST", f"/draws/{draw['id']}/cancellation", {"reason": "当日有台风预警"}, officer)


async def create_avoidance(world: World) -> Call:
    await world.regions()
    officer = await world.inspector()
    body = {"officer_id": officer.id, "ground": "own_village", "village": VILLAGE, "note": "本村人"}
    return Call("POST", "/avoidances", body, await world.officer())


async def end_avoidance(world: World) -> Call:
    made = await create_avoidance(world)
    avoidance_id = (await made.honestly(world)).json()["id"]
    return Call("POST", f"/avoidances/{avoidance_id}/end", {"note": "亲属已离职"}, made.by)


async def invite_contact(world: World) -> Call:
    await world.regions()
    body = {"name": "王安全", "phone": "13800000002"}
    return Call("POST", f"/enterprises/{await world.enterprise()}/invitations", body, await world.inspector())


async def withdraw_invitation(world: World) -> Call:
    made = await invite_contact(world)
    invitation_id = (await made.honestly(world)).json()["id"]
    return Call("POST", f"/invitations/{invitation_id}/withdrawal", {"reason": "邀请码给错了人"}, made.by)


async def accept_invitation(world: World) -> Call:
    code = (await (await invite_contact(world)).honestly(world)).json()["code"]
    return Call("POST", "/auth/invitations", acceptance(code), None)


async def issue_gate_code(world: World) -> Call:
    await world.regions()
    body = {"reason": "门口的码被人撕走"}
    return Call("POST", f"/enterprises/{await world.enterprise()}/gate-codes", body, await world.officer())


async def set_upper_code(world: World) -> Call:
    await world.regions()
    body = {"system": "省行政执法平台企业码", "code": "https://qym.example.gov.cn/q?c=8F3K"}
    return Call("POST", f"/enterprises/{await world.enterprise()}/upper-codes", body, await world.officer())


async def withdraw_gate_code(world: World) -> Call:
    made = await set_upper_code(world)
    gate_code_id = (await made.honestly(world)).json()["id"]
    return Call("POST", f"/gate-codes/{gate_code_id}/withdrawal", {"reason": "登记到了相邻企业名下"}, made.by)


async def print_codes(world: World) -> Call:
    await world.regions()
    body = {"enterprise_ids": [await world.enterprise()], "columns": 2, "rows": 4, "error_correction": "Q"}
    return Call("POST", "/gate-codes/sheets", body, await world.officer())


async def open_by_code(world: World) -> Call:
    made = await set_upper_code(world)
    assert made.body is not None
    await made.honestly(world)
    return Call("POST", "/gate-codes/openings", {"code": made.body["code"], "kind": "tip"}, await world.inspector())


async def create_stand_in(world: World) -> Call:
    await world.regions()
    absent, other = await world.inspector(), await world.inspector()
    return Call("POST", "/stand-ins", stand_in_body(world, absent.id, other.id), await world.officer())


async def end_stand_in(world: World) -> Call:
    made = await create_stand_in(world)
    stand_in_id = (await made.honestly(world)).json()["id"]
    return Call("POST", f"/stand-ins/{stand_in_id}/end", {"note": "提前返岗"}, made.by)


async def submit_inspection(world: World) -> Call:
    """A report with every part that a report may have."""
    await world.regions()
    first, second = await world.inspector(), await world.inspector()
    fixed = {"note": "当场开锁", "photo_ids": [str(uuid4())]}
    found = finding_body(photo_ids=[str(uuid4())], fixed_on_site=fixed, major_basis="判定标准第5条")
    verdict = {"finding_id": str(uuid4()), "passed": False, "note": "未改", "photo_ids": [str(uuid4())]}
    body = report_body(
        world,
        None,
        [first, second],
        enterprise={"name": "新开的作坊", "region": VILLAGE, "main_industry": "MECH", "location": FIX},
        answers=[{"item": "MIXD11", "item_version": 1, "result": "fail", "note": "锁闭"}],
        findings=[found],
        reinspections=[{**verdict, "new_deadline": "2026-12-20", "same_officers_reason": "人手不足"}],
        photos=[photo_declared()],
        note="夜间",
        accompanied_by="村干部",
        arrival_code="7K3M9QXA",
        scanned_code="https://qym.example.gov.cn/q?c=8F3K",
    )
    return Call("POST", "/inspections", body, first, [await world.officer(), await world.village()])


async def amend_inspection(world: World) -> Call:
    life = await finding(world)
    change = {"id": life.id, "description": "夜间上锁", "photo_ids": [str(uuid4())], **FOUR_POINTS}
    facts = {"left_at": "2026-11-24T10:00:00+08:00", "location": FIX, "unit_signed": True, "note": "补签"}
    answers = [{"item": "MIXD11", "item_version": 1, "result": "fail", "note": "锁闭"}]
    body = {"reason": "当日补签", "findings": [change], "answers": answers, "photos": [photo_declared()], **facts}
    return Call("PATCH", f"/inspections/{life.inspection_id}", body, life.finder, [life.officer], VERSION)


async def resolve_held(world: World) -> Call:
    await world.regions()
    officer = await world.officer()
    first, second = await world.inspector(), await world.inspector()
    report = report_body(world, str(uuid4()), [first, second])
    answer = await first.post("/inspections", report)
    assert answer.json()["state"] == "held"
    body = {"decision": "reject", "note": "与另一份报告重复"}
    return Call("POST", f"/inspections/{report['id']}/resolution", body, officer)


async def put_photo(world: World) -> Call:
    data = snapped()
    by = await world.inspector()
    others = [await world.village()]
    return Call("PUT", f"/photos/{uuid4()}", data, by, others, digest(data), "application/octet-stream")


async def put_photo_preview(world: World) -> Call:
    data, by = snapped(), await world.inspector()
    path = f"/photos/{uuid4()}/preview"
    return Call("PUT", path, data, by, [await world.village()], digest(data), "application/octet-stream")


async def plan_upload(world: World) -> Call:
    sending = Sending(await world.inspector())
    return Call("POST", "/uploads/plan", {"photos": [sending.to_send]}, sending.phone, [await world.village()])


async def create_upload(world: World) -> Call:
    data = snapped()
    by, other = await world.inspector(), await world.village()
    headers = {**TUS, "Upload-Length": str(len(data))}
    return Call("POST", "/uploads", data, by, [other], headers, OFFSET_BYTES)


async def append_upload(world: World) -> Call:
    sending = Sending(await world.inspector(), snapped())
    await sending.begin()
    headers = {**TUS, "Upload-Offset": "0"}
    return Call("PATCH", sending.path, sending.data, sending.phone, [], headers, OFFSET_BYTES)


def _move(life: Life, step: str, body: dict[str, Any], by: Person, *others: Person) -> Call:
    return Call("POST", life.path(step), body, by, list(others), VERSION if step == "withdrawal" else {})


async def file_plan(world: World) -> Call:
    life = await finding(world, FindingState.ORDERED)
    return _move(life, "plan", dict(PLAN), life.boss, life.officer)


async def accept_plan(world: World) -> Call:
    life = await finding(world, FindingState.ORDERED)
    await life.plan()
    return _move(life, "plan/acceptance", {"accepted": True, "note": "同意"}, life.officer, await world.leader())


async def report_rectification(world: World) -> Call:
    life = await finding(world, FindingState.ORDERED)
    body = {"text": "已改装平开门", "photo_ids": [str(uuid4())], "photos": [photo_declared()]}
    return _move(life, "rectifications", body, life.boss, life.finder)


async def reinspect_finding(world: World) -> Call:
    life = await finding(world, FindingState.REPORTED)
    world.clock.forward(hours=1)
    body = {"inspectors": [life.finder.id, life.officer.id], "passed": True, "note": "已改", "location": FIX}
    arrived = (world.clock.now() - timedelta(minutes=20)).isoformat()
    more = {"photo_ids": [str(uuid4())], "photos": [photo_declared()], "arrived_at": arrived}
    return _move(life, "reinspections", {**body, **more}, life.finder, life.officer)


async def write_off_finding(world: World) -> Call:
    life = await finding(world, FindingState.VERIFIED)
    return _move(life, "write-off", {"note": "同意销号"}, await world.leader(), life.finder)


async def transfer_finding(world: World) -> Call:
    life = await finding(world)
    body = {"organ_name": "某市消防救援大队", "reason": "无处罚权限"}
    return _move(life, "transfer", body, life.officer, life.finder)


async def record_transfer_receipt(world: World) -> Call:
    life = await finding(world, FindingState.TRANSFERRED)
    body = {"receipt_number": "某消〔2026〕收字第8号", "received_on": "2026-11-24"}
    return _move(life, "transfer/receipt", body, life.officer, life.finder)


async def withdraw_finding(world: World) -> Call:
    life = await finding(world)
    return _move(life, "withdrawal", {"reason": "登记到了相邻企业名下"}, life.officer, await world.leader())


async def issue_order(world: World) -> Call:
    life = await finding(world)
    body = {"inspection_id": life.inspection_id, "finding_ids": [life.id], "organ_id": str(await world.organ())}
    return Call("POST", "/orders", body, life.finder, [life.officer])


async def request_extension(world: World) -> Call:
    life = await finding(world, FindingState.ORDERED)
    body = {"finding_id": life.id, "until": "2026-12-20", "reason": "防火门定制需二十日"}
    return Call("POST", "/extensions", body, life.boss, [life.finder])


async def decide_extension(world: World) -> Call:
    asked = await request_extension(world)
    extension_id = (await asked.honestly(world)).json()["id"]
    body = {"granted": True, "note": "同意"}
    return Call("POST", f"/extensions/{extension_id}/decision", body, await world.officer(), [await world.leader()])


async def revoke_session(world: World) -> Call:
    keeper, lost = await world.person(Role.OFFICE, hats=["security"]), await world.inspector()
    return Call("POST", f"/sessions/{lost.session_id}/revocation", {"reason": "手机丢失"}, keeper)


async def create_api_key(world: World) -> Call:
    system = await world.person(Role.INTEGRATOR)
    body = {"user_id": system.id, "name": "县局平台", "scopes": ["findings:read"], "expires_on": "2027-05-31"}
    return Call("POST", "/api-keys", body, await world.admin())


async def revoke_api_key(world: World) -> Call:
    made = await create_api_key(world)
    key_id = (await made.honestly(world)).json()["id"]
    return Call("POST", f"/api-keys/{key_id}/revocation", {"reason": "密钥误传到公开代码库"}, made.by)


async def enrol_totp(world: World) -> Call:
    return Call("POST", "/auth/totp", {"password": PASSWORD}, await signed_in(world))


async def confirm_totp(world: World) -> Call:
    world.clock.forward(hours=2)  # past the moment that the document's examples are sent at
    enrolling = await enrol_totp(world)
    secret = b32decode((await enrolling.honestly(world)).json()["secret"])
    return Call("POST", "/auth/totp/confirmation", {"code": code_of(secret, step_at(world.clock.now()))}, enrolling.by)


async def remove_totp(world: World) -> Call:
    keeper, someone = await world.person(Role.OFFICE, hats=["security"]), await world.inspector()
    return Call("POST", f"/users/{someone.id}/totp/removal", {"reason": "手机丢失，当面核对本人"}, keeper)


async def reveal_identity_number(world: World) -> Call:
    admin, someone = await world.admin(), await world.inspector()
    assert (await admin.patch(f"/users/{someone.id}", {"identity_number": "11010519491231002X"})).status_code == 200
    return Call("POST", f"/users/{someone.id}/identity-number", {"reason": "办理执法证换发"}, admin)


HONEST: dict[str, Maker] = {
    "createToken": create_token,
    "refreshToken": refresh_token,
    "revokeToken": revoke_token,
    "changePassword": change_password,
    "resetPassword": reset_password,
    "revokeSession": revoke_session,
    "enrolTotp": enrol_totp,
    "confirmTotp": confirm_totp,
    "removeTotp": remove_totp,
    "revealIdentityNumber": reveal_identity_number,
    "createApiKey": create_api_key,
    "revokeApiKey": revoke_api_key,
    "createUser": create_user,
    "updateUser": update_user,
    "createOrgan": create_organ,
    "updateOrgan": update_organ,
    "createRegion": create_region,
    "updateRegion": update_region,
    "createDepartment": create_department,
    "updateDepartment": update_department,
    "createEnterprise": create_enterprise,
    "updateEnterprise": update_enterprise,
    "closeEnterprise": close_enterprise,
    "reopenEnterprise": reopen_enterprise,
    "mergeEnterprises": merge_enterprises,
    "importEnterprises": import_enterprises,
    "importRegions": import_regions,
    "importDepartments": import_departments,
    "importUsers": import_users,
    "issueFirstPasswords": issue_first_passwords,
    "planVisit": plan_visit,
    "approveVisit": approve_visit,
    "cancelVisit": cancel_visit,
    "getArrivalCode": get_arrival_code,
    "confirmArrival": confirm_arrival,
    "createDraw": create_draw,
    "releaseDraw": release_draw,
    "cancelDraw": cancel_draw,
    "createAvoidance": create_avoidance,
    "endAvoidance": end_avoidance,
    "inviteContact": invite_contact,
    "withdrawInvitation": withdraw_invitation,
    "acceptInvitation": accept_invitation,
    "issueGateCode": issue_gate_code,
    "setUpperCode": set_upper_code,
    "withdrawGateCode": withdraw_gate_code,
    "printCodes": print_codes,
    "openByCode": open_by_code,
    "createStandIn": create_stand_in,
    "endStandIn": end_stand_in,
    "submitInspection": submit_inspection,
    "amendInspection": amend_inspection,
    "resolveHeldInspection": resolve_held,
    "putPhoto": put_photo,
    "putPhotoPreview": put_photo_preview,
    "planUpload": plan_upload,
    "createUpload": create_upload,
    "appendUpload": append_upload,
    "filePlan": file_plan,
    "acceptPlan": accept_plan,
    "reportRectification": report_rectification,
    "reinspectFinding": reinspect_finding,
    "writeOffFinding": write_off_finding,
    "transferFinding": transfer_finding,
    "recordTransferReceipt": record_transfer_receipt,
    "withdrawFinding": withdraw_finding,
    "issueOrder": issue_order,
    "requestExtension": request_extension,
    "decideExtension": decide_extension,
}
