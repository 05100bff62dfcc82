"""A program of somebody else's: it knows of the office only the generated client, and plays a finding's whole life.

Run by tests/document/test_loop.py in an interpreter without a line of ours; told by a JSON file, tells what it saw on
standard output. The package `zhicha_client` is there only once it was generated, so it is looked up by name.
"""

import json
import sys
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

MODELS = import_module("zhicha_client.models")
TYPES = import_module("zhicha_client.types")
CLIENTS = import_module("zhicha_client.client")


def operation(name: str) -> Any:
    """The module of an operation, under whichever tag the generator put it."""
    api = import_module("zhicha_client.api")
    [path] = Path(str(api.__file__)).parent.glob(f"*/{name}.py")
    return import_module(f"zhicha_client.api.{path.parent.name}.{name}")


def done(name: str, *ids: UUID, client: Any, **sent: Any) -> Any:
    """What the operation answered. Raises SystemExit with the problem when it refused."""
    answer = operation(name).sync_detailed(*ids, client=client, **sent)
    if answer.status_code >= 400:
        raise SystemExit(f"{name} was refused: {answer.content.decode()}")
    return answer.parsed if answer.parsed is not None else answer.content


class Stranger:
    """Everybody of one office, signed in; `photos` are files with pictures."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.anonymous = CLIENTS.Client(base_url=told["base_url"], timeout=httpx.Timeout(60))
        self.now: datetime = done("get_server_info", client=self.anonymous).server_time
        self.people = {name: self._signed_in(name) for name in told["usernames"]}
        self.ids = {name: done("get_me", client=client).id for name, client in self.people.items()}
        self.pictures = [Path(path).read_bytes() for path in told["photos"]]

    def _signed_in(self, username: str) -> Any:
        form = MODELS.TokenForm(
            grant_type="password", username=username, password=self.told["password"], device_id=str(uuid4())
        )
        token = done("create_token", client=self.anonymous, body=form)
        return CLIENTS.AuthenticatedClient(
            base_url=self.told["base_url"], token=token.access_token, timeout=httpx.Timeout(60)
        )

    def report(self) -> tuple[UUID, UUID]:
        """An inspection with one finding and its photo, all in one multipart body; its id and the finding's."""
        finding_id, photo_id = uuid4(), uuid4()
        finding = MODELS.FindingReported(
            id=finding_id,
            item="MIXD11",
            description="夜间卷帘门为唯一出口且上锁",
            grade=MODELS.Grade.GENERAL,
            measure="增设可从内部开启的逃生门",
            standard="人员住宿场所安全出口不上锁",
            deadline=(self.now + timedelta(days=14)).date(),
            responsible_person="张三",
            photo_ids=[photo_id],
        )
        report = MODELS.Report(
            id=uuid4(),
            kind=MODELS.InspectionKind.SPOT_CHECK,
            urgent_reason="群众反映夜间有人住宿",
            enterprise_id=UUID(self.told["enterprise_id"]),
            arrived_at=self.now - timedelta(minutes=30),
            inspectors=[self.ids["first"], self.ids["second"]],
            answers=[MODELS.AnswerReported(item="MIXD11", result=MODELS.AnswerResult.FAIL)],
            findings=[finding],
            photos=[MODELS.PhotoDeclared(id=photo_id, sha256=sha256(self.pictures[0]).hexdigest())],
        )
        body = MODELS.SubmitInspectionFilesBody(report=report)
        body[str(photo_id)] = TYPES.File(BytesIO(self.pictures[0]), "photo.jpg", "image/jpeg")
        inspection = done("submit_inspection", client=self.people["first"], body=body)
        assert inspection.missing_photos == [], inspection.missing_photos
        shown = done("get_photo_image", photo_id, client=self.people["office"], size=MODELS.PhotoSize.ORIGINAL)
        assert shown.payload.read() == self.pictures[0]
        return inspection.id, finding_id

    def order(self, inspection_id: UUID, finding_id: UUID) -> str:
        """The paper's number."""
        body = MODELS.OrderWrite(
            inspection_id=inspection_id, finding_ids=[finding_id], organ_id=UUID(self.told["organ_id"])
        )
        number: str = done("issue_order", client=self.people["first"], body=body).number
        return number

    def rectified(self, finding_id: UUID) -> str:
        """The enterprise sends a photo by itself, then names it in its report; the state after it."""
        photo_id, picture = uuid4(), self.pictures[1]
        digest = f"sha-256=:{b64encode(sha256(picture).digest()).decode()}:"
        boss = self.people["boss"]
        done("put_photo", photo_id, client=boss, body=TYPES.File(BytesIO(picture)), repr_digest=digest)
        body = MODELS.RectificationWrite(text="已改装平开门", photo_ids=[photo_id])
        state: str = done("report_rectification", finding_id, client=boss, body=body).state
        return state

    def looked_at_again(self, finding_id: UUID) -> str:
        """Re-inspection with a new photo; the state after it."""
        photo_id, picture = uuid4(), self.pictures[2]
        digest = f"sha-256=:{b64encode(sha256(picture).digest()).decode()}:"
        office = self.people["office"]
        done("put_photo", photo_id, client=office, body=TYPES.File(BytesIO(picture)), repr_digest=digest)
        body = MODELS.ReinspectionWrite(
            inspectors=[self.ids["office"], self.ids["second"]], passed=True, note="已改", photo_ids=[photo_id]
        )
        state: str = done("reinspect_finding", finding_id, client=office, body=body).state
        return state

    def written_off(self, finding_id: UUID) -> str:
        """The end; the state after it."""
        body = MODELS.WriteOffWrite(note="同意销号")
        state: str = done("write_off_finding", finding_id, client=self.people["leader"], body=body).state
        return state

    def counted(self) -> dict[str, int]:
        """Findings by state, as the statistics tell."""
        by = [MODELS.Dimension.STATE]
        rows = done("get_statistics", client=self.people["leader"], by=by).rows
        return {str(row.state): row.findings for row in rows if row.findings}


def main() -> None:
    """Play it and tell."""
    stranger = Stranger(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    before = stranger.counted()
    inspection_id, finding_id = stranger.report()
    number = stranger.order(inspection_id, finding_id)
    states = [stranger.rectified(finding_id), stranger.looked_at_again(finding_id), stranger.written_off(finding_id)]
    page = done("get_finding_timeline", finding_id, client=stranger.people["office"])
    saw = {
        "finding_id": str(finding_id),
        "number": number,
        "states": [str(state) for state in states],
        "kinds": [event.kind for event in page.items],
        "before": before,
        "after": stranger.counted(),
    }
    print(json.dumps(saw, ensure_ascii=False))


if __name__ == "__main__":
    main()
