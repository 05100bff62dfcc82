"""`zhicha check log`: the whole store against itself, against its signatures, and against what is kept outside it."""

from services.log.checking.faults import Fault
from services.log.checking.whole import check_all

__all__ = ["Fault", "check_all"]
