"""The page that a code at a gate opens for anybody: that the place is registered, and how an inspection has to go.

It knows no sign-in: what only an officer may know is asked by openByCode.
"""

from fastapi import APIRouter, Response

from api import pages
from api.deps import AtOffice, Now
from api.networks import CallerNetwork
from services.auth.throttle import TooManySignIns
from services.gate_codes import public_words
from services.rules.gate_codes import STEP

router = APIRouter(include_in_schema=False)

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SOME_ORGAN = "所在镇（街道）安全生产监督管理机构"


@router.get(f"/{STEP}/{{code}}")
async def gate_page(code: str, office: AtOffice, network: CallerNetwork, now: Now) -> Response:
    """What the public may know (decision 0020); one page for all codes that open nothing."""
    try:
        words = await public_words(office.new_session.begin, office.keys.token.current.secret, code, network, at=now)
    except TooManySignIns as error:
        page = _page("gate_unknown.html", 429, words="扫码次数过多，请稍后再扫。")
        page.headers["Retry-After"] = str(error.retry_after_seconds)
        return page
    if words is None:
        return _page("gate_unknown.html", 404, words="这个二维码无效，或已经停用。")
    return _page("gate.html", 200, name=words.enterprise, organ=words.organ or SOME_ORGAN)


def _page(file: str, status: int, **places: str) -> Response:
    return pages.page(file, POLICY, status, style=f"../{pages.address('gate.css')}", **places)
