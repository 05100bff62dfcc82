"""Accounts with real passwords, and devices that sign in with them from somewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from models.users import User
from models.words import Role
from services.auth.hashing import HASHER
from tests.world import TOWN, World

PASSWORD = "three green tea pots"
PASSWORD_HASH = HASHER.hash(PASSWORD)


async def account(world: World, username: str = "lin", **only_what_matters: Any) -> User:
    """An account that may sign in with PASSWORD."""
    fields = {"name": "林检查", "role": Role.INSPECTOR, "region": TOWN, "must_change_password": False}
    made_at: datetime = world.clock.now()
    user = User(
        id=uuid4(),
        username=username,
        password_hash=PASSWORD_HASH,
        created_at=made_at,
        **{**fields, **only_what_matters},
    )
    await world.add(user)
    return user


@dataclass
class Device:
    """A phone or browser with its own id, calling from one address."""

    client: httpx.AsyncClient
    device_id: str
    username: str = "lin"

    async def sign_in(self, password: str = PASSWORD, **form: str) -> httpx.Response:
        """createToken."""
        fields = {"grant_type": "password", "username": self.username, "password": password}
        return await self.client.post("/api/v1/auth/token", data={**fields, "device_id": self.device_id, **form})

    async def refresh(self, token: str, device_id: str | None = None) -> httpx.Response:
        """refreshToken."""
        body = {"refresh_token": token, "device_id": device_id or self.device_id}
        return await self.client.post("/api/v1/auth/token/refresh", json=body)

    async def get(self, path: str, access: str) -> httpx.Response:
        """GET under /api/v1 with an access token."""
        return await self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {access}"})

    async def change_password(self, access: str, old: str, new: str) -> httpx.Response:
        """changePassword."""
        headers = {"Authorization": f"Bearer {access}"}
        body = {"old_password": old, "new_password": new}
        return await self.client.post("/api/v1/auth/password", json=body, headers=headers)


def device(app: FastAPI, username: str = "lin", address: str = "203.0.113.7") -> Device:
    """A new device at an address."""
    transport = httpx.ASGITransport(app=app, client=(address, 40_000), raise_app_exceptions=False)
    return Device(httpx.AsyncClient(transport=transport, base_url="http://office.test"), str(uuid4()), username)
