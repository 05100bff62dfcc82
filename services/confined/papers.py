"""Confined work: one paper, set by typst from a template of ours and data that came from anywhere.

The data reach the template as one JSON string in `sys.inputs`, never as source. Whatever they say, there is nothing to
read: the root is /dev/null, and the child can open nothing.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.confined.protocol import Answer, Fact, Refused

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parents[1] / "documents" / "templates"
ROOT = "/dev/null"
# PDF/A-2u is for archives: every character can be read out again, and one without a glyph fails the paper.
STANDARD: Final = "a-2u"
# Each face is read at its first use, so each is used once before the doors close.
FIRST_USE = b"""
#for family in json(bytes(sys.inputs.families)) {
  for weight in (400, 700) [#text(font: family, weight: weight, fallback: false)[a]]
}
"""

_compiler: "typst.Compiler | None" = None
_template = b""


def prepare(options: dict[str, Fact]) -> None:
    """Options: template (its name), families and folders of fonts (JSON lists)."""
    import typst

    global _compiler, _template
    _template = (TEMPLATES / f"{options['template']}.typ").read_bytes()
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=json.loads(str(options["folders"]))
    )
    _compiler = typst.Compiler(root=ROOT, font_paths=fonts)
    _compiler.compile(FIRST_USE, format="pdf", sys_inputs={"families": str(options["families"])})


def work(data: bytes, options: dict[str, Fact]) -> Answer:
    """Options: made_at (seconds, the paper's own time). Data: JSON. Raises Refused with typst's own first sentence."""
    import typst

    assert _compiler is not None
    try:
        pdf = _compiler.compile(
            _template,
            format="pdf",
            sys_inputs={"paper": data.decode()},
            pdf_standards=STANDARD,
            timestamp=int(options["made_at"] or 0),
        )
    except typst.TypstError as error:
        raise Refused(_first_words(error.message)) from error
    if not isinstance(pdf, bytes):
        raise Refused("no_pdf")
    return Answer(parts={"pdf": pdf})


def _first_words(message: str) -> str:
    """Without what typst quotes of the text."""
    return message.split('"')[0].strip()[:80]
