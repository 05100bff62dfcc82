"""The first page at /: what this is, where the docs are, what state it is in. And the docs pages, without internet."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api import pages
from api.deps import AtOffice, Now
from services.info import server_info
from services.readiness import unready_because

router = APIRouter(include_in_schema=False)

OFFICE_TIME = ZoneInfo("Asia/Shanghai")
GOOD = "运行正常"
BAD = "暂时不能保证记录安全，请联系管理员（原因见“运行状态”）"


@router.get("/")
async def start(office: AtOffice, now: Now) -> Response:
    """The state in one sentence; the reasons stand in /readyz."""
    is_red = bool(await unready_because(office.engine, office.store, office.settings))
    return pages.page(
        "start.html",
        style=pages.address("start.css"),
        state="red" if is_red else "ok",
        words=BAD if is_red else GOOD,
        version=server_info(office.settings, at=now).version,
        time=now.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M"),
    )


@router.get("/docs")
def docs() -> Response:
    """Swagger UI from our own files."""
    return pages.page(
        "docs.html",
        icon=pages.address("favicon-32x32.png"),
        ui_style=pages.address("swagger-ui.css"),
        style=pages.address("docs.css"),
        ui_script=pages.address("swagger-ui-bundle.js"),
        script=pages.address("docs.js"),
    )


@router.get("/static/{mark}/{name}")
def static_file(mark: str, name: str, request: Request) -> Response:
    """A file of our pages, under the address that its content gives it."""
    if name not in pages.SERVED or pages.asset(name).mark != mark:
        raise HTTPException(404)
    return pages.answer(request, pages.asset(name))
