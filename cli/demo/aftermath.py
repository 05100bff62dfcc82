"""The office's and the enterprise's part of the loop: order, cure, second look, write-off, and what is due next."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from api.paging import Page
from cli.demo.album import Album
from cli.demo.clock import now
from cli.demo.phone import Phone
from cli.demo.speak import Teller, clock, expect, short
from models.enterprises import EnterpriseRead
from models.events import EventRead
from models.findings import FindingRead, FindingSummaryRead
from models.orders import OrderRead
from models.organs import OrganRead
from models.statistics import StatisticsRead, StatisticsRow
from models.words import FindingState, InspectionKind, InspectionState, Move, WorkKind
from models.worklist import WorkItem, WorklistRead
from services.rules.clocks import local_date

DAYS_AGAIN = 7


class Aftermath:
    """What becomes of two findings: one passes, one fails and is ordered again."""

    def __init__(
        self,
        teller: Teller,
        album: Album,
        office: Phone,
        reinspector: Phone,
        partner: Phone,
        boss: Phone,
        organ: OrganRead,
        enterprise: EnterpriseRead,
        keep: Path,
    ) -> None:
        self._teller, self._album, self._keep = teller, album, keep
        self._office, self._reinspector, self._partner, self._boss = office, reinspector, partner, boss
        self._organ, self._enterprise = organ, enterprise
        self._first_number = ""
        self._reinspection_id = uuid4()

    def order(self, phone: Phone, inspection_id: UUID, finding_ids: list[UUID]) -> None:
        """责令, and the paper itself."""
        with self._teller.step("检查员签发责令限期整改指令书", "the inspector issues the order"):
            order = self._ordered(phone, inspection_id, finding_ids)
            self._first_number = order.number
        with self._teller.step("取回指令书 PDF", "the paper itself, as soon as it is made"):
            paper = phone.patiently(f"/orders/{order.id}/document.pdf")
            expect("first bytes", paper.content[:5], b"%PDF-")
            (self._keep / "order.pdf").write_bytes(paper.content)
            self._teller.note(f"PDF {len(paper.content) // 1024} KB → {self._keep / 'order.pdf'}")

    def cure(self, finding_ids: list[UUID]) -> None:
        """The enterprise sees what is ordered, and reports with photos after."""
        with self._teller.step("企业登录，看到责令整改的隐患", "the enterprise sees what it is ordered to cure"):
            seen = self._boss.get("/findings", Page[FindingSummaryRead], state=[FindingState.ORDERED], limit=200)
            expect("its findings", set(finding_ids) <= {one.id for one in seen.items}, True)
            expect("nobody else's", {one.enterprise_id for one in seen.items}, {self._enterprise.id})
            for one in seen.items:
                self._teller.note(f"{one.description}：{one.state_label}，期限 due {one.deadline}")
        shots = [("exit-after", "整改后：已装外开逃生门"), ("stairs-before", "整改后：（仍有堆物）")]
        with self._teller.step("企业上传整改后照片并报告整改", "the enterprise reports both cured, with photos after"):
            for finding_id, (scene, caption) in zip(finding_ids, shots, strict=True):
                photo = self._album.take(scene, caption)
                self._boss.put_photo(photo.id, photo.data)
                body = {"id": str(uuid4()), "text": "已按指令书要求整改。", "photo_ids": [str(photo.id)]}
                finding = self._boss.post(f"/findings/{finding_id}/rectifications", body, FindingRead)
                expect("state", finding.state, FindingState.REPORTED)
                again = self._boss.post(f"/findings/{finding_id}/rectifications", body, FindingRead, wanted=200)
                expect("a repeat changes nothing", again.version, finding.version)
                self._teller.note(f"{finding.description}：{finding.state_label}；{_due(finding)}")

    def look_again(self, finding_ids: list[UUID]) -> None:
        """复查: two cards, one of them new to it, new photos; one passes, one fails."""
        good = self._album.take("exit-after", "复查：逃生门可从内部开启")
        bad = self._album.take("stairs-before", "复查：楼梯间仍有堆物和车辆")
        again_by = str(local_date(now()) + timedelta(days=DAYS_AGAIN))
        body = {
            "id": str(self._reinspection_id),
            "kind": "reinspection",
            "enterprise_id": str(self._enterprise.id),
            "arrived_at": now().isoformat(),
            "inspectors": [str(self._reinspector.me.id), str(self._partner.me.id)],
            "credentials_shown": True,
            "reinspections": [
                {"finding_id": str(finding_ids[0]), "passed": True, "note": "已整改", "photo_ids": [str(good.id)]},
                {
                    "finding_id": str(finding_ids[1]),
                    "passed": False,
                    "note": "仍有堆物和充电车辆",
                    "photo_ids": [str(bad.id)],
                    "new_deadline": again_by,
                },
            ],
            "photos": [good.declared(), bad.declared()],
        }
        with self._teller.step(
            "两名持证人员现场复查（其一未参与首查）", "two carded officers look again, one new to it"
        ):
            raw = json.dumps(body, ensure_ascii=False).encode()
            inspection = self._reinspector.report_with_photos(raw, [good, bad])
            expect("state", inspection.state, InspectionState.ACCEPTED)
            expect("kind", inspection.kind, InspectionKind.REINSPECTION)
            expect("missing photos", inspection.missing_photos, [])
            states = [self._finding(one).state for one in finding_ids]
            expect("states", states, [FindingState.VERIFIED, FindingState.ORDERED])
            self._teller.note(
                f"201 {inspection.kind_label} {short(inspection.id)}，照片随报告一并到达 photos in the same body"
            )
            self._teller.note(
                f"合格 passed: {states[0].label} · 不合格 failed: {states[1].label}，新期限 new deadline {again_by}"
            )

    def end(self, finding_ids: list[UUID]) -> None:
        """销号 of one, a second order for the other."""
        with self._teller.step("镇安办销号", "the office writes the first one off"):
            path = f"/findings/{finding_ids[0]}/write-off"
            finding = self._office.post(path, {"id": str(uuid4()), "note": "复查合格，同意销号"}, FindingRead)
            expect("state", finding.state, FindingState.CLOSED)
            expect("legal moves", finding.next_moves, [])
            self._teller.note(f"{finding.description}：{finding.state_label}，{clock(finding.closed_at or now())}")
        with self._teller.step("复查不合格的，再次责令", "the one that failed is ordered again"):
            order = self._ordered(self._reinspector, self._reinspection_id, finding_ids[1:])
            expect("another number", order.number != self._first_number, True)
            finding = self._finding(finding_ids[1])
            expect("orders of the finding", [one.number for one in finding.orders], [self._first_number, order.number])
            moves = "、".join(one.label for one in finding.next_moves)
            self._teller.note(f"{finding.description}：{finding.state_label}，下一步 legal next: {moves}")
            expect("a report may follow", Move.REPORT in {one.move for one in finding.next_moves}, True)

    def what_is_next(self, before: StatisticsRow, finding_ids: list[UUID]) -> None:
        """Timeline, worklists, statistics."""
        with self._teller.step("第一条隐患的全程记录", "the first one's whole timeline, each event with its hash"):
            events = self._office.get(f"/findings/{finding_ids[0]}/timeline", Page[EventRead]).items
            for event in events:
                who = event.actor_name or "系统"
                self._teller.note(f"{clock(event.at)} {event.kind_label} {who} {short(event.hash)}")
            wanted = ["registered", "ordered", "reported", "passed", "written_off"]
            expect(
                "its life", [e.kind.removeprefix("finding.") for e in events if e.kind.startswith("finding.")], wanted
            )
        with self._teller.step("企业的待办：再次整改", "the enterprise's worklist: cure it again"):
            work = self._boss.get("/worklist", WorklistRead, kind=WorkKind.RECTIFY.value, limit=200)
            mine = [item for item in work.items if item.subject_id == finding_ids[1]]
            expect("on the enterprise's worklist", len(mine), 1)
            self._teller.note(f"{mine[0].label}：{mine[0].title}，最迟 by {mine[0].due_on}（{mine[0].rule.text}）")
        self._office_next()
        self._counts(before)

    def _office_next(self) -> None:
        with self._teller.step("镇安办的待办：接下来最急的事", "the office's worklist: what is due next"):
            work = self._office.get("/worklist", WorklistRead, limit=5)
            expect("something is due", len(work.items) > 0, True)
            self._teller.note("，".join(f"{one.label} {one.count}" for one in work.counts if one.count))
            for item in work.items:
                late = "，已逾期 overdue" if item.overdue else ""
                self._teller.note(f"{item.label}：{item.title}；{_by(item)}{late}（{item.rule.text}）")

    def _counts(self, before: StatisticsRow) -> None:
        with self._teller.step("统计随之变化", "the statistics follow"):
            after = self._office.get("/statistics", StatisticsRead, region=self._enterprise.region).total
            change = (
                after.findings - before.findings,
                after.closed - before.closed,
                after.rectified - before.rectified,
            )
            expect("more findings, closed, rectified in this village", change, (3, 1, 2))
            whole = self._office.get("/statistics", StatisticsRead).total
            rates = whole.rates
            self._teller.note(
                f"全镇 town: 隐患 findings {whole.findings}，未结 open {whole.open}，已销号 closed {whole.closed}，"
                f"逾期 overdue {whole.overdue}，复查逾期 office late {whole.reinspection_overdue}"
            )
            self._teller.note(f"整改率 rectified {_share(rates.rectification)}，逾期率 overdue {_share(rates.overdue)}")

    def _ordered(self, phone: Phone, inspection_id: UUID, finding_ids: list[UUID]) -> OrderRead:
        body = {
            "id": str(uuid4()),
            "inspection_id": str(inspection_id),
            "finding_ids": [str(one) for one in finding_ids],
            "organ_id": str(self._organ.id),
        }
        order = phone.post("/orders", body, OrderRead)
        again = phone.post("/orders", body, OrderRead, wanted=200)
        expect("a repeat takes no second number", again.number, order.number)
        expect("findings on the paper", [one.finding_id for one in order.findings], finding_ids)
        self._teller.note(f"文号 number {order.number}，{order.issued_on}（重发 again: 200，同一文号）")
        for one in order.findings:
            who = one.responsible_person
            self._teller.note(
                f"{one.position + 1}. {one.description}：{one.measure}；期限 {one.deadline}，责任人 {who}"
            )
        return order

    def _finding(self, finding_id: UUID) -> FindingRead:
        return self._office.get(f"/findings/{finding_id}", FindingRead)


def _due(finding: FindingRead) -> str:
    due = finding.reinspection_due
    if due is None:
        return "未定复查期限 no re-inspection date"
    skipped = f"，顺延节假日 skipped {len(due.skipped)} 日" if due.skipped else ""
    return f"最迟复查 look again by {due.on}（{due.rule_name}{skipped}）"


def _by(item: WorkItem) -> str:
    if item.due_on is not None:
        return f"最迟 by {item.due_on}"
    return "没有期限 no limit" if item.due_at is None else f"最迟 by {clock(item.due_at)}"


def _share(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.1%}"
