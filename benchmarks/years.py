"""A hundred thousand findings of five years, by SQL in seconds: as the office would have them, rollup included."""

import psycopg

from benchmarks.rows import Connection

FINDINGS, PER_INSPECTION, DAYS = 100_000, 4, 5 * 365

# One real row is the pattern of all: columns that no list and no statistics look at stay as they were reported.
# `WHERE n > 0` ties what is random to each row; without it all rows would get the same.
INSPECTIONS = """
    WITH pattern AS MATERIALIZED (SELECT inspection AS one FROM inspection WHERE state = 'accepted' LIMIT 1),
    place AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS places, id, region FROM enterprise
    )
    INSERT INTO inspection
    SELECT made.* FROM pattern, generate_series(1, %(inspections)s) AS n
    JOIN place ON place.number = n %% place.places
    CROSS JOIN LATERAL (SELECT timestamptz %(now)s - random() * %(days)s * interval '1 day' AS at WHERE n > 0) AS time
    CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
        'id', md5('inspection ' || n)::uuid, 'visit_id', null, 'enterprise_id', place.id, 'region', place.region,
        'arrived_at', time.at, 'left_at', time.at + interval '35 minutes',
        'received_at', time.at + interval '40 minutes'
    )) AS made
"""
FOUND = """
    WITH pattern AS MATERIALIZED (SELECT finding AS one FROM finding LIMIT 1)
    INSERT INTO finding
    SELECT made.* FROM pattern, generate_series(0, %(findings)s - 1) AS n
    JOIN inspection ON inspection.id = md5('inspection ' || n / %(each)s + 1)::uuid
    JOIN enterprise ON enterprise.id = inspection.enterprise_id
    CROSS JOIN LATERAL (SELECT (inspection.arrived_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        random() AS luck, 7 + (random() * 23)::int AS given WHERE n >= 0) AS chance
    CROSS JOIN LATERAL (SELECT CASE
        WHEN chance.luck < 0.02 THEN 'transferred'
        WHEN chance.luck < 0.03 THEN 'withdrawn'
        WHEN inspection.arrived_at < timestamptz %(now)s - (20 + 60 * chance.luck) * interval '1 day' THEN 'closed'
        ELSE (ARRAY['registered', 'ordered', 'ordered', 'rectifying', 'reported', 'verified'])[1 + n %% 6] END AS state
    ) AS life
    CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
        'id', md5('finding ' || n)::uuid, 'inspection_id', inspection.id, 'enterprise_id', enterprise.id,
        'region', inspection.region, 'industry', enterprise.main_industry, 'position', n %% %(each)s,
        'grade', CASE WHEN n %% 20 = 7 THEN 'major' ELSE 'general' END, 'state', life.state, 'found_on', chance.day,
        'deadline', chance.day + chance.given, 'registered_at', inspection.received_at,
        'reinspect_by', CASE WHEN life.state = 'reported' THEN chance.day + chance.given + 10 END,
        'reported_late', n %% 11 = 3 AND life.state IN ('reported', 'verified', 'closed')
    )) AS made
"""
# The same cells as services/statistics.py counts in, folded as the worker folds them.
COUNTED = """
    INSERT INTO finding_delta (month, region, industry, grade, state, due, late, findings)
    SELECT date_trunc('month', found_on)::date, region, industry, grade, state,
        CASE WHEN state IN ('registered', 'ordered', 'rectifying') THEN deadline
            WHEN state = 'reported' THEN reinspect_by END,
        reported_late, count(*)
    FROM finding GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def fill_years(owner_url: str, now: str) -> int:
    """How many cells the rollup has. There must be one inspection and one finding already."""
    numbers = {"inspections": FINDINGS // PER_INSPECTION, "findings": FINDINGS, "each": PER_INSPECTION, "days": DAYS}
    with psycopg.connect(owner_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        with connection.transaction():
            connection.execute("SELECT setseed(0.5)")
            for made in (INSPECTIONS, FOUND):
                connection.execute(made, {**numbers, "now": now})
            connection.execute("DELETE FROM finding_delta")
            cells = connection.execute(COUNTED).rowcount
        connection.execute("VACUUM ANALYZE")
    return cells


def findings(connection: Connection) -> int:
    """How many there are, counted one by one."""
    found = connection.execute("SELECT count(*) FROM finding").fetchone()
    assert found is not None
    return int(str(found[0]))
