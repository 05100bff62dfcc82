"""Documents 文书: the papers that the office issues."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.base_path import V1
from api.deps import AtOffice, InShort
from api.headers import DISPOSITION, IF_NONE_MATCH
from api.problems import problems
from api.ranges import BINARY, KNOWN, PRIVATE, is_known
from services.documents.errors import CharacterNotPrintable, PaperNotReady
from services.documents.orders import OrderPaper
from services.documents.reading import check_printable, paper_of
from services.queue import ask_for_paper

router = APIRouter(prefix=V1, tags=["文书"])

PDF = "application/pdf"


@router.get(
    "/orders/{order_id}/document.pdf",
    operation_id="getOrderDocument",
    summary="下载指令书",
    response_class=Response,
    responses={
        **problems(PaperNotReady, CharacterNotPrintable),
        200: {
            "description": "责令限期整改指令书（PDF/A）",
            "headers": KNOWN | DISPOSITION,
            "content": {PDF: BINARY},
        },
        304: {"description": "与 If-None-Match 所列相同", "headers": KNOWN},
    },
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def get_order_document(order_id: UUID, acting: InShort, office: AtOffice, request: Request) -> Response:
    """签发时的文书，供打印、签名、盖章；一经生成不再改变。

    尚未生成时 503，稍后再取；有字体印不出的字时 409，绝不缺字印发。
    """
    async with acting() as (tx, actor):
        paper = await paper_of(tx, actor, order_id)
    if isinstance(paper, OrderPaper):
        await check_printable(paper, office.settings.font_dir)
        async with acting() as (tx, _):
            await ask_for_paper(tx, order_id)
        raise PaperNotReady
    headers = {**PRIVATE, "ETag": f'"{paper.sha256.hex()}"'}
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    office.readings.add(actor.id, 1, at=office.now())
    headers["Content-Disposition"] = f"inline; filename=\"{order_id}.pdf\"; filename*=UTF-8''{quote(paper.number)}.pdf"
    return Response(paper.pdf, headers=headers, media_type=PDF)
