"""All seeded faults."""

from tests.mutants.durability import DURABILITY
from tests.mutants.likenesses import LIKENESSES
from tests.mutants.past import PAST
from tests.mutants.pictures import PICTURES
from tests.mutants.previews import PREVIEWS
from tests.mutants.register import REGISTER
from tests.mutants.repeats import REPEATS
from tests.mutants.sight import SIGHT

MUTANTS = (*DURABILITY, *SIGHT, *REPEATS, *PAST, *REGISTER, *LIKENESSES, *PREVIEWS, *PICTURES)
