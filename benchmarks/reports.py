"""A report as a phone sends it: three findings with three photos, in one multipart body."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from benchmarks.phones import Phone
from benchmarks.shots import Shot, printed
from services.rules.clocks import local_date

ITEMS = (
    ("MIXD11", "夜间卷帘门为唯一出口且上锁", "增设可从内部开启的逃生门，夜间不锁闭", "从内部不用钥匙即可开启"),
    ("MIXD07", "楼梯间堆放杂物，电动车停放充电", "清空楼梯间，电动车移到室外充电", "楼梯间无堆物、无车辆、无充电"),
    ("MIXD06", "外窗逃生口无标识", "张贴逃生标识", "逃生口标识清晰、夜间可见"),
)


@dataclass(frozen=True)
class Sender:
    """Sends a new report at each call, about one of the enterprises in turn."""

    path: str
    exposure: bytes
    inspectors: list[str]
    enterprises: list[str]

    def __call__(self, phone: Phone) -> bytes:
        """One report, one call."""
        shots = [printed(self.exposure) for _ in ITEMS]
        boundary, body = _multipart(self._report(shots), shots)
        return phone.call("POST", self.path, body, f"multipart/form-data; boundary={boundary}")

    def _report(self, shots: list[Shot]) -> bytes:
        now = datetime.now(UTC)
        enterprise = self.enterprises[int.from_bytes(os.urandom(2), "big") % len(self.enterprises)]
        report = {
            "id": str(uuid4()),
            "kind": "spot_check",
            "visit_id": None,
            "urgent_reason": "接到群众反映，夜间有人住宿",
            "enterprise_id": enterprise,
            "arrived_at": (now - timedelta(minutes=40)).isoformat(),
            "left_at": (now - timedelta(minutes=5)).isoformat(),
            "location": {"lon": 111.28, "lat": 30.69, "accuracy_m": 12, "crs": "WGS84", "source": "gps"},
            "inspectors": self.inspectors,
            "credentials_shown": True,
            "briefing_before": False,
            "unit_signed": True,
            "answers": [{"item": item, "result": "fail"} for item, *_ in ITEMS],
            "findings": [
                {
                    "id": str(uuid4()),
                    "item": item,
                    "description": description,
                    "grade": "general",
                    "measure": measure,
                    "standard": standard,
                    "deadline": str(local_date(now) + timedelta(days=14)),
                    "responsible_person": "张三",
                    "photo_ids": [shot.id],
                }
                for (item, description, measure, standard), shot in zip(ITEMS, shots, strict=True)
            ],
            "photos": [
                {"id": shot.id, "sha256": shot.sha256, "bytes": len(shot.data), "media_type": "image/jpeg"}
                for shot in shots
            ],
        }
        return json.dumps(report, ensure_ascii=False).encode()


def _multipart(report: bytes, shots: list[Shot]) -> tuple[str, bytes]:
    boundary = uuid4().hex
    pieces = [_head(boundary, "report", "report.json", "application/json"), report]
    for shot in shots:
        pieces += [_head(boundary, shot.id, "photo.jpg", "image/jpeg"), shot.data]
    return boundary, b"".join([*pieces, f"\r\n--{boundary}--\r\n".encode()])


def _head(boundary: str, name: str, filename: str, content_type: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
    return f"\r\n--{boundary}\r\n{disposition}\r\nContent-Type: {content_type}\r\n\r\n".encode()
