"""One whole loop over HTTP: a sealed visit, a report with photos, an order, a cure, a second look, a write-off."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.paging import Page
from cli.demo.aftermath import Aftermath
from cli.demo.album import Album, DrawnAlbum, FolderAlbum
from cli.demo.clock import now
from cli.demo.field_report import FieldReport
from cli.demo.phone import Phone
from cli.demo.speak import Deviation, Teller, clock, expect, short
from models.enterprises import EnterpriseRead
from models.organs import OrganRead
from models.visits import VisitRead
from models.words import VisitState, WorkKind
from models.worklist import WorklistRead

RELEASE_AFTER = timedelta(seconds=3)
RELEASE_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Cast:
    """Everybody who takes part, each on a device of their own."""

    office: Phone
    leader: Phone
    first: Phone
    second: Phone
    third: Phone
    boss: Phone

    @classmethod
    def sign_in(cls, base_url: str, password: str) -> "Cast":
        """Raises Deviation when an account cannot sign in."""
        names = ("office1", "leader1", "inspector1", "inspector2", "inspector3", "enterprise1")
        return cls(*[Phone(base_url, f"demo-{name}", password) for name in names])

    def everybody(self) -> list[Phone]:
        """All devices."""
        return [self.office, self.leader, self.first, self.second, self.third, self.boss]


def play(base_url: str, password: str, photos: Path | None, teller: Teller, keep: Path) -> None:
    """Play it against the server at `base_url`; what is fetched for a person to look at is saved in `keep`.

    Raises Deviation (printed already), NoPhotos.
    """
    folder = None if photos is None else FolderAlbum(photos)
    with _signed_in(base_url, password, teller) as cast:
        organ, enterprise = _the_place(cast, teller)
        visit = _planned(cast, enterprise, teller)
        _released(cast, visit, teller)
        album: Album = folder or _drawn_at(enterprise)
        report = FieldReport(teller, album, cast.first, cast.second, enterprise, keep)
        before = report.counted(cast.office)
        inspection_id = report.send(visit.id)
        after = Aftermath(teller, album, cast.office, cast.third, cast.second, cast.boss, organ, enterprise, keep)
        after.order(cast.first, inspection_id, report.to_cure)
        after.cure(report.to_cure)
        after.look_again(report.to_cure)
        after.end(report.to_cure)
        after.what_is_next(before, report.to_cure)


@contextmanager
def _signed_in(base_url: str, password: str, teller: Teller) -> Iterator[Cast]:
    with teller.step("六台设备登录：镇安办、分管领导、三名检查员、企业", "six devices sign in"):
        cast = Cast.sign_in(base_url, password)
        for phone in cast.everybody():
            card = f"，执法证 card {phone.me.card.number}" if phone.me.card else ""
            teller.note(f"{phone.me.role_label} {phone.me.name}（{phone.username}）{card}")
            expect(f"{phone.username} has a password of its own", phone.me.must_change_password, False)
    try:
        yield cast
    finally:
        for phone in cast.everybody():
            phone.close()


def _the_place(cast: Cast, teller: Teller) -> tuple[OrganRead, EnterpriseRead]:
    with teller.step("镇安办查看执法机关和企业台账", "the office looks at its organ and the register"):
        organs = cast.office.get("/organs", Page[OrganRead]).items
        expect("organs in sight", len(organs), 1)
        enterprise = cast.office.get(f"/enterprises/{cast.boss.me.enterprise_id}", EnterpriseRead)
        teller.note(f"{organs[0].name}，依据 {organs[0].authority_decision}")
        teller.note(f"{enterprise.name}，{enterprise.uscc or enterprise.office_code}，{enterprise.address}")
    return organs[0], enterprise


def _planned(cast: Cast, enterprise: EnterpriseRead, teller: Teller) -> VisitRead:
    inspectors = [str(cast.first.me.id), str(cast.second.me.id)]
    body = {
        "enterprise_id": str(enterprise.id),
        "kind": "spot_check",
        "basis": "special_drive",
        "legal_basis": "《中华人民共和国安全生产法》第六十五条",
        "task_source": "“三合一”场所专项整治",
        "content": "夜间住人、安全出口、电动车充电",
        "release_at": (now() + RELEASE_AFTER).isoformat(),
        "inspectors": inspectors,
        "approver_id": str(cast.leader.me.id),
    }
    with teller.step("镇安办保密安排一次“四不两直”检查", "the office plans an unannounced visit in silence"):
        visit = cast.office.post("/visits", body, VisitRead)
        expect("state", visit.state, VisitState.PROPOSED)
        unseen = [cast.first.refused("GET", f"/visits/{visit.id}", 404)]
        unseen.append(cast.boss.refused("GET", f"/visits/{visit.id}", 404))
        teller.note(f"{visit.state_label}，发布时间 release {clock(visit.release_at)}；编号 {short(visit.id)}")
        teller.note(f"此时检查员和企业都看不到 inspectors and enterprise see nothing: 404 {unseen[0]}")
    with teller.step("分管领导在待办中批准", "the leader finds it on the worklist and approves"):
        work = cast.leader.get("/worklist", WorklistRead, kind=WorkKind.APPROVE_VISIT.value, limit=200)
        expect("on the leader's worklist", visit.id in {item.subject_id for item in work.items}, True)
        visit = cast.leader.post(f"/visits/{visit.id}/approval", {"note": "同意"}, VisitRead)
        expect("state", visit.state, VisitState.APPROVED)
        teller.note(f"{visit.state_label}，{clock(visit.approved_at or now())}")
    return visit


def _released(cast: Cast, visit: VisitRead, teller: Teller) -> None:
    with teller.step("到发布时间，检查员手机上出现任务", "at its release the inspectors' phones show it"):
        deadline = time.monotonic() + RELEASE_PATIENCE_SECONDS
        while visit.id not in {one.id for one in cast.first.get("/visits", Page[VisitRead]).items}:
            if time.monotonic() > deadline:
                raise Deviation("the released visit on the inspector's phone", short(visit.id), "not there")
            time.sleep(0.5)
        refused = cast.boss.refused("GET", f"/visits/{visit.id}", 404)
        teller.note(f"检查员 {cast.first.me.name}、{cast.second.me.name} 已看到；企业仍看不到 still 404 {refused}")


def _drawn_at(enterprise: EnterpriseRead) -> DrawnAlbum:
    place = enterprise.location
    return DrawnAlbum(*(place.lon, place.lat) if place else (111.342, 30.518))
