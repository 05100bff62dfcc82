"""A paper from its data: fonts checked here, set by typst in the confined child."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.confined.papers import TEMPLATES
from services.confined.protocol import Fact
from services.confined.runner import Confined
from services.confined.works import PAPERS
from services.documents.fonts import FontShelf


@dataclass(frozen=True)
class Made:
    """The paper's bytes and the families it is set in, as `OrderDocument.font` keeps them."""

    pdf: bytes
    font: str


def fonts_used(shelf: FontShelf, template: str, texts: Iterable[str]) -> list[str]:
    """The families that the template's own words and these texts need. Raises CharacterNotPrintable."""
    return shelf.used_for([(TEMPLATES / f"{template}.typ").read_text(encoding="utf-8"), *texts])


async def render(
    confined: Confined, shelf: FontShelf, template: str, data: Mapping[str, object], texts: Iterable[str], at: datetime
) -> Made:
    """The PDF/A of a paper whose own time is `at`: the same data and fonts give the same bytes.

    Raises CharacterNotPrintable, ConfinedFailed.
    """
    used = fonts_used(shelf, template, texts)
    told = json.dumps({**data, "fonts": {"text": shelf.text, "titles": shelf.titles}}, ensure_ascii=False)
    options: dict[str, Fact] = {
        "template": template,
        "folders": json.dumps(shelf.folders),
        "families": json.dumps(shelf.text),
        "made_at": int(at.timestamp()),
    }
    answer = await confined.run(PAPERS, told.encode(), options)
    return Made(answer.parts["pdf"], ", ".join(used))
