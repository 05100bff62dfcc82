"""Row security lets a list reach its index: plans as the service's role, for whoever asks (design 6)."""

import psycopg
import sqlalchemy as sa

from cli.migrate import plain_url
from models.words import FindingState
from services.auth import actor_of
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.world import TOWN, VILLAGE, Person, World

MANY = """
WITH pattern AS MATERIALIZED (SELECT enterprise AS one FROM enterprise LIMIT 1)
INSERT INTO enterprise SELECT made.* FROM pattern, generate_series(1, 4000) n
CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
    'id', md5('enterprise ' || n)::uuid, 'office_code', 'X' || n, 'name_normal', '企业' || n,
    'region', '420582' || (100 + n % 50) || (200 + n % 20))) made;
INSERT INTO enterprise_industry SELECT id, main_industry FROM enterprise ON CONFLICT DO NOTHING;
WITH pattern AS MATERIALIZED (SELECT inspection AS one FROM inspection LIMIT 1)
INSERT INTO inspection SELECT made.* FROM pattern, enterprise place, generate_series(1, 2) n
CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
    'id', md5('inspection ' || place.id || n)::uuid, 'enterprise_id', place.id, 'region', place.region)) made;
WITH pattern AS MATERIALIZED (SELECT finding AS one FROM finding LIMIT 1)
INSERT INTO finding SELECT made.* FROM pattern, enterprise place, generate_series(1, 10) n
CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
    'id', md5('finding ' || place.id || n)::uuid, 'enterprise_id', place.id, 'region', place.region,
    'deadline', date '2026-12-01' + n)) made;
INSERT INTO search_key SELECT key, region, id FROM enterprise, unnest(ARRAY[
    'pjx' || substr(translate(md5(id::text), '0123456789', 'ghijklmnop'), 1, 6), 'u' || substr(md5(id::text), 1, 18),
    't138' || abs(hashtext(id::text)), 'e' || abs(hashtext(id::text))]) key ON CONFLICT DO NOTHING;
INSERT INTO grid_cell SELECT 'f' || 22000 + n % 400 || ':' || 6000 + n / 400, region, id, 110 + n % 400 * 0.005,
    30 + n / 400 * 0.005 FROM (SELECT row_number() OVER () n, * FROM enterprise) placed;
INSERT INTO tally_delta (item, industry, region, answered, failed) SELECT 'MECH' || lpad((n % 40)::text, 2, '0'),
    'MECH', '420582' || (100 + n % 50) || (200 + n / 50 % 20), 5, 1 FROM generate_series(1, 40000) n;
ANALYZE tally_delta, enterprise, enterprise_industry, inspection, finding, search_key, grid_cell;
"""


async def plan_of(world: World, reader: Person, path: str, *, of: str = "") -> str:
    """How PostgreSQL answers the longest question behind this call, or of those that name a table, as this actor."""
    heard: list[tuple[str, object]] = []

    def hear(_connection: object, _cursor: object, text: str, parameters: object, *_: object) -> None:
        heard.append((text, parameters))

    engine = world.office.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    answer = await reader.get(path)
    sa.event.remove(engine, "before_cursor_execute", hear)
    assert answer.status_code == 200, answer.text
    text, parameters = max(
        (one for one in heard if "set_config" not in one[0] and of in one[0]), key=lambda one: len(one[0])
    )
    token = reader.headers()["Authorization"].removeprefix("Bearer ")
    async with world.office.new_session.begin() as tx:
        await actor_of(tx, world.office.keys.token, token, at=world.office.now())
        rows = await (await tx.connection()).exec_driver_sql(f"EXPLAIN (SUMMARY) {text}", parameters)  # type: ignore[arg-type]
        return "\n".join(str(row[0]) for row in rows)


INDEXES = {
    f"/findings?region={VILLAGE}&limit=50": "ix_finding_region_due_id",
    f"/findings?region={TOWN}&state=ordered&limit=50": "ix_finding_",
    f"/inspections?region={VILLAGE}&limit=50": "ix_inspection_region_arrived_at_id",
    f"/enterprises?region={VILLAGE}&limit=50": "ix_enterprise_region_name_normal_id",
    "/enterprises?q=jxabcd&limit=50": "pk_search_key",
    "/enterprises?q=84216&limit=50": "pk_search_key",
    "/enterprises?near=111.28,30.02&radius_m=800&limit=50": "pk_grid_cell",
    f"/enterprises?region={VILLAGE}&not_visited_since=2026-01-01": "ix_inspection_enterprise_id_arrived_at",
    f"/enterprises?region={VILLAGE}&has_open_findings=true": "ix_finding_enterprise_id",
    "/enterprises/{enterprise_id}/fitting-checklist": "ix_tally_delta_item_region",
}


async def test_every_list_walks_its_index_for_an_officer_and_for_a_department(
    world: World, database: TestDatabase
) -> None:
    life = await finding(world, FindingState.ORDERED)
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        admin.execute(f"SET session_replication_role = replica; {MANY}")
    for reader in (await world.officer(), await world.officer(industries=["MECH"])):
        for path, index in INDEXES.items():
            asked = path.format(enterprise_id=life.enterprise_id)
            plan = await plan_of(world, reader, asked, of="tally_delta" if "fitting" in path else "")
            assert index in plan, f"{path}: {plan}"
            for table in ("finding", "inspection", "enterprise", "search_key", "grid_cell", "tally_delta"):
                assert f"Seq Scan on {table}\n" not in plan + "\n", f"{path}: {plan}"
                assert f"Seq Scan on {table} " not in plan, f"{path}: {plan}"
