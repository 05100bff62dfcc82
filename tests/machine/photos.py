"""Photos: the bytes come, before or after the records that name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.words import Role
from tests.machine.calls import Request, Told
from tests.machine.looks import Look, photo_shown
from tests.machine.oracle import Oracle, Photo, Refused, Use
from tests.machine.town import Who
from tests.makers_photos import digest
from tests.makers_reports import Shot


@dataclass(frozen=True)
class PutPhoto:
    """PUT of one photo."""

    shot: Shot

    @property
    def request(self) -> Request:
        headers = {**digest(self.shot.data), "Content-Type": "application/octet-stream"}
        return Request("PUT", f"/photos/{self.shot.id}", self.shot.data, headers)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        is_new = arrive(office, who, self.shot, at)
        return Told(201 if is_new else 200, photo_shown(self.shot.id), (Look("image", self.shot.id),))


def arrive(office: Oracle, who: Who, shot: Shot, at: datetime) -> bool:
    """The bytes are kept under their id, unless something that stands there forbids it. Raises Refused."""
    stored = office.photos.get(shot.id)
    uses = office.uses_of(shot.id)
    seen = [use for use in uses if office.sees_use(who, use)]
    is_mine = stored is not None and stored.by == who.id
    if not seen and not is_mine and (uses or stored):
        raise Refused(409, "id_taken")
    if stored is not None and stored.sha256 == shot.sha256:
        return False
    if uses and not any(_wants(who, use, shot) for use in uses):
        raise Refused(409, "digest_not_declared" if any(use.declared for use in seen) else "id_taken")
    if stored is not None and not (is_mine and _makes_room(uses, stored, shot)):
        raise Refused(409, "id_conflict")
    office.photos[shot.id] = Photo(shot.id, shot.data, shot.sha256, who.id, at)
    return True


def _wants(who: Who, use: Use, shot: Shot) -> bool:
    if use.declared is None:
        return use.by == who.id or who.role is not Role.ENTERPRISE
    return use.declared == shot.sha256


def _makes_room(uses: Iterable[Use], stored: Photo, shot: Shot) -> bool:
    declared = {use.declared for use in uses}
    return shot.sha256 in declared and declared.isdisjoint({None, stored.sha256})
