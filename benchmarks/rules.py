"""`make bench ARGS=rules`: what runs for every name, code and record, in microseconds a call; no database."""

import timeit
from collections.abc import Callable

from services.rules.canonical import NONCE_BYTES, canonical_json, event_hash
from services.rules.codes import read_uscc, region_range
from services.rules.names import bigrams

NAME = "宜都市红花套镇兴发精细化工有限公司（一分厂）"
EVENT = {
    "actor": "0198abcd-0000-7000-8000-000000000001",
    "move": "reinspect",
    "before": {"state": "reported", "deadline": "2026-12-01"},
    "after": {"state": "ordered", "deadline": "2026-12-15"},
}
BODY = canonical_json(EVENT)
CALLS: dict[str, Callable[[], object]] = {
    "read_uscc": lambda: read_uscc("9144030071526726XG"),
    "region_range": lambda: region_range("420582101203"),
    "bigrams of a name": lambda: bigrams(NAME),
    "canonical_json of an event": lambda: canonical_json(EVENT),
    "event_hash": lambda: event_hash(BODY, bytes(NONCE_BYTES)),
}


def measure() -> None:
    """Best of five runs each: what else the machine does only adds."""
    for name, call in CALLS.items():
        best = min(timeit.repeat(call, number=2000, repeat=5)) / 2000
        print(f"{name:<28} {best * 1e6:8.1f} µs")
