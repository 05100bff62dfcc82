"""The one settings class: every ZHICHA_* variable, its unit in its name, and a sentence when it is wrong."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import DirectoryPath, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.words import Hat, Role
from services.rules.networks import is_network

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
S3_STORE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[A-Za-z0-9._/-]*))?")


class PasswordPolicy(StrEnum):
    """`asvs`: length and a list of the commonest; `mlps`: also classes, regular change and a lock-out, as in 等保."""

    ASVS = "asvs"
    MLPS = "mlps"


@dataclass(frozen=True)
class DatabaseUrls:
    """Where the database is: for the service's plain role, and for the owner who migrates."""

    service: str = field(repr=False)
    owner: str = field(repr=False)


class SettingsError(Exception):
    """A setting that stops the start; the text is one sentence for the person who set it."""


class Settings(BaseSettings):
    """What an office may set; documented row by row in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="ZHICHA_", frozen=True, extra="ignore", env_ignore_empty=True)

    data: Path = Path("zhicha-data")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str = ""
    trial: bool = False
    api_processes: Annotated[int, Field(ge=1, le=64)] = 2
    database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = None
    database_connections: Annotated[int, Field(ge=2, le=200)] = 10
    keys_dir: Path | None = None
    photo_store: Path | None = None
    store: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    s3_secret_key: SecretStr | None = None
    s3_virtual_host: bool = False
    catalog_dir: Path | None = None
    admin_password: SecretStr | None = None
    trusted_proxies: Annotated[list[str], NoDecode] = []
    cors_origins: Annotated[list[str], NoDecode] = []
    access_token_minutes: Annotated[int, Field(ge=1, le=60)] = 15
    password_policy: PasswordPolicy = PasswordPolicy.ASVS
    password_max_days: Annotated[int, Field(ge=1, le=3650)] = 90
    lockout_tries: Annotated[int, Field(ge=3, le=20)] = 5
    lockout_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    totp_for: Annotated[list[str], NoDecode] = []
    reinspection_by_others: bool = True
    body_max_bytes: Annotated[int, Field(ge=10_000)] = 2_000_000
    report_max_bytes: Annotated[int, Field(ge=10_000)] = 2_000_000
    multipart_max_bytes: Annotated[int, Field(ge=100_000)] = 300_000_000
    import_max_bytes: Annotated[int, Field(ge=10_000)] = 20_000_000
    photo_max_bytes: Annotated[int, Field(ge=10_000)] = 30_000_000
    photo_preview_max_bytes: Annotated[int, Field(ge=1_000)] = 40_960
    photo_max_pixels: Annotated[int, Field(ge=10_000)] = 110_000_000
    chunk_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    orphan_photo_days: Annotated[int, Field(ge=90)] = 90
    font_dir: DirectoryPath | None = None

    @field_validator("trusted_proxies", "cors_origins", "totp_for", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        """`*` would believe whatever address a guesser writes into X-Forwarded-For."""
        wrong = [text for text in value if not is_network(text)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: give addresses or networks, such as 10.0.0.5 or 10.0.0.0/24")
        return value

    @field_validator("totp_for")
    @classmethod
    def _are_worn(cls, value: list[str]) -> list[str]:
        wrong = [text for text in value if text not in {*Role, *Hat}]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: give roles or hats, such as admin or security")
        return value

    @model_validator(mode="after")
    def _reach_the_store(self) -> Self:
        if not self.store:
            return self
        if not S3_STORE.fullmatch(self.store):
            raise ValueError(
                "ZHICHA_STORE must be s3://BUCKET or s3://BUCKET/PREFIX; without it photos lie in a folder."
            )
        if not self.s3_key_id or self.s3_secret_key is None:
            raise ValueError("ZHICHA_STORE needs ZHICHA_S3_KEY_ID and ZHICHA_S3_SECRET_KEY.")
        endpoint = urlsplit(self.s3_endpoint)
        may_be_plain = self.trial or endpoint.hostname in LOOPBACK
        schemes = ("https", "http") if may_be_plain else ("https",)
        if self.s3_endpoint and not (endpoint.hostname and endpoint.scheme in schemes):
            raise ValueError(
                "ZHICHA_S3_ENDPOINT must be an https:// address; http:// is for this machine and for a trial."
            )
        return self

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.database_url is None) != (self.owner_database_url is None):
            raise ValueError(
                "ZHICHA_DATABASE_URL (the service's role) and ZHICHA_OWNER_DATABASE_URL (for migrations) "
                "belong together: give both or neither."
            )
        if self.database_url is not None and self.keys_dir is None:
            raise ValueError(
                "With a database URL, ZHICHA_KEYS_DIR must name the folder of keys that all processes share."
            )
        if self.host not in LOOPBACK and not self.trial and not self.public_url.startswith("https://"):
            raise ValueError(
                f"Listening on {self.host} needs ZHICHA_PUBLIC_URL with https://, "
                "or ZHICHA_TRIAL=true for a trial without it."
            )
        return self

    @property
    def keys(self) -> Path:
        """Folder of the token and signing keys (0700, files 0600)."""
        return self.keys_dir or self.data / "keys"

    @property
    def photos(self) -> Path:
        """Folder of the local photo store; with S3, of what is on its way."""
        return self.photo_store or self.data / "photos"

    @property
    def bucket_and_prefix(self) -> tuple[str, str] | None:
        """Where in S3 the photos lie, None where they lie in a folder."""
        named = S3_STORE.fullmatch(self.store)
        return (named["bucket"], (named["prefix"] or "").strip("/")) if named else None


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment with `overrides` on top.

    Raises SettingsError with one sentence a person can act on; a secret's value is never repeated.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "ZHICHA_" + "_".join(str(p) for p in problem["loc"]).upper()
        text = problem["msg"].removeprefix("Value error, ")
        parts.append(text if not problem["loc"] else f"{name}: {text}.")
    return " ".join(parts)
