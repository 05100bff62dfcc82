DROP INDEX ix_name_bigram_enterprise_id, ix_search_key_enterprise_id, ix_grid_cell_enterprise_id;
ALTER TABLE name_bigram SET UNLOGGED;
ALTER TABLE search_key SET UNLOGGED;
ALTER TABLE grid_cell SET UNLOGGED;
CREATE UNLOGGED TABLE made AS
SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
    c.one[a] || c.one[b] || c.one[e] || t.one[1 + mod(n, 10)] || '厂' AS name,
    c.read[a] || c.read[b] || c.read[e] || t.read[1 + mod(n, 10)] || 'c' AS letters,
    '91420582MA' || lpad(n::text, 8, '0') AS uscc, '138' || lpad((mod(n * 7919, 100000000))::text, 8, '0') AS phone,
    '420582' || (100 + mod(n, 40))::text || (200 + mod(n / 40, 50))::text AS region,
    110 + (mod(n * 37, 20000)) * 0.0001 AS lon, 30 + (mod(n * 101, 20011)) * 0.0001 AS lat
FROM (SELECT n, 1 + mod(abs(hashint8(n)::bigint), count) AS a, 1 + mod(abs(hashint8(n + 7)::bigint), count) AS b,
    1 + mod(abs(hashint8(n + 13)::bigint), count) AS e
    FROM generate_series(1, %(size)s::bigint) n, cardinality(%(characters)s::text[]) count) drawn,
    (SELECT %(characters)s::text[] AS one, %(letters)s::text[] AS read) c,
    (SELECT %(trades)s::text[] AS one, %(read)s::text[] AS read) t;
INSERT INTO enterprise (id, name, name_normal, uscc, status, region, lon, lat, crs, principal_name, principal_phone,
    main_industry, created_at, version)
SELECT id, name, name, uscc, 'active', region, lon, lat, 'WGS84', '张三', phone, 'MECH', now(), 1 FROM made;
INSERT INTO enterprise_industry (enterprise_id, industry) SELECT id, 'MECH' FROM made;
INSERT INTO name_bigram (bigram, region, enterprise_id)
SELECT DISTINCT substr(name, at, 2) COLLATE "C" bigram, region, id FROM made, generate_series(1, 5) at ORDER BY 1, 2, 3;
INSERT INTO search_key (key, region, enterprise_id)
SELECT DISTINCT key COLLATE "C" key, region, id FROM made, unnest(ARRAY['p' || letters, 'p' || substr(letters, 2),
    'p' || substr(letters, 3), 'p' || substr(letters, 4), 'p' || substr(letters, 5), 'u' || reverse(uscc),
    't' || phone, 'e' || reverse(phone)]) key ORDER BY 1, 2, 3;
INSERT INTO grid_cell (cell, region, enterprise_id, lon, lat)
SELECT cell, region, id, lon, lat FROM made, unnest(ARRAY['f' || floor(lon / 0.005) || ':' || floor(lat / 0.005),
    'c' || floor(lon / 0.05) || ':' || floor(lat / 0.05)]) cell ORDER BY cell COLLATE "C", region, id;
INSERT INTO inspection (id, kind, reported_kind, state, held_reasons, enterprise_id, region, arrived_at, submitted_by,
    received_at, unknown_fields, warnings, version)
SELECT md5('inspection ' || n)::uuid, 'spot_check', 'spot_check', 'accepted', '[]', id, region,
    timestamptz '2026-11-01' - make_interval(days => mod(n / 11, 500)::int), id, now(), '[]', '[]', 1 FROM made WHERE mod(n / 3, 10) < 9;
INSERT INTO finding (id, inspection_id, enterprise_id, region, industry, position, description, grade, state, found_on,
    deadline, registered_by, registered_at, reported_late, failed_reinspections, awaits_new_order, version)
SELECT md5('finding ' || n || at)::uuid, md5('inspection ' || n)::uuid, id, region, 'MECH', at, '某处', 'general',
    CASE WHEN mod(n / 13, 3) = 0 THEN 'ordered' ELSE 'closed' END, date '2026-10-01', date '2026-12-01' + mod(n, 30)::int, id, now(),
    false, 0, false, 1 FROM made, generate_series(1, 2) at WHERE mod(n / 7, 10) < 4;
DROP TABLE made;
CREATE INDEX ix_name_bigram_enterprise_id ON name_bigram (enterprise_id);
CREATE INDEX ix_search_key_enterprise_id ON search_key (enterprise_id);
CREATE INDEX ix_grid_cell_enterprise_id ON grid_cell (enterprise_id);
VACUUM ANALYZE
