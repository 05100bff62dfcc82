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


# 12 megapixels of HEIC take 0.9 s of CPU and 0.3 GB, 110 megapixels some 10 s and 1.5 GB.
PICTURES = Work(
    "pictures",
    "services.confined.pictures",
    Limits(
        wall_seconds=60,
        cpu_seconds=40,
        memory_bytes=2_000 * MEGABYTE,
        input_max_bytes=100 * MEGABYTE,
        answer_max_bytes=10 * MEGABYTE,
    ),
)
