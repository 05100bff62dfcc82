"""Reports: a visit as the phone sends it. A field we do not know is kept and named: a newer phone is never turned away.

The raw bytes are kept beside (models/inspections.py, InspectionVersion), with all that these shapes do not name.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue, StrictInt, StringConstraints
from pydantic import Field as Constraint

from models.enterprises import EnterpriseWrite
from models.shapes import Bytes, Code, Day, Filled, Flag, Id, Location, Moment, NewId, Sha256Hex, Text, Write
from models.words import AnswerResult, Grade, HeldDecision, InspectionKind, PhotoPurpose

REPORT_EXAMPLE: dict[str, JsonValue] = {
    "id": "0198f3a0-0000-7000-8000-000000000001",
    "kind": "spot_check",
    "visit_id": None,
    "urgent_reason": "夜间接到群众反映，卷帘门上锁且有人住宿",
    "enterprise_id": "0198f3a0-0000-7000-8000-0000000000e1",
    "arrived_at": "2026-11-24T09:12:31+08:00",
    "arrival_code": "7K3M9QXA",
    "scanned_code": "https://zhicha.example.cn/e/7K2MQ9XA4TBD0WZH7K2MQ9XA4TBD0WZH",
    "left_at": "2026-11-24T10:05:00+08:00",
    "location": {"lon": 111.28, "lat": 30.69, "accuracy_m": 12, "crs": "WGS84", "source": "gps", "mocked": False},
    "inspectors": ["0198f3a0-0000-7000-8000-0000000000a1", "0198f3a0-0000-7000-8000-0000000000a2"],
    "credentials_shown": True,
    "accompanied_by": None,
    "briefing_before": False,
    "unit_signed": True,
    "refusal_note": None,
    "answers": [{"item": "MIXD11", "result": "fail"}, {"item": "MIXD07", "result": "pass"}],
    "findings": [
        {
            "id": "0198f3a0-0000-7000-8000-0000000000f1",
            "item": "MIXD11",
            "description": "夜间卷帘门为唯一出口且上锁",
            "grade": "general",
            "measure": "增设可从内部开启的逃生门",
            "standard": "人员住宿场所安全出口不上锁",
            "deadline": "2026-12-01",
            "responsible_person": "张三",
            "photo_ids": ["0198f3a0-0000-7000-8000-0000000000b1"],
            "fixed_on_site": None,
        }
    ],
    "photos": [
        {
            "id": "0198f3a0-0000-7000-8000-0000000000b1",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "bytes": 3195089,
            "media_type": "image/jpeg",
            "taken_at": "2026-11-24T09:20:11+08:00",
        }
    ],
}

AMENDMENT_EXAMPLE: dict[str, JsonValue] = {
    "reason": "现场负责人当日下午补签",
    "unit_signed": True,
    "findings": [{"id": "0198f3a0-0000-7000-8000-0000000000f1", "deadline": "2026-12-04"}],
}

MediaType = Annotated[str, StringConstraints(strict=True, pattern=r"^[\w.+-]{1,60}/[\w.+-]{1,60}$")]


class Reported(BaseModel):
    """A part of a report: a field we do not know is kept in the raw bytes and named in the answer, never refused."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ReportedLocation(Location):
    """A fix as the device gave it."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ReportedEnterprise(EnterpriseWrite):
    """An enterprise that is not on the register yet; it is registered with the report."""

    model_config = ConfigDict(extra="allow", frozen=True)

    location: ReportedLocation | None = None


class PhotoDeclared(Reported):
    """A photo as the phone announces it; with `sha256` only these very bytes are it.

    `purpose` where it shows no scene: `signature` for an image of one, `voice` for a voice note.
    """

    id: NewId
    purpose: Literal[PhotoPurpose.SIGNATURE, PhotoPurpose.VOICE] | None = None
    sha256: Sha256Hex | None = None
    bytes: Bytes | None = None
    media_type: MediaType | None = None
    taken_at: Moment | None = None
    location: ReportedLocation | None = None


class AnswerReported(Reported):
    """The result of one checklist item; of a skipped one `note` may say why. What is not told at all is not skipped."""

    item: Code
    item_version: Annotated[StrictInt, Constraint(ge=1, le=100_000)] | None = None
    result: AnswerResult
    note: Text | None = None


class FixedOnSite(Reported):
    """当场整改: what was done before the officers left, with photos after."""

    note: Filled
    photo_ids: Annotated[list[NewId], Constraint(max_length=100)] = []


class FindingReported(Reported):
    """A hazard as it was found. 四定, and for a major one its basis, may be missing here: they are needed to order.

    Without `grade` the item's default counts.
    """

    id: NewId
    item: Code | None = None
    description: Filled
    grade: Grade | None = None
    major_basis: Text | None = None
    measure: Text | None = None
    standard: Text | None = None
    deadline: Day | None = None
    responsible_person: Text | None = None
    photo_ids: Annotated[list[NewId], Constraint(max_length=100)] = []
    fixed_on_site: FixedOnSite | None = None


class ReinspectionReported(Reported):
    """复查 of one finding: pass, or fail with the next deadline."""

    finding_id: Id
    passed: Flag
    note: Text | None = None
    photo_ids: Annotated[list[NewId], Constraint(max_length=100)] = []
    new_deadline: Day | None = None
    same_officers_reason: Text | None = None


class ReportFacts(Reported):
    """What an amendment may also set."""

    left_at: Moment | None = None
    location: ReportedLocation | None = None
    credentials_shown: Flag | None = None
    accompanied_by: Text | None = None
    briefing_before: Flag | None = None
    unit_signed: Flag | None = None
    refusal_note: Text | None = None
    note: Text | None = None
    answers: Annotated[list[AnswerReported], Constraint(max_length=2000)] = []
    photos: Annotated[list[PhotoDeclared], Constraint(max_length=500)] = []


class Report(ReportFacts):
    """One visit done. Either `enterprise_id`, or `enterprise` for one that is not on the register yet."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra={"examples": [REPORT_EXAMPLE]})

    id: NewId | None = None
    kind: InspectionKind
    visit_id: Id | None = None
    urgent_reason: Text | None = None
    enterprise_id: Id | None = None
    enterprise: ReportedEnterprise | None = None
    arrived_at: Moment
    arrival_code: Text | None = None
    scanned_code: Text | None = None
    inspectors: Annotated[list[Id], Constraint(max_length=50)] = []
    findings: Annotated[list[FindingReported], Constraint(max_length=200)] = []
    reinspections: Annotated[list[ReinspectionReported], Constraint(max_length=200)] = []

    def photo_ids(self) -> set[UUID]:
        """Every photo that the report names, wherever."""
        named = {photo.id for photo in self.photos}
        for finding in self.findings:
            named.update(finding.photo_ids, finding.fixed_on_site.photo_ids if finding.fixed_on_site else ())
        for verdict in self.reinspections:
            named.update(verdict.photo_ids)
        return named


class FindingAmended(Write):
    """What changes of a finding that is not ordered yet; absent means unchanged. An id not known yet registers it."""

    id: NewId
    item: Code | None = None
    description: Filled | None = None
    grade: Grade | None = None
    major_basis: Text | None = None
    measure: Text | None = None
    standard: Text | None = None
    deadline: Day | None = None
    responsible_person: Text | None = None
    photo_ids: Annotated[list[NewId], Constraint(max_length=100)] = []


class Amendment(ReportFacts):
    """A correction with its reason: what is named changes, the rest stands; the old version stays readable."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [AMENDMENT_EXAMPLE]})

    reason: Filled
    findings: Annotated[list[FindingAmended], Constraint(max_length=200)] = []

    def photo_ids(self) -> set[UUID]:
        """Every photo that the amendment names."""
        return {photo.id for photo in self.photos}.union(*(finding.photo_ids for finding in self.findings))


class ReinspectionWrite(Write):
    """复查 of one finding alone: the same as a report of kind reinspection with one verdict."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "inspectors": ["0198f3a0-0000-7000-8000-0000000000a1", "0198f3a0-0000-7000-8000-0000000000a3"],
                    "passed": True,
                    "note": "逃生门已增设，可从内部开启",
                    "photo_ids": ["0198f3a0-0000-7000-8000-0000000000b9"],
                }
            ]
        },
    )

    id: NewId | None = None
    inspectors: Annotated[list[Id], Constraint(max_length=50)]
    passed: Flag
    note: Text | None = None
    photo_ids: Annotated[list[NewId], Constraint(max_length=100)] = []
    photos: Annotated[list[PhotoDeclared], Constraint(max_length=100)] = []
    new_deadline: Day | None = None
    same_officers_reason: Text | None = None
    arrived_at: Moment | None = None
    location: Location | None = None


class HeldResolution(Write):
    """What becomes of a held report. `enterprise_id` names the enterprise where the report's own cannot be used."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={"examples": [{"decision": "reject", "note": "与另一份报告重复"}]},
    )

    id: NewId | None = None
    decision: HeldDecision
    note: Text | None = None
    enterprise_id: Id | None = None
