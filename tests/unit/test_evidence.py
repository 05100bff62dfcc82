"""Was it 四不两直: every fake is flagged, honest work hardly ever in red, and each answer says what it rests on."""

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from functools import cache

import pytest

from models import evidence as words
from models.words import Directness, FlagColour, LocationSource, Shown
from services.catalog_folders import CATALOG
from services.rules.catalog_files import read_limits
from services.rules.clocks import Limit, Rule, RuleBook, Unit, WorkCalendar, local_date
from services.rules.evidence import Answer, Answered, Asked, Bounds, Colour, Facts, Flag, Ground, answers, flags
from services.rules.evidence.answers import BEARING
from services.rules.evidence.facts import Fix, Registered, Source
from tests.faked_visits import FAKES, Perfect
from tests.honest_visits import HOUR, MINUTE, HonestVisits

SEEDS = range(20)
HONEST = 1_000


@cache
def book() -> RuleBook:
    """The rows of the catalogue as they are."""
    rows = read_limits((CATALOG / "limits.csv").read_text(encoding="utf-8"))
    told = [Limit(r.id, r.name, r.value, Unit(r.unit), r.valid_from, r.valid_to, r.source, r.verified) for r in rows]
    return RuleBook(tuple(told), WorkCalendar())


def raised(facts: Facts) -> set[Flag]:
    return {found.flag for found in flags(facts, Bounds(book(), local_date(facts.arrived_at)))}


def answered(facts: Facts) -> dict[Asked, Answered]:
    found, _ = answers(facts, Bounds(book(), local_date(facts.arrived_at)))
    return {one.asked: one for one in found}


def fix_of(facts: Facts) -> Fix:
    assert facts.fix is not None
    return facts.fix


def register_of(facts: Facts) -> Registered:
    assert facts.register is not None
    return facts.register


@pytest.mark.parametrize("seed", SEEDS)
def test_a_perfect_visit_has_no_flag_and_six_times_yes(seed: int) -> None:
    facts = Perfect.of(seed).facts
    assert raised(facts) == set()
    assert {one.answer for one in answered(facts).values()} == {Answer.YES}


@pytest.mark.parametrize("kind", FAKES)
def test_every_kind_of_fake_raises_its_flag_whatever_the_place_and_hour(kind: str) -> None:
    fake, flag = FAKES[kind]
    missed = [seed for seed in SEEDS if flag not in raised(fake(Perfect.of(seed)))]
    assert missed == []


def test_there_are_twenty_kinds_of_fakes_and_more() -> None:
    assert len(FAKES) >= 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_a_thousand_honest_visits_at_most_twenty_are_flagged_red(seed: int) -> None:
    visits = HonestVisits.of(seed)
    red: Counter[Flag] = Counter()
    flagged = 0
    for _ in range(HONEST):
        up = {flag for flag in raised(visits.visit()) if flag.colour is Colour.RED}
        flagged += bool(up)
        red.update(up)
    assert flagged <= HONEST * 0.02, red.most_common()
    assert flagged > 0, "a generator without bad luck proves nothing"


def test_colours_are_amber_or_red_and_every_flag_but_those_of_people_bears_on_a_question() -> None:
    bearing = frozenset().union(*BEARING.values())
    apart = {Flag.PHOTO_AFTER_LEAVING, Flag.PHOTO_SHOWN_AGAIN}
    clocks = {Flag.CLOCK_SKEW, Flag.CLOCK_FAR_OFF, Flag.ARRIVED_IN_FUTURE, Flag.LEFT_BEFORE_ARRIVED}
    reports = {Flag.REPORTED_BEFORE_LEAVING, Flag.REPORTED_LATE}
    people = {Flag.CARDS_MISSING, Flag.CREDENTIALS_NOT_SHOWN, Flag.CREDENTIALS_NOT_STATED}
    assert set(Flag) - bearing == apart | clocks | reports | people


def test_what_the_report_itself_says_is_answered_no() -> None:
    facts = replace(Perfect.of(1).facts, briefing_before=True, accompanied_by="李主任")
    found = answered(facts)
    assert found[Asked.NO_BRIEFING].answer is Answer.NO
    assert found[Asked.NO_ESCORT].grounds == (Ground.ESCORT_STATED,)


def test_what_nobody_said_is_not_shown_rather_than_yes() -> None:
    facts = replace(Perfect.of(1).facts, briefing_before=None, accompaniment_stated=False, shots=(), fix=None)
    found = answered(replace(facts, second_phones=(), code=None))
    shown = {asked: one.answer for asked, one in found.items()}
    silent = (Asked.NO_BRIEFING, Asked.NO_ESCORT, Asked.STRAIGHT_DOWN, Asked.STRAIGHT_IN)
    assert [shown[asked] for asked in silent] == [Answer.NOT_SHOWN] * 4


def test_a_reinspection_is_expected_so_that_no_silence_before_it_can_be_shown() -> None:
    found = answered(replace(Perfect.of(1).facts, was_expected=True))
    assert found[Asked.NO_NOTICE].answer is Answer.NOT_SHOWN
    assert found[Asked.NO_GREETING].grounds == (Ground.EXPECTED_BY_ORDER,)


def test_a_plan_known_for_two_days_leaves_the_greeting_open() -> None:
    facts = Perfect.of(1).facts
    found = answered(replace(facts, released_at=facts.arrived_at - 48 * HOUR))
    assert found[Asked.NO_GREETING].answer is Answer.NOT_SHOWN
    assert found[Asked.NO_GREETING].flags == (Flag.RELEASED_EARLY,)


def test_a_cellar_without_fix_is_shown_by_the_mates_phone() -> None:
    found = answered(replace(Perfect.of(1).facts, fix=None))
    assert found[Asked.STRAIGHT_DOWN].answer is Answer.YES
    assert Ground.SECOND_PHONE_AT_PLACE in found[Asked.STRAIGHT_DOWN].grounds


def test_a_fix_far_away_is_no_only_while_nothing_else_was_at_the_place() -> None:
    perfect = Perfect.of(1)
    fix = replace(fix_of(perfect.facts), place=perfect.at(6_000))
    seconded = replace(perfect.facts, fix=fix)
    alone = replace(seconded, second_phones=(), code=None, shots=perfect.shots(camera_place=None))
    assert answered(alone)[Asked.STRAIGHT_DOWN].answer is Answer.NO
    assert Flag.ELSEWHERE in raised(alone)
    assert answered(seconded)[Asked.STRAIGHT_DOWN].answer is Answer.NOT_SHOWN
    assert raised(seconded) == {Flag.OFF_PLACE}


def test_twice_the_accuracy_is_tolerated_and_two_hundred_metres_always() -> None:
    perfect = Perfect.of(1)
    for away, accuracy, flagged in ((190, 5.0, False), (260, 5.0, True), (260, 140.0, False), (1_900, 400.0, True)):
        facts = replace(perfect.facts, fix=replace(fix_of(perfect.facts), place=perfect.at(away)))
        fix = replace(fix_of(facts), accuracy_m=accuracy)
        assert (Flag.OFF_PLACE in raised(replace(facts, fix=fix))) is flagged, (away, accuracy)


def test_the_same_fix_next_door_within_minutes_is_no_copy() -> None:
    perfect = Perfect.of(1)
    other = replace(perfect.facts.others[0], register=perfect.at(40), fix=perfect.facts.fix)
    assert Flag.FIX_REPEATED not in raised(replace(perfect.facts, others=(other,)))
    assert Flag.FIX_REPEATED in raised(replace(perfect.facts, others=(replace(other, register=perfect.at(900)),)))


def test_an_enterprise_registered_on_the_spot_has_the_phones_own_place() -> None:
    facts = Perfect.of(1).facts
    on_spot = replace(facts, register=replace(register_of(facts), place=fix_of(facts).place))
    late = replace(on_spot, register=replace(register_of(on_spot), since=facts.received_at))
    assert Flag.FIX_IS_REGISTERS in raised(on_spot)
    assert Flag.FIX_IS_REGISTERS not in raised(late)


def test_a_photo_shown_again_at_a_reinspection_is_amber() -> None:
    fake, _ = FAKES["a photo of an earlier visit"]
    assert Flag.PHOTO_SHOWN_AGAIN in raised(replace(fake(Perfect.of(1)), was_expected=True))


def test_a_clock_off_by_minutes_that_the_phone_tells_moves_nothing_into_the_future() -> None:
    facts = Perfect.of(1).facts
    fast = replace(
        facts,
        skew=-20 * MINUTE,
        arrived_at=facts.arrived_at + 20 * MINUTE,
        left_at=facts.arrived_at + 70 * MINUTE,
        shots=(),
    )
    assert raised(fast) == {Flag.CLOCK_SKEW, Flag.NO_PHOTO}


def test_every_word_of_the_rules_has_its_label_and_every_flag_its_explanation() -> None:
    pairs: list[tuple[type[StrEnum], type[StrEnum]]] = [
        (Flag, words.EvidenceFlag),
        (Ground, words.EvidenceGround),
        (Asked, Directness),
        (Answer, Shown),
        (Colour, FlagColour),
        (Source, LocationSource),
    ]
    for rules, labels in pairs:
        assert [str(word) for word in rules] == [str(word) for word in labels]
    assert [flag for flag in words.EvidenceFlag if not flag.label or not flag.explained] == []


def test_the_page_of_flags_is_what_the_code_says() -> None:
    page = (CATALOG.parent / "docs" / "evidence.md").read_text(encoding="utf-8")
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.count("|") == 6]
    told = [[row[0], row[1], row[2], row[4]] for row in table[2:]]
    assert told == [[flag, flag.label, str(Flag(flag).colour), flag.explained] for flag in words.EvidenceFlag]
    assert {row[3].strip("`") for row in table[2:] if row[3]} <= set(Rule)
