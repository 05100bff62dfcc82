"""A hundred thousand inspections of five years with their answers, by SQL: what a fitting checklist counts."""

from dataclasses import dataclass

import psycopg

INSPECTIONS, ENTERPRISES, DAYS = 100_000, 1000, 5 * 365

PLACES = """
    WITH pattern AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS places, enterprise AS one
        FROM enterprise
    )
    INSERT INTO enterprise
    SELECT made.* FROM generate_series(1, %(enterprises)s) AS n JOIN pattern ON number = n %% places
    CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
        'id', md5('answered ' || n)::uuid, 'uscc', null, 'office_code', 'BENCH' || n
    )) AS made
"""
LINKS = """
    INSERT INTO enterprise_industry
    SELECT id, unnest(ARRAY[main_industry, 'MIXD', 'SEQ']) FROM enterprise ON CONFLICT DO NOTHING
"""
VISITS = """
    WITH pattern AS MATERIALIZED (SELECT inspection AS one FROM inspection WHERE state = 'accepted' LIMIT 1)
    INSERT INTO inspection
    SELECT made.* FROM pattern, generate_series(1, %(inspections)s) AS n
    JOIN enterprise ON enterprise.id = md5('answered ' || 1 + n %% %(enterprises)s)::uuid
    CROSS JOIN LATERAL (SELECT timestamptz %(now)s - random() * %(days)s * interval '1 day' AS at WHERE n > 0) AS time
    CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
        'id', md5('answered inspection ' || n)::uuid, 'visit_id', null, 'enterprise_id', enterprise.id,
        'region', enterprise.region, 'arrived_at', time.at, 'received_at', time.at + interval '40 minutes'
    )) AS made
"""
# A third of the items of the enterprise's lists at each visit, the low numbers failing more than the high ones.
ANSWERS = """
    INSERT INTO answer (inspection_id, item, item_version, result)
    SELECT inspection.id, item.code, item.version,
        CASE WHEN random() < 0.6 / item.position THEN 'fail' ELSE 'pass' END
    FROM generate_series(1, %(inspections)s) AS n
    JOIN inspection ON inspection.id = md5('answered inspection ' || n)::uuid
    JOIN enterprise_industry link ON link.enterprise_id = inspection.enterprise_id
    JOIN checklist ON checklist.industry = link.industry
    JOIN checklist_item item ON item.checklist = checklist.code AND item.version = checklist.version
    WHERE (item.position + n) %% 3 = 0
"""
# As services/tallies.py counts, where no finding says otherwise, folded as the worker folds it.
TALLIED = """
    INSERT INTO tally_delta (item, industry, region, answered, failed)
    SELECT item, main_industry, inspection.region, count(*), count(*) FILTER (WHERE result = 'fail')
    FROM answer JOIN inspection ON inspection.id = inspection_id JOIN enterprise ON enterprise.id = enterprise_id
    WHERE inspection.id IN (SELECT md5('answered inspection ' || n)::uuid FROM generate_series(1, %(inspections)s) n)
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Filled:
    """What there is now."""

    answers: int
    cells: int


def fill_answers(owner_url: str, now: str) -> Filled:
    """There must be an inspection already."""
    numbers = {"inspections": INSPECTIONS, "enterprises": ENTERPRISES, "days": DAYS, "now": now}
    with psycopg.connect(owner_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        with connection.transaction():
            connection.execute("SELECT setseed(0.5)")
            for made in (PLACES, LINKS, VISITS):
                connection.execute(made, numbers)
            answers = connection.execute(ANSWERS, numbers).rowcount
            cells = connection.execute(TALLIED, numbers).rowcount
        connection.execute("VACUUM ANALYZE")
    return Filled(answers, cells)
