"""Planned visits: made in silence, approved by somebody else, done by a report that names them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from models.words import VisitState
from tests.machine.calls import Request, Told, content_of
from tests.machine.looks import visit_shown
from tests.machine.oracle import Oracle, Refused, Visit, require
from tests.machine.town import DECIDES, INSPECTS, Who


@dataclass(frozen=True)
class PlanVisit:
    """A visit that its inspectors learn of at its release."""

    body: Mapping[str, Any]

    @cached_property
    def request(self) -> Request:
        return Request.of_json("POST", "/visits", self.body)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        require(who, INSPECTS)
        visit_id, place = self.body["id"], office.places[self.body["enterprise_id"]]
        if not who.sees(place):
            raise Refused(422, "invalid_input")
        if office.known(who, "planVisit", visit_id, content_of(self.body)):
            if not office.sees_visit(who, office.visits[visit_id], at):
                raise Refused(409, "id_taken")
            return Told(200, visit_shown(visit_id))
        people = [office.who(user_id) for user_id in self.body["inspectors"]]
        approver = office.who(self.body["approver_id"])
        suits = all(person.covers(place.region) for person in people) and approver.sees(place)
        if approver.id == who.id or not suits:
            raise Refused(422, "invalid_input")
        office.visits[visit_id] = Visit(
            id=visit_id,
            place=place.id,
            state=VisitState.PROPOSED,
            made_by=who.id,
            approver=approver.id,
            inspectors=tuple(self.body["inspectors"]),
            release_at=datetime.fromisoformat(self.body["release_at"]),
        )
        return Told(201, visit_shown(visit_id))


@dataclass(frozen=True)
class ApproveVisit:
    """The second person's word."""

    visit_id: str
    body: Mapping[str, Any]

    @cached_property
    def request(self) -> Request:
        return Request.of_json("POST", f"/visits/{self.visit_id}/approval", self.body)

    def play(self, office: Oracle, who: Who, at: datetime) -> Told:
        visit = office.visits.get(self.visit_id)
        if visit is None or not office.sees_visit(who, visit, at):
            raise Refused(404, "not_found")
        require(who, DECIDES)
        if who.id != visit.approver:
            raise Refused(403, "not_allowed")
        if office.known(who, "approveVisit", self.body["id"], content_of(self.body), visit.id):
            return Told(200, visit_shown(visit.id))
        if visit.state is not VisitState.PROPOSED:
            raise Refused(409, "visit_settled")
        state = VisitState.DONE if visit.arrived else VisitState.APPROVED
        office.visits[visit.id] = replace(visit, state=state, is_approved=True)
        return Told(201, visit_shown(visit.id))
