"""The office's keys: made once, exchanged without throwing anybody out, never shown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from cli.keys import findings, rotate
from services.keys import KeyName, Keys, make_missing_keys
from services.settings import Settings, SettingsError
from services.tokens import Access, Refresh, TokenInvalid, read_access, read_refresh, write_access, write_refresh

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path)
    make_missing_keys(made)
    return made


def exchange_token_key(settings: Settings, number: int) -> None:
    (settings.keys / "token.key").rename(settings.keys / f"token-{number}.key")
    make_missing_keys(settings)


def test_a_token_signed_before_two_exchanges_of_the_key_is_still_believed(settings: Settings) -> None:
    ring = Keys.read(settings).token
    access, refresh = Access(uuid4(), uuid4()), Refresh(uuid4(), 3)
    token = write_access(ring, access, token_id=uuid4(), at=NOW, lasts=timedelta(minutes=15))
    exchange_token_key(settings, 1)
    exchange_token_key(settings, 2)
    now = Keys.read(settings).token
    assert now.current != ring.current
    assert read_access(now, token, at=NOW) == access
    assert read_refresh(now, write_refresh(ring, refresh)) == refresh


def test_a_token_of_a_key_that_was_taken_away_is_worth_nothing(settings: Settings) -> None:
    ring = Keys.read(settings).token
    token = write_access(ring, Access(uuid4(), uuid4()), token_id=uuid4(), at=NOW, lasts=timedelta(minutes=15))
    (settings.keys / "token.key").unlink()
    make_missing_keys(settings)
    with pytest.raises(TokenInvalid):
        read_access(Keys.read(settings).token, token, at=NOW)


def test_an_exchanged_key_stays_readable_under_a_number_and_private(settings: Settings) -> None:
    old = {name: getattr(Keys.read(settings), name.value).current for name in KeyName}
    assert [rotate(settings, name) for name in KeyName] == [1, 1, 1, 1]
    assert rotate(settings, KeyName.TOKEN) == 2
    rings = {name: getattr(Keys.read(settings), name.value) for name in KeyName}
    assert [ring.current == old[name] for name, ring in rings.items()] == [False] * 4
    assert [ring.older[-1] == old[name] for name, ring in rings.items()] == [True] * 4
    assert {path.stat().st_mode & 0o777 for path in settings.keys.iterdir()} == {0o600}


def test_the_doctor_says_of_each_key_what_is_lost_without_it_and_never_the_key(settings: Settings) -> None:
    said = findings(settings)
    assert [line.partition(" ")[0] for line in said] == ["token", "cursor", "sealing", "signing"]
    assert "for ever" in said[2]
    kept = [path.read_text() for path in settings.keys.glob("*.key")]
    assert not [key for key in kept if key in "".join(said)]


def test_the_youngest_of_the_older_keys_comes_first(settings: Settings) -> None:
    first = Keys.read(settings).token.current
    for number in range(1, 12):
        exchange_token_key(settings, number)
    ring = Keys.read(settings).token
    assert ring.older[-1] == first
    assert len({key.id for key in ring.all}) == 12
    assert ring.named(first.id) == first
    assert ring.named("00000000") is None


def test_keys_of_one_file_content_differ_by_purpose_and_are_never_printed(settings: Settings) -> None:
    for name in ("sealing", "signing"):
        (settings.keys / f"{name}.key").write_text("x" * 40)
    keys = Keys.read(settings)
    assert keys.sealing.current.secret != keys.signing.current.secret
    assert len(keys.sealing.current.secret) == len(keys.signing.current.secret) == 32
    assert "secret" not in repr(keys)


def test_a_missing_or_short_key_is_named_in_a_sentence(settings: Settings) -> None:
    (settings.keys / "signing.key").write_text("short")
    with pytest.raises(SettingsError, match=r"signing key .* is shorter than 32"):
        Keys.read(settings)
    (settings.keys / "signing.key").unlink()
    with pytest.raises(SettingsError, match=r"signing key .* can't be read"):
        Keys.read(settings)
