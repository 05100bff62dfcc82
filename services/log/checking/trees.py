"""Leaves against events, nodes against leaves, signed heads against both, and the head that is kept outside."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import Event
from models.log import LogCheckpoint, LogEpoch, LogLeaf
from services.log.checking.faults import Fault
from services.log.kept import Kept
from services.rules import merkle
from services.rules.checkpoints import Checkpoint, Note, NoteUnreadable, VerifierKey
from services.rules.merkle import Node
from services.signatures import SignatureWrong, check_note

AT_ONCE = 1_000

_LEAVES = (
    sa.select(col(LogLeaf.position), col(LogLeaf.event_id), col(LogLeaf.event_hash), col(Event.hash))
    .outerjoin(Event, col(Event.id) == col(LogLeaf.event_id))
    .order_by(col(LogLeaf.position))
)
_NODES = sa.text(
    "SELECT given.level, given.place, log_node.hash FROM log_node RIGHT JOIN "
    "unnest(CAST(:levels AS smallint[]), CAST(:places AS bigint[])) AS given(level, place) USING (level, place)"
)
_SURPLUS = sa.text("SELECT level, place FROM log_node WHERE level < 1 OR ((place + 1) << level) > :size")


class Trees:
    """One walk over all leaves. Afterwards `roots` has the root at every size that a signed head, or `also`, names."""

    def __init__(self, sizes: set[int]) -> None:
        self._wanted = sizes
        self.size = 0
        self.roots: dict[int, bytes] = {0: merkle.EMPTY_ROOT}
        self._edge: dict[Node, bytes] = {}

    async def walk(self, tx: AsyncSession) -> AsyncIterator[Fault]:
        """Every leaf and every node."""
        rows = await tx.stream(_LEAVES, execution_options={"yield_per": AT_ONCE})
        async for part in rows.partitions(AT_ONCE):
            for fault in self._leaf_faults(part):
                yield fault
            made = self._grow([merkle.leaf_hash(row[2]) for row in part])
            async for fault in self._node_faults(tx, made):
                yield fault
        for level, place in (await tx.execute(_SURPLUS, {"size": self.size})).all():
            yield Fault(f"log_node {level}/{place}", "it lies over leaves that are not there")

    def _leaf_faults(self, part: Sequence[Any]) -> Iterator[Fault]:
        for place, (position, event_id, data, told) in enumerate(part, start=self.size):
            if position != place:
                yield Fault(f"log_leaf {position}", f"leaf {place} is not there: leaves were taken away or moved")
            if told is None:
                yield Fault(f"log_leaf {position}", f"its event {event_id} is not there")
            elif told != data:
                yield Fault(f"log_leaf {position}", f"the hash of its event {event_id} is another one")

    def _grow(self, leaves: list[bytes]) -> dict[Node, bytes]:
        made: dict[Node, bytes] = {}
        for leaf in leaves:
            new = merkle.grow(self.size, self._edge, [leaf])
            made |= new
            self.size += 1
            known = {**self._edge, **new}
            self._edge = {node: known[node] for node in merkle.span_nodes((0, self.size))}
            if self.size in self._wanted:
                self.roots[self.size] = merkle.root(self.size, self._edge)
        return {node: value for node, value in made.items() if node[0]}

    async def _node_faults(self, tx: AsyncSession, made: dict[Node, bytes]) -> AsyncIterator[Fault]:
        levels, places = [node[0] for node in made], [node[1] for node in made]
        for level, place, value in (await tx.execute(_NODES, {"levels": levels, "places": places})).all():
            if value is None:
                yield Fault(f"log_node {level}/{place}", "it is not there")
            elif value != made[level, place]:
                leaves = f"{place << level} to {((place + 1) << level) - 1}"
                yield Fault(f"log_node {level}/{place}", f"its hash is not that of leaves {leaves}")


async def heads(tx: AsyncSession) -> list[LogCheckpoint]:
    """Every signed head, in the order of signing."""
    return list((await tx.scalars(sa.select(LogCheckpoint).order_by(col(LogCheckpoint.number)))).all())


async def origins(tx: AsyncSession) -> dict[int, str]:
    """The origin of each epoch."""
    return {row[0]: row[1] for row in (await tx.execute(sa.select(col(LogEpoch.number), col(LogEpoch.origin)))).all()}


def head_faults(
    signed: Sequence[LogCheckpoint], of_epoch: dict[int, str], trees: Trees, keys: Sequence[VerifierKey]
) -> Iterator[Fault]:
    """Signatures, columns against notes, roots against leaves, and one head after the other."""
    before: LogCheckpoint | None = None
    for place, row in enumerate(signed, start=1):
        where = f"log_checkpoint {row.number}"
        if row.number != place:
            yield Fault(where, f"number {place} is not there: signed heads were taken away")
            place = row.number
        yield from _note_faults(where, row, of_epoch, keys)
        root = trees.roots.get(row.size)
        if root is None:
            yield Fault(where, f"it was signed over {row.size} leaves, there are {trees.size}")
        elif root != row.root:
            yield Fault(where, f"its root is not that of the first {row.size} leaves")
        if before is not None and (row.size, row.epoch, row.at) < (before.size, before.epoch, before.at):
            yield Fault(where, "it is smaller or older than the one before it")
        before = row


def _note_faults(
    where: str, row: LogCheckpoint, of_epoch: dict[int, str], keys: Sequence[VerifierKey]
) -> Iterator[Fault]:
    try:
        note = Note.parse(row.note)
        check_note(note, keys)
        said = Checkpoint.parse(note.text)
    except (NoteUnreadable, SignatureWrong) as error:
        yield Fault(where, str(error))
        return
    if (said.origin, said.size, said.root, said.at) != (of_epoch.get(row.epoch), row.size, row.root, row.at):
        yield Fault(where, "its note says another epoch, size, root or time than its columns")


def kept_faults(
    kept: Kept | None,
    signed: Sequence[LogCheckpoint],
    epochs: dict[int, str],
    trees: Trees,
    keys: Sequence[VerifierKey],
) -> Iterator[Fault]:
    """The head outside the database was written before anybody saw it: the database must hold it."""
    where = "the head kept beside the photos"
    if kept is None:
        if signed:
            yield Fault(where, "it is not there, though heads were signed")
        return
    try:
        note = Note.parse(kept.note)
        check_note(note, keys)
    except (NoteUnreadable, SignatureWrong) as error:
        yield Fault(where, str(error))
        return
    head = kept.checkpoint
    if head.size > trees.size:
        yield Fault(where, f"it is of {head.size} leaves, the database has {trees.size}: the newest are missing")
    elif trees.roots.get(head.size) != head.root:
        yield Fault(where, f"its root is not that of the database's first {head.size} leaves")
    if kept.epoch > max(epochs, default=0):
        yield Fault(where, f"it is of epoch {kept.epoch}, the database knows of {max(epochs, default=0)}")
    if (signed[-1].size if signed else 0) < head.size <= trees.size:
        unsigned = f"the database's newest signed head is of {signed[-1].size if signed else 0} leaves"
        yield Fault(where, f"it is of {head.size} leaves, {unsigned}")
