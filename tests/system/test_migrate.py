"""Migrations and the privileges of the service's plain role, on real PostgreSQL."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import errors, sql

from cli.embedded import EmbeddedPostgres
from cli.migrate import MigrationError, alembic_config, is_safe_server, migrate, plain_url
from services.readiness import NEWEST_MIGRATION
from services.settings import DatabaseUrls


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of our own: these tests spoil roles and databases."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("migrate")) as running:
        yield running


def admin(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(plain_url(server.admin_url), autocommit=True)


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'x'", "DELETE FROM event", "TRUNCATE event"])
def test_the_services_role_may_write_the_past_but_never_change_it(server: EmbeddedPostgres, statement: str) -> None:
    migrate(server.urls)
    with psycopg.connect(plain_url(server.service_url), autocommit=True) as service:
        assert service.execute("SELECT has_table_privilege('event', 'INSERT')").fetchone() == (True,)
        with pytest.raises(errors.InsufficientPrivilege):
            service.execute(statement)


def test_the_services_role_makes_no_table_and_deletes_no_user(server: EmbeddedPostgres) -> None:
    migrate(server.urls)
    with psycopg.connect(plain_url(server.service_url), autocommit=True) as service:
        for statement in (
            "CREATE TABLE mine (a int)",
            "DELETE FROM users",
            "UPDATE alembic_version SET version_num = '0'",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                service.execute(statement)


def test_a_privilege_that_somebody_added_by_hand_is_gone_after_the_next_migration(server: EmbeddedPostgres) -> None:
    migrate(server.urls)
    with psycopg.connect(plain_url(server.owner_url), autocommit=True) as owner:
        owner.execute("GRANT DELETE ON users TO zhicha_service")
        migrate(server.urls)
        found = owner.execute("SELECT has_table_privilege('zhicha_service', 'users', 'DELETE')").fetchone()
    assert found == (False,)


def test_two_migrators_of_an_empty_database_take_turns_and_both_succeed(server: EmbeddedPostgres) -> None:
    with admin(server) as connection:
        connection.execute("CREATE DATABASE twice OWNER zhicha_owner")
    urls = DatabaseUrls(*(url.replace("/zhicha?", "/twice?") for url in (server.service_url, server.owner_url)))
    failed: list[BaseException] = []

    def run() -> None:
        try:
            migrate(urls)
        except BaseException as error:
            failed.append(error)

    second = threading.Thread(target=run)
    second.start()
    run()
    second.join()
    assert failed == []


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
def test_a_service_role_that_row_security_does_not_bind_is_refused_by_name_but_for_a_trial(
    server: EmbeddedPostgres, right: str
) -> None:
    with admin(server) as connection:
        connection.execute(sql.SQL("ALTER ROLE zhicha_service {}").format(sql.SQL(right)))
        try:
            with pytest.raises(MigrationError, match="zhicha_service of ZHICHA_DATABASE_URL must be a plain one"):
                migrate(server.urls)
            migrate(server.urls, is_trial=True)
        finally:
            connection.execute(sql.SQL("ALTER ROLE zhicha_service NO{}").format(sql.SQL(right)))


def test_the_owner_as_the_services_role_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(MigrationError, match="zhicha_owner of ZHICHA_DATABASE_URL must be a plain one"):
        migrate(DatabaseUrls(service=server.owner_url, owner=server.owner_url))


def test_a_database_whose_locale_knows_no_chinese_is_refused(server: EmbeddedPostgres) -> None:
    with admin(server) as connection:
        connection.execute("CREATE DATABASE deaf OWNER zhicha_owner TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(MigrationError, match="locale that knows Chinese"):
        migrate(DatabaseUrls(*(url.replace("/zhicha?", "/deaf?") for url in (server.service_url, server.owner_url))))


def test_a_database_that_does_not_answer_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg://somebody:secret-word@127.0.0.1:1/zhicha"
    with pytest.raises(MigrationError, match="can't be reached as its owner") as refused:
        migrate(DatabaseUrls(service=nowhere, owner=nowhere))
    assert "secret-word" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("version", "safe"),
    [(140_020, False), (150_013, False), (150_014, True), (160_009, False), (170_006, True), (180_000, True)],
)
def test_a_server_that_leaks_through_row_security_is_too_old(version: int, safe: bool) -> None:
    assert is_safe_server(version) is safe


def test_the_newest_file_of_the_migrations_is_their_only_head() -> None:
    assert ScriptDirectory.from_config(alembic_config("")).get_heads() == [NEWEST_MIGRATION]
