"""The tree in the database: what it has grown to, and proofs that read O(log n) rows."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.log import LogLeaf, LogNode
from services.rules import merkle
from services.rules.merkle import Node, Span

_SIZE = sa.select(sa.func.coalesce(sa.func.max(col(LogLeaf.position)) + 1, 0))
_LEAVES = sa.text(
    "INSERT INTO log_leaf (position, event_id, event_hash) "
    "SELECT * FROM unnest(CAST(:positions AS bigint[]), CAST(:ids AS uuid[]), CAST(:hashes AS bytea[]))"
)
_NODES = sa.text(
    "INSERT INTO log_node (level, place, hash) "
    "SELECT * FROM unnest(CAST(:levels AS smallint[]), CAST(:places AS bigint[]), CAST(:hashes AS bytea[]))"
)


class TreeBroken(Exception):
    """A node that must be there is not: somebody took it away."""


async def size_of(tx: AsyncSession) -> int:
    """How many leaves there are."""
    return int(await tx.scalar(_SIZE) or 0)


async def read_nodes(tx: AsyncSession, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """The hashes of these nodes. Raises TreeBroken."""
    wanted = set(nodes)
    places = [place for level, place in wanted if level == 0]
    found: dict[Node, bytes] = {}
    if places:
        leaves = sa.select(col(LogLeaf.position), col(LogLeaf.event_hash)).where(col(LogLeaf.position).in_(places))
        found = {(0, place): merkle.leaf_hash(data) for place, data in (await tx.execute(leaves)).all()}
    above = [node for node in wanted if node[0] > 0]
    if above:
        keys = sa.tuple_(col(LogNode.level), col(LogNode.place))
        rows = await tx.execute(sa.select(LogNode.level, LogNode.place, LogNode.hash).where(keys.in_(above)))  # type: ignore[call-overload]
        found |= {(level, place): value for level, place, value in rows.all()}
    if len(found) < len(wanted):
        raise TreeBroken(f"{len(wanted) - len(found)} nodes of the tree are missing")
    return found


async def root_of(tx: AsyncSession, size: int) -> bytes:
    """The root over the first `size` leaves. Raises TreeBroken."""
    return merkle.root(size, await read_nodes(tx, merkle.span_nodes((0, size))))


async def path_of(tx: AsyncSession, spans: Sequence[Span]) -> list[bytes]:
    """A proof's hashes. Raises TreeBroken."""
    return (await paths_of(tx, [spans]))[0]


async def paths_of(tx: AsyncSession, proofs: Sequence[Sequence[Span]]) -> list[list[bytes]]:
    """Many proofs by one reading. Raises TreeBroken."""
    spans = {span for proof in proofs for span in proof}
    known = await read_nodes(tx, merkle.nodes_of(list(spans)))
    hashes = {span: merkle.span_hash(span, known) for span in spans}
    return [[hashes[span] for span in proof] for proof in proofs]


async def append(tx: AsyncSession, size: int, events: Mapping[UUID, bytes]) -> None:
    """New leaves at the end, in the order given, with every subtree that they complete. Raises TreeBroken."""
    edge = await read_nodes(tx, merkle.span_nodes((0, size)))
    made = merkle.grow(size, edge, [merkle.leaf_hash(data) for data in events.values()])
    positions = range(size, size + len(events))
    leaves = {"positions": _array(positions), "ids": _array(events), "hashes": _bytes_array(events.values())}
    await tx.execute(_LEAVES, leaves)
    above = [(level, place, value) for (level, place), value in made.items() if level]
    if above:
        levels, places, hashes = zip(*above, strict=True)
        nodes = {"levels": _array(levels), "places": _array(places), "hashes": _bytes_array(hashes)}
        await tx.execute(_NODES, nodes)


def _array(values: Iterable[int | UUID]) -> str:
    """As PostgreSQL reads an array. The driver writes one by two regular expressions an element: half of a round."""
    return "{" + ",".join(map(str, values)) + "}"


def _bytes_array(values: Iterable[bytes]) -> str:
    return "{" + ",".join(f'"\\\\x{value.hex()}"' for value in values) + "}"
