"""Faults in sight: what is hidden is shown, or tells of itself by how it is refused."""

from tests.mutants.mutant import Mutant

ACCESS = "services/access.py"
VISITS = "services/visits/planning.py"
VISIT_TESTS = "tests/api/test_visits.py"
SHOWN_TESTS = "tests/api/test_photos_shown.py"
SEEDED = "tests/api/test_seeded_faults.py"

SIGHT = (
    Mutant(
        name="photo_without_sight",
        why="Whoever learns a photo's id looks into the neighbour's dormitory.",
        file="services/photos/reading.py",
        old="col(Photo.id) == photo_id, sees_photo(actor)",
        new="col(Photo.id) == photo_id",
        tests=(f"{SHOWN_TESTS}::test_a_photo_out_of_sight_answers_exactly_as_one_that_does_not_exist",),
        wall_is_down=True,
    ),
    Mutant(
        name="naming_shows",
        why="Whoever learns an id names the photo in a report of their own, and so sees it.",
        file=ACCESS,
        old="return sa.or_(declared == col(photo.sha256), sa.and_(declared.is_(None), came_for_it))",
        new="return sa.or_(declared == col(photo.sha256), declared.is_(None))",
        tests=(f"{SHOWN_TESTS}::test_naming_a_strangers_photo_shows_nothing_of_it_and_takes_nothing_from_its_owner",),
        wall_is_down=True,
    ),
    Mutant(
        name="orders_of_everybody",
        why="The list of orders shows a village its neighbours' papers; each by itself stays hidden.",
        file="services/orders.py",
        old="query = sa.select(Order).where(sees(actor, Order))",
        new="query = sa.select(Order)",
        tests=("tests/api/test_orders.py::test_orders_are_listed_newest_first_within_sight",),
        wall_is_down=True,
    ),
    Mutant(
        name="warning_from_out_of_sight",
        why="A warning that counts what is out of sight tells a town that another town has this enterprise.",
        file="services/enterprises/queries.py",
        old="col(OTHER.merged_into).is_(None), seen_by(sight, OTHER)",
        new="col(OTHER.merged_into).is_(None)",
        tests=("tests/api/test_enterprises.py::test_a_second_enterprise_with_the_same_uscc_warns_only_who_sees_both",),
        wall_is_down=True,
    ),
    Mutant(
        name="counts_of_every_trade",
        why="Statistics tell a department of trades that it does not answer for.",
        file=ACCESS,
        old="return seen if actor.industries is None else sa.and_(seen, industry.in_(sorted(actor.industries)))",
        new="return seen",
        tests=("tests/api/test_statistics.py::test_a_department_counts_findings_of_its_own_trades_alone",),
        wall_is_down=True,
    ),
    Mutant(
        name="cursor_of_everybody",
        why="Behind the first page the list goes on with what is out of sight.",
        file="services/enterprises/searching.py",
        old="query.where(seen_by(sight, Enterprise), *",
        new="query.where(sa.or_(seen_by(sight, Enterprise), sa.literal(not shape.is_first)), *",
        tests=(f"{SEEDED}::test_no_page_of_a_list_leads_out_of_sight",),
        wall_is_down=True,
    ),
    Mutant(
        name="work_of_everybody",
        why="The worklist shows a town the hazards of its neighbours.",
        file="services/worklist/findings.py",
        old="return named.where(sees(asked.actor, Finding), *conditions)",
        new="return named.where(*conditions)",
        tests=(f"{SEEDED}::test_nobody_is_given_work_that_lies_out_of_their_sight",),
        wall_is_down=True,
    ),
    Mutant(
        name="sealed_visit_shown_to_leaders",
        why="A leader who is not its approver knows tomorrow's visit, and so does everybody the leader calls.",
        file=ACCESS,
        old="return sa.or_(_has_part(actor, on), released, arrived)",
        new="return sa.or_(_has_part(actor, on), released, arrived, sa.literal(actor.role is Role.LEADER))",
        tests=(f"{SEEDED}::test_a_sealed_visit_is_hidden_from_every_role_that_has_no_part_in_it",),
        wall_is_down=True,
    ),
    Mutant(
        name="visit_shown_to_its_enterprise",
        why="The enterprise reads in the visit why it was chosen and who told on it.",
        file=ACCESS,
        old="    if actor.role in (Role.ADMIN, Role.ENTERPRISE):\n        return sa.false()\n    on = local_date(at)",
        new="    if actor.role is Role.ADMIN:\n        return sa.false()\n    on = local_date(at)",
        tests=("tests/api/test_inspections.py::test_a_planned_visit_is_done_by_its_report_and_then_seen_by_sight",),
        wall_is_down=True,
    ),
    Mutant(
        name="visit_shown_before_release",
        why="Inspectors know the day before whom they visit, and a call is enough to spoil it.",
        file=ACCESS,
        old="col(Visit.approved_at).is_not(None), col(Visit.release_at) <= at,",
        new="col(Visit.approved_at).is_not(None),",
        tests=(f"{VISIT_TESTS}::test_an_approved_visit_stays_sealed_for_its_inspectors_until_release",),
    ),
    Mutant(
        name="unseen_enterprise_told_apart",
        why="By the answer to a visit that cannot be planned, one learns which enterprises another town has.",
        file=VISITS,
        old='        raise InvalidInput.at("/enterprise_id", "enterprise_unknown", "no such enterprise") from None\n',
        new="        if await tx.get(Enterprise, enterprise_id) is not None:\n"
        "            raise NotAllowed(Deed.PLAN_VISIT) from None\n"
        '        raise InvalidInput.at("/enterprise_id", "enterprise_unknown", "no such enterprise") from None\n',
        tests=(f"{VISIT_TESTS}::test_an_enterprise_out_of_sight_answers_like_an_unknown_one",),
        wall_is_down=True,
    ),
)
