"""The life of a finding as a table: every state with every move."""

import pytest

from models.findings import OPEN
from models.words import FindingState, Grade, Move
from services.findings.errors import IllegalTransition
from services.findings.moves import EVENT_OF, MOVES, Standing, after, allowed

# Written out once more by hand, from the picture of the office's work and not from the code.
LIFE = {
    FindingState.REGISTERED: {
        Move.FIX_ON_SITE: FindingState.VERIFIED,
        Move.ORDER: FindingState.ORDERED,
        Move.TRANSFER: FindingState.TRANSFERRED,
        Move.WITHDRAW: FindingState.WITHDRAWN,
    },
    FindingState.ORDERED: {
        Move.ACCEPT_PLAN: FindingState.RECTIFYING,
        Move.REPORT: FindingState.REPORTED,
        Move.TRANSFER: FindingState.TRANSFERRED,
        Move.WITHDRAW: FindingState.WITHDRAWN,
    },
    FindingState.RECTIFYING: {
        Move.REPORT: FindingState.REPORTED,
        Move.TRANSFER: FindingState.TRANSFERRED,
        Move.WITHDRAW: FindingState.WITHDRAWN,
    },
    FindingState.REPORTED: {
        Move.PASS: FindingState.VERIFIED,
        Move.FAIL: FindingState.ORDERED,
        Move.TRANSFER: FindingState.TRANSFERRED,
        Move.WITHDRAW: FindingState.WITHDRAWN,
    },
    FindingState.VERIFIED: {
        Move.WRITE_OFF: FindingState.CLOSED,
        Move.TRANSFER: FindingState.TRANSFERRED,
        Move.WITHDRAW: FindingState.WITHDRAWN,
    },
    FindingState.CLOSED: {},
    FindingState.TRANSFERRED: {},
    FindingState.WITHDRAWN: {},
}


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", FindingState)
def test_every_state_with_every_move_leads_where_the_office_says_or_is_refused(state: FindingState, move: Move) -> None:
    if move in LIFE[state]:
        assert after(Standing(state), move) is LIFE[state][move]
        return
    with pytest.raises(IllegalTransition) as refused:
        after(Standing(state), move)
    assert set(refused.value.allowed) == set(LIFE[state]) - {Move.FIX_ON_SITE}
    assert (refused.value.state, refused.value.move) == (state, move)


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", FindingState)
def test_a_major_finding_differs_only_in_that_it_cannot_be_reported_without_its_plan(
    state: FindingState, move: Move
) -> None:
    legal = move in LIFE[state] and (state, move) != (FindingState.ORDERED, Move.REPORT)
    assert (move in allowed(Standing(state, Grade.MAJOR))) == (legal and move is not Move.FIX_ON_SITE)


@pytest.mark.parametrize("state", FindingState)
def test_a_new_order_is_legal_only_after_a_failed_reinspection(state: FindingState) -> None:
    waiting = Move.REORDER in allowed(Standing(state, awaits_new_order=True))
    assert waiting == (state in (FindingState.ORDERED, FindingState.RECTIFYING))
    assert Move.REORDER not in allowed(Standing(state))


def test_an_open_finding_can_always_be_transferred_or_withdrawn_and_an_ended_one_never_moves() -> None:
    for state in FindingState:
        legal = allowed(Standing(state))
        assert ({Move.TRANSFER, Move.WITHDRAW} <= set(legal)) == (state in OPEN)
        assert bool(legal) == (state in OPEN)


def test_every_move_has_its_event_and_at_least_one_state_that_allows_it() -> None:
    assert set(EVENT_OF) == set(Move) == {move for _, move in MOVES}
