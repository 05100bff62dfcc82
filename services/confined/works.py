"""The table of dangerous work: which module does it, and what it may use."""

from dataclasses import dataclass

from services.confined.protocol import Limits

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Work:
    """One kind of work; `module` has prepare() and work()."""

    name: str
    module: str
    limits: Limits


# Measured: 12 megapixels of HEIC 0.8 s and 105 MB, 50 of HEIC 2.3 s and 286 MB, 50 of AVIF 1.7 s and 467 MB resident,
# 550 MB of addresses. What decoders hold at once is judged before (services/photos/derivatives.py).
PICTURES = Work(
    "pictures",
    "services.confined.pictures",
    Limits(
        wall_seconds=60,
        cpu_seconds=40,
        memory_bytes=650 * MEGABYTE,
        input_max_bytes=100 * MEGABYTE,
        answer_max_bytes=10 * MEGABYTE,
    ),
)

# Measured: a paper of two pages 0.3 s and 230 MB resident, one of 100 findings with every text at its longest (2,000
# pages) 4 s and 420 MB. What takes 20 s would hold up the worker: it is given up.
PAPERS = Work(
    "papers",
    "services.confined.papers",
    Limits(
        wall_seconds=20,
        cpu_seconds=20,
        memory_bytes=2_000 * MEGABYTE,
        input_max_bytes=10 * MEGABYTE,
        answer_max_bytes=30 * MEGABYTE,
    ),
)

# Measured: 20,000 rows of twelve columns 1.5 s and 150 MB. What takes longer is no register.
WORKBOOKS = Work(
    "workbooks",
    "services.confined.workbooks",
    Limits(
        wall_seconds=40,
        cpu_seconds=20,
        memory_bytes=700 * MEGABYTE,
        input_max_bytes=30 * MEGABYTE,
        answer_max_bytes=60 * MEGABYTE,
    ),
)

# Measured: 20,000 rows of twelve columns, a thousand of them bad, 3 s and 250 MB.
MARKING = Work(
    "marking",
    "services.confined.marking",
    Limits(
        wall_seconds=60,
        cpu_seconds=30,
        memory_bytes=1_000 * MEGABYTE,
        input_max_bytes=150 * MEGABYTE,
        answer_max_bytes=60 * MEGABYTE,
    ),
)
