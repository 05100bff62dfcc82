"""Sessions 登录设备: what is shown of a device that is signed in, and the word that ends it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict
from pydantic import Field as Constraint

from models.shapes import Filled, NewId, Read, Write


class SessionRead(Read):
    """One device of one user; nothing of its tokens."""

    id: UUID
    user_id: UUID
    user_name: str
    device_name: str | None
    signed_in_at: datetime
    last_used_at: Annotated[datetime, Constraint(description="exact to within the life of an access token")]
    ended_at: datetime | None
    ended_because: str | None
    current: Annotated[bool, Constraint(description="the session that asks")]


class SessionRevocation(Write):
    """Why a device is signed out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "手机丢失"}]})

    id: NewId | None = None
    reason: Filled
