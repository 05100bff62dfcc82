"""Reading a paper back as a person would: its words, without the breaks that the layout made."""

import re
from datetime import UTC, datetime
from typing import Any

import pypdfium2

from services.documents.orders import LEGAL_BASIS, Item, Officer, OrderPaper

NUMBER = "某镇应急责改〔2026〕12号"


def words(pdf: bytes) -> list[str]:
    """The text of each page without spaces, line breaks and marks of possible breaks."""
    return [
        re.sub(r"[\s\u200b\u0002\ufffe]+", "", page.get_textpage().get_text_range())
        for page in pypdfium2.PdfDocument(pdf)
    ]


def body(pdf: bytes, number: str = NUMBER) -> str:
    """The text of all pages without their feet."""
    return "".join(re.sub(rf"{number}第\d+页共\d+页$", "", page) for page in words(pdf))


def dense(text: str) -> str:
    """Text without spaces, to be looked for in a paper."""
    return re.sub(r"\s+", "", text)


def item(**more: Any) -> Item:
    """A problem as an order names it."""
    told = {
        "description": "夜间卷帘门为唯一出口且上锁",
        "is_major": False,
        "basis": None,
        "measure": "拆除卷帘门，改装外开平开门",
        "standard": "从内部不用钥匙即可开启",
        "deadline": "2026年12月8日",
        "responsible_person": "张某",
    }
    return Item(**{**told, **more})


def order(*items: Item, **more: Any) -> OrderPaper:
    """An order's paper."""
    told = {
        "organ": "某镇人民政府",
        "number": NUMBER,
        "unit": "宏达机械加工厂",
        "inspected_on": "2026年11月24日",
        "kind": "检查",
        "legal_basis": LEGAL_BASIS,
        "authority": "省政府令第1号",
        "items": list(items or [item()]),
        "review_organ": "某市人民政府",
        "review_within": "60日",
        "court": "某市人民法院",
        "lawsuit_within": "6个月",
        "officers": [Officer("林检查", "鄂E2024-0117"), Officer("王检查", "鄂E2024-0233")],
        "issued_on": "2026年11月24日",
        "issued_at": datetime(2026, 11, 24, 1, tzinfo=UTC),
    }
    return OrderPaper(**{**told, **more})
