"""/healthz: the process answers. /readyz: the office can keep its promise, or one sentence why not."""

from fastapi import APIRouter, Response

from api.deps import AtOffice
from models.shapes import Read
from services.readiness import notes, unready_because

router = APIRouter(include_in_schema=False)


class Health(Read):
    """What a probe reads."""

    status: str
    reasons: list[str]
    notes: list[str]


@router.get("/healthz")
async def healthz() -> Health:
    """The process is alive; nothing else is asked."""
    return Health(status="ok", reasons=[], notes=[])


@router.get("/readyz")
async def readyz(office: AtOffice, response: Response) -> Health:
    """Red with a sentence for each thing that would break the promise (design 10)."""
    reasons = await unready_because(office.engine, office.store, office.settings)
    response.status_code = 503 if reasons else 200
    told = await notes(office.engine)
    return Health(status="unready" if reasons else "ok", reasons=reasons, notes=told)
