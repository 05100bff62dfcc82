"""Was it 四不两直? Six questions answered from the traces of a visit, with flags where the traces look wrong.

A flag is never a verdict, and a proof that is missing blocks nothing: it makes an answer `not_shown`.
"""

from services.rules.evidence.answers import Answer, Answered, Asked, Ground, answers
from services.rules.evidence.facts import Bounds, Facts
from services.rules.evidence.flags import Colour, Flag, Raised
from services.rules.evidence.weighing import flags

__all__ = ["Answer", "Answered", "Asked", "Bounds", "Colour", "Facts", "Flag", "Ground", "Raised", "answers", "flags"]
