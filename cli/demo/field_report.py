"""The phone's part of the loop: a report that is sent twice, photos that follow, and a receipt that proves them."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from cli.demo.album import Album, Photo
from cli.demo.clock import now
from cli.demo.phone import Phone
from cli.demo.speak import Teller, clock, expect, short
from models.enterprises import EnterpriseRead
from models.inspections import InspectionRead, ReceiptRead
from models.photos import PhotoRead
from models.statistics import StatisticsRead, StatisticsRow
from models.words import FindingState, InspectionKind, InspectionState, ReceiptStage, VisitState
from services.rules.clocks import local_date

TO_CURE, FIXED = ("MIXD11", "MIXD07"), "MIXD06"
DAYS_TO_CURE = 14


class FieldReport:
    """One unannounced visit of two inspectors, reported by the first."""

    def __init__(
        self, teller: Teller, album: Album, phone: Phone, partner: Phone, enterprise: EnterpriseRead, keep: Path
    ) -> None:
        self._teller, self._album, self._phone, self._partner = teller, album, phone, partner
        self._enterprise, self._keep = enterprise, keep
        self.to_cure = [uuid4(), uuid4()]
        self._fixed = uuid4()

    def counted(self, by: Phone) -> StatisticsRow:
        """The counts of the enterprise's village."""
        return by.get("/statistics", StatisticsRead, region=self._enterprise.region).total

    def send(self, visit_id: UUID) -> UUID:
        """Report, repeat, photos, receipt; the inspection's id."""
        photos = [
            self._album.take("exit-before", "整改前：卷帘门为唯一出口，夜间上锁"),
            self._album.take("stairs-before", "整改前：楼梯间堆物，电动车充电"),
            self._album.take("sign-before", "整改前：外窗无逃生标识"),
            self._album.take("sign-after", "当场整改后：已张贴逃生标识"),
            self._album.take("storage-before", "现场：一层生产堆放情况"),
        ]
        raw = json.dumps(self._body(visit_id, photos), ensure_ascii=False).encode()
        inspection = self._report(raw, photos)
        self._repeat(raw, inspection)
        self._send_photos(photos)
        self._receipt(inspection, raw, photos)
        self._look(photos)
        return inspection.id

    def _body(self, visit_id: UUID, photos: list[Photo]) -> dict[str, object]:
        place = self._enterprise.location
        cure_by = str(local_date(now()) + timedelta(days=DAYS_TO_CURE))
        who = self._enterprise.principal_name or "经营者"
        shop, stairs, fixed = photos[0], photos[1], photos[2:4]
        due = {"deadline": cure_by, "responsible_person": who, "grade": "general"}
        return {
            "id": str(uuid4()),
            "kind": "spot_check",
            "visit_id": str(visit_id),
            "enterprise_id": str(self._enterprise.id),
            "arrived_at": now().isoformat(),
            "location": {"lon": place.lon, "lat": place.lat, "accuracy_m": 9} if place else None,
            "inspectors": [str(self._phone.me.id), str(self._partner.me.id)],
            "credentials_shown": True,
            "briefing_before": False,
            "unit_signed": True,
            "answers": [{"item": item, "result": "fail"} for item in TO_CURE] + [{"item": "MIXD10", "result": "pass"}],
            "findings": [
                {
                    "id": str(self.to_cure[0]),
                    "item": TO_CURE[0],
                    "description": "夜间卷帘门为唯一出口且上锁",
                    "measure": "增设可从内部开启的逃生门，夜间不锁闭",
                    "standard": "从内部不用钥匙即可开启",
                    "photo_ids": [str(shop.id)],
                    **due,
                },
                {
                    "id": str(self.to_cure[1]),
                    "item": TO_CURE[1],
                    "description": "楼梯间堆放杂物，电动车停放充电",
                    "measure": "清空楼梯间，电动车移到室外充电",
                    "standard": "楼梯间无堆物、无车辆、无充电",
                    "photo_ids": [str(stairs.id)],
                    **due,
                },
                {
                    "id": str(self._fixed),
                    "item": FIXED,
                    "description": "外窗逃生口无标识",
                    "grade": "general",
                    "photo_ids": [str(fixed[0].id)],
                    "fixed_on_site": {"note": "当场张贴逃生标识", "photo_ids": [str(fixed[1].id)]},
                },
            ],
            "photos": [photo.declared() for photo in photos],
        }

    def _report(self, raw: bytes, photos: list[Photo]) -> InspectionRead:
        with self._teller.step("检查员手机上报检查（照片随后传）", "an inspector's phone reports, photos to follow"):
            self._phone.waits(len(photos) + 1)
            inspection = self._phone.report(raw)
            expect("state", inspection.state, InspectionState.ACCEPTED)
            expect("kind", inspection.kind, InspectionKind.SPOT_CHECK)
            expect("valid cards", [one.card_valid for one in inspection.inspectors], [True, True])
            expect("missing photos", set(inspection.missing_photos), {photo.id for photo in photos})
            expect("state of the visit", inspection.visit and inspection.visit.state, VisitState.DONE)
            self._teller.note(
                f"201 {inspection.state_label}，{inspection.kind_label}，编号 {short(inspection.id)}，"
                f"到场 arrived {clock(inspection.arrived_at)}"
            )
            for one in inspection.findings:
                self._teller.note(f"隐患 {one.item} {one.description}：{one.grade_label}，{one.state_label}")
            expect("fixed on site", inspection.findings[2].state, FindingState.VERIFIED)
            self._teller.note(f"还缺照片 photos missing: {len(inspection.missing_photos)}")
        return inspection

    def _repeat(self, raw: bytes, inspection: InspectionRead) -> None:
        with self._teller.step("回答丢失，手机重发同一报告", "the answer is lost, the phone sends the same again"):
            again = self._phone.report(raw, wanted=200)
            expect("the same inspection", (again.id, again.version), (inspection.id, inspection.version))
            self._teller.note(f"200，仍是 {short(again.id)}，没有第二份 no second one")
            other = raw.replace("夜间卷帘门".encode(), "卷帘门".encode())
            headers = {"Content-Type": "application/json"}
            code = self._phone.refused("POST", "/inspections", 409, content=other, headers=headers)
            self._teller.note(f"同一编号、不同内容 same id, other content: 409 {code}")

    def _send_photos(self, photos: list[Photo]) -> None:
        with self._teller.step("逐张上传照片，其中一张重传", "the photos follow one by one, one of them twice"):
            for photo in photos:
                stored = self._phone.put_photo(photo.id, photo.data)
                expect("sha256", stored.sha256, photo.sha256)
                self._teller.note(
                    f"201 {photo.name} {stored.media_type} {stored.width}×{stored.height} "
                    f"{stored.bytes // 1024} KB sha256 {short(stored.sha256)}"
                )
            self._phone.put_photo(photos[0].id, photos[0].data, wanted=200)
            self._teller.note("重传 again: 200")
            torn = photos[0].data[: len(photos[0].data) // 2]
            headers = {"Repr-Digest": f"sha-256=:{'A' * 43}=:"}
            code = self._phone.refused("PUT", f"/photos/{photos[0].id}", 409, content=torn, headers=headers)
            self._teller.note(f"传坏的字节 bytes that are not these: 409 {code}")

    def _receipt(self, inspection: InspectionRead, raw: bytes, photos: list[Photo]) -> None:
        with self._teller.step("手机取回执，逐项核对哈希", "the phone fetches its receipt and compares every hash"):
            self._phone.waits(0)
            receipt = self._phone.get(f"/inspections/{inspection.id}/receipt", ReceiptRead)
            expect("stage", receipt.stage, ReceiptStage.STORED)
            expect("missing photos", receipt.missing_photos, [])
            expect("hash of the report", receipt.report_sha256, sha256(raw).hexdigest())
            expect("hashes of the photos", {p.id: p.sha256 for p in receipt.photos}, {p.id: p.sha256 for p in photos})
            self._teller.note(
                f"{receipt.stage_label}，报告 report {short(receipt.report_sha256)}，照片 {len(photos)} 张一致"
            )

    def _look(self, photos: list[Photo]) -> None:
        with self._teller.step("查看照片：时间、地点、缩略图", "a look at the photos: time, place, thumbs"):
            for photo in photos:
                self._look_at(photo)

    def _look_at(self, photo: Photo) -> None:
        shown = self._phone.get(f"/photos/{photo.id}", PhotoRead)
        if photo.taken_at is not None:
            expect("time in the photo", shown.taken_at, photo.taken_at)
            expect("a place in the photo", shown.location is not None, True)
        at = clock(shown.taken_at) if shown.taken_at else "时间未知 no time"
        place = f"{shown.location.lat:.5f}, {shown.location.lon:.5f}" if shown.location else "位置未知 no place"
        thumb = self._phone.patiently(f"/photos/{photo.id}/image", size="thumb")
        expect("media type of the thumb", thumb.headers["content-type"], "image/jpeg")
        path = self._keep / f"thumb-{photo.name}.jpg"
        path.write_bytes(thumb.content)
        size = f"{len(thumb.content) // 1024} KB"
        self._teller.note(f"{photo.name}：{at}，{place}，{shown.device or '设备未知 no device'}；缩略图 thumb {size}")
