"""An honest body for every operation that takes one, as a reader would send it about a zone's records."""

from typing import Any
from uuid import uuid4

from tests.doors.operations import Raw
from tests.doors.sight import ZONES
from tests.doors.town import Reader, Town
from tests.makers_draws import draw_body
from tests.makers_findings import PLAN, described
from tests.makers_photos import digest, snapped
from tests.makers_reports import report_body
from tests.makers_stand_ins import stand_in_body
from tests.makers_uploads import OFFSET_BYTES, TUS
from tests.makers_visits import visit_body
from tests.world import Person

Body = dict[str, Any]


def contacts(town: Town, zone: str, reader: str) -> Body:
    return {"principal_name": "李四", "principal_phone": "13800000001"}


def enterprise(town: Town, zone: str, reader: str) -> Body:
    own = {"region": ZONES[zone]["region"], "main_industry": ZONES[zone]["main_industry"]}
    return {"name": "新开的作坊", **own}


def closure(town: Town, zone: str, reader: str) -> Body:
    return {"reason": "suspended"}


def merger(town: Town, zone: str, reader: str) -> Body:
    """Into itself: whoever reads the town finds it as it was."""
    return {"into_id": town.of("enterprise", zone), "reason": "重复登记"}


def register_file(town: Town, zone: str, reader: str) -> Raw:
    line = f"新开的作坊,{ZONES[zone]['region']},{ZONES[zone]['main_industry']}"
    return _csv(f"企业名称,区划代码,行业\n{line}\n")


def regions_file(town: Town, zone: str, reader: str) -> Raw:
    return _csv("区划代码,名称\n420582109,新镇\n")


def departments_file(town: Town, zone: str, reader: str) -> Raw:
    return _csv("部门,主管行业\n新设办,MECH\n")


def users_file(town: Town, zone: str, reader: str) -> Raw:
    return _csv(f"姓名,角色,区划代码,手机号\n新来的,检查员,{ZONES[zone]['region']},13700000001\n")


def _csv(text: str) -> Raw:
    return Raw(text.encode(), {"Content-Type": "text/csv"})


def arrival(town: Town, zone: str, reader: str) -> Body:
    return {"location": {"lon": 111.28, "lat": 30.69, "accuracy_m": 9}}


def visit(town: Town, zone: str, reader: str) -> Body:
    people = [town.second, town.first]
    return visit_body(town.world, town.of("enterprise", zone), people, town.leader)


def draw(town: Town, zone: str, reader: str) -> Body:
    return draw_body(town.world, count=1, region=ZONES[zone]["region"])


def draw_of_officers(town: Town, zone: str, reader: str) -> Body:
    """By the reader and one more, in whose place another may be named."""
    return {**draw(town, zone, reader), "officers": [str(uuid4()), town.readers[reader].id]}


def avoidance(town: Town, zone: str, reader: str) -> Body:
    """Of the reader, who keeps away from one enterprise."""
    return {
        "officer_id": town.readers[reader].id,
        "ground": "interest",
        "enterprise_id": town.of("enterprise", zone),
    }


def invitation(town: Town, zone: str, reader: str) -> Body:
    return {"name": "王安全"}


def upper_code(town: Town, zone: str, reader: str) -> Body:
    return {"system": "省平台", "code": f"https://qym.example.gov.cn/q?c={uuid4()}"}


def code_sheet(town: Town, zone: str, reader: str) -> Body:
    return {"enterprise_ids": [town.of("enterprise", zone)]}


def scanned_code(town: Town, zone: str, reader: str) -> Body:
    return {"code": town.of("upper code", zone)}


def stand_in(town: Town, zone: str, reader: str) -> Body:
    """Of two inspectors of the zone's town, in a week that nobody else has asked for."""
    pair = town.said["stand-in"][zone]
    return stand_in_body(town.world, pair["officer_id"], pair["stand_in_id"], in_days=60 + uuid4().int % 20_000)


def inspectors(town: Town, reader: str) -> list[Person]:
    """A carded mate first, in whose place another may be named, then the reader and one more."""
    return [town.second, *_self(town.readers[reader]), town.first]


def report(town: Town, zone: str, reader: str) -> Body:
    found = described(fixed_on_site={"note": "当场开锁", "photo_ids": [str(uuid4())]})
    more = {"findings": [found], "photos": [{"id": str(uuid4())}]}
    return report_body(town.world, town.of("enterprise", zone), inspectors(town, reader), **more)


def report_that_brings(town: Town, zone: str, reader: str) -> Body:
    """Of an enterprise that is not on the register yet."""
    return {**report(town, zone, reader), "enterprise_id": None, "enterprise": enterprise(town, zone, reader)}


def report_of_reinspection(town: Town, zone: str, reader: str) -> Body:
    verdict = {"finding_id": town.of("reported", zone), "passed": True, "photo_ids": [str(uuid4())]}
    return {**report(town, zone, reader), "kind": "reinspection", "reinspections": [verdict]}


def amendment(town: Town, zone: str, reader: str) -> Body:
    return {"reason": "当日补签", "unit_signed": True, "findings": [described()], "photos": [{"id": str(uuid4())}]}


def rejection(town: Town, zone: str, reader: str) -> Body:
    return {"decision": "reject", "note": "与另一份报告重复"}


def release(town: Town, zone: str, reader: str) -> Body:
    """Of the report whose enterprise nobody knew."""
    return {"decision": "release", "enterprise_id": town.of("enterprise", zone)}


def order(town: Town, zone: str, reader: str) -> Body:
    findings = [town.of("registered", zone)]
    return {"inspection_id": town.of("inspection", zone), "finding_ids": findings, "organ_id": town.organ_id}


def extension(town: Town, zone: str, reader: str) -> Body:
    asked = {"until": "2026-12-20", "reason": "防火门定制需二十日"}
    return {"finding_id": town.of("ordered", zone), **asked, **_on_behalf(town, zone, reader)}


def granting(town: Town, zone: str, reader: str) -> Body:
    return {"granted": True, "note": "同意"}


def plan(town: Town, zone: str, reader: str) -> Body:
    return {**PLAN, **_on_behalf(town, zone, reader)}


def acceptance(town: Town, zone: str, reader: str) -> Body:
    return {"accepted": True, "note": "同意"}


def rectification(town: Town, zone: str, reader: str) -> Body:
    after, paper = str(uuid4()), str(uuid4())
    more = {"photo_ids": [after], "paper_photo_ids": [paper], "photos": [{"id": after}]}
    return {"text": "已改装平开门", **more, **_on_behalf(town, zone, reader)}


def reinspection(town: Town, zone: str, reader: str) -> Body:
    new = str(uuid4())
    named = [person.id for person in inspectors(town, reader)]
    return {"inspectors": named, "passed": True, "photo_ids": [new], "photos": [{"id": new}]}


def note(town: Town, zone: str, reader: str) -> Body:
    return {"note": "同意"}


def transfer(town: Town, zone: str, reader: str) -> Body:
    return {"organ_name": "某市消防救援大队", "reason": "无处罚权限"}


def receipt(town: Town, zone: str, reader: str) -> Body:
    return {"receipt_number": "某消〔2026〕收字第8号", "received_on": "2026-11-24"}


def reason(town: Town, zone: str, reader: str) -> Body:
    return {"reason": "登记到了相邻企业名下"}


def user(town: Town, zone: str, reader: str) -> Body:
    fields = {"username": "zhou", "name": "周检查", "role": "inspector", "password": "three green tea pots"}
    return {**fields, "region": ZONES[zone]["region"]}


def user_patch(town: Town, zone: str, reader: str) -> Body:
    return {"phone": "13900000000"}


def password(town: Town, zone: str, reader: str) -> Body:
    return {"new_password": "seven lamps in the hall"}


def api_key(town: Town, zone: str, reader: str) -> Body:
    system = town.readers["integrator"].id
    return {"user_id": system, "name": "县局平台", "scopes": ["findings:read"], "expires_on": "2027-05-31"}


def organ(town: Town, zone: str, reader: str) -> Body:
    return {"name": "某镇应急办", "paper_word": "某镇应急办", "region": ZONES[zone]["region"][:9]}


def organ_patch(town: Town, zone: str, reader: str) -> Body:
    return {"name": "某镇应急办"}


def region(town: Town, zone: str, reader: str) -> Body:
    return {"code": f"{ZONES[zone]['region'][:9]}208", "name": "新村"}


def region_patch(town: Town, zone: str, reader: str) -> Body:
    return {"name": "某街道"}


def department(town: Town, zone: str, reader: str) -> Body:
    return {"name": "住建办", "industries": ["CONS"]}


def photo(town: Town, zone: str, reader: str) -> Raw:
    return of_bytes(snapped())


def upload(town: Town, zone: str, reader: str) -> Raw:
    """The beginning of an upload that brings nothing yet."""
    return Raw(b"", {**TUS, "Upload-Length": "5000"})


def piece(town: Town, zone: str, reader: str) -> Raw:
    """A byte that is appended."""
    return Raw(b"x", {**TUS, "Upload-Offset": "0", "Content-Type": OFFSET_BYTES})


def no_piece(town: Town, zone: str, reader: str) -> Raw:
    """What looks at an upload, or ends it."""
    return Raw(b"", TUS)


def plan_of_photos(town: Town, zone: str, reader: str) -> Body:
    """A photo that nobody has."""
    return {"photos": [{"id": str(uuid4()), "sha256": "0" * 64, "bytes": 5000}]}


def of_bytes(data: bytes) -> Raw:
    """A photo as a phone sends it."""
    return Raw(data, {**digest(data), "Content-Type": "image/jpeg"})


def _self(reader: Reader) -> list[Person]:
    return [reader] if isinstance(reader, Person) else []


def _on_behalf(town: Town, zone: str, reader: str) -> Body:
    """An officer names the enterprise that it is filed for; the enterprise itself does not."""
    return {} if reader == "enterprise" else {"on_behalf_of": town.of("enterprise", zone)}
