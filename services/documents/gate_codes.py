"""Codes at gates as pictures and as a sheet of labels: QR by segno, the sheet by typst like every paper."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import ClassVar

import segno

from models.enterprises import Enterprise
from models.gate_codes import CodeImage, CodeSheet, ErrorCorrection, GateCode
from services.confined.runner import Confined
from services.documents.fonts import FontShelf
from services.documents.printing import chinese_date, printable
from services.documents.render import render
from services.errors import Conflict
from services.rules.clocks import local_date
from services.rules.gate_codes import address
from services.rules.spelt_codes import in_fours

TEMPLATE = "gate_codes"
QUIET_MODULES = 4
"""The empty border that ISO/IEC 18004 asks for; without it a printed frame is read as part of the code."""


@dataclass(eq=False)
class PublicUrlMissing(Conflict):
    """No code can be printed before the office's public address is set: it is what the code says, for years."""

    code: ClassVar[str] = "public_url_missing"
    title: ClassVar[str] = "尚未设置对外网址（ZHICHA_PUBLIC_URL），不能制码"


@dataclass(frozen=True)
class Label:
    """What is printed of one enterprise."""

    name: str
    short: str
    said: str

    @classmethod
    def of(cls, enterprise: Enterprise, code: GateCode, public_url: str) -> "Label":
        """Raises PublicUrlMissing."""
        return cls(enterprise.name, code.short or "", public_address(public_url, code.qr_text))


def public_address(public_url: str, code: str) -> str:
    """What the QR says. Raises PublicUrlMissing."""
    if not public_url:
        raise PublicUrlMissing
    return address(public_url, code)


async def picture(said: str, image: CodeImage, correction: ErrorCorrection, module_px: int) -> bytes:
    """One QR code with its quiet zone, `module_px` to a module."""
    return await asyncio.to_thread(_picture, said, image, correction, module_px)


async def sheet(confined: Confined, fonts: FontShelf, labels: Sequence[Label], asked: CodeSheet, at: datetime) -> bytes:
    """The labels as a PDF to cut up. Raises CharacterNotPrintable, ConfinedFailed."""
    drawn = await asyncio.to_thread(
        lambda: [_picture(label.said, CodeImage.SVG, asked.error_correction, 1).decode() for label in labels]
    )
    told = [
        {"name": printable(label.name), "short": in_fours(label.short), "svg": svg}
        for label, svg in zip(labels, drawn, strict=True)
    ]
    paper = {
        "labels": told,
        "columns": asked.columns,
        "rows": asked.rows,
        "printed_on": chinese_date(local_date(at)),
    }
    texts = [str(paper["printed_on"]), *[text for one in told for text in (one["name"], one["short"])]]
    return (await render(confined, fonts, TEMPLATE, paper, texts, at)).pdf


def _picture(said: str, image: CodeImage, correction: ErrorCorrection, module_px: int) -> bytes:
    code = segno.make_qr(said, error=correction.value, boost_error=False)
    out = BytesIO()
    options = {"xmldecl": False, "svgclass": None, "lineclass": None} if image is CodeImage.SVG else {}
    code.save(out, kind=image.value, scale=module_px, border=QUIET_MODULES, light="white", **options)
    return out.getvalue()
