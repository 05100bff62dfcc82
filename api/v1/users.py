"""Users 人员."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.base_path import V1
from api.deps import AtOffice, Caller, IfMatch, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.sign_in import Rules
from api.versions import answered, tagged
from models.auth import PasswordReset
from models.second_factors import TotpRemoval
from models.users import IdentityRead, IdentityReveal, UserPatch, UserRead, UserWrite
from models.words import Role
from services import users
from services.auth.hashing import SignInBusy
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired
from services.users import UsernameTaken

router = APIRouter(prefix=f"{V1}/users", tags=["人员"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createUser",
    summary="开设账号",
    responses=tagged(201) | problems(UsernameTaken, IdConflict, IdTaken, SignInBusy),
)
async def create_user(
    body: UserWrite, actor: Caller, office: AtOffice, tx: Tx, now: Now, response: Response
) -> UserRead:
    """开设一个账号。企业账号须写明企业，部门账号须写明部门，管理员以外须写明区划；首次登录必须修改密码。"""
    user, is_new = await users.create(tx, actor, body, policy=office.settings.password_policy, at=now)
    return answered(response, users.shown(tx, user, actor, at=now), is_new=is_new)


@router.get("", operation_id="listUsers", summary="人员列表")
async def list_users(
    actor: Caller,
    tx: Tx,
    now: Now,
    asked: Asked,
    role: Annotated[Role | None, Query(description="只列这种角色")] = None,
) -> Page[UserRead]:
    """管理员与安全员看到全部账号；安排检查的人看到本级及下级的在岗人员及其执法证；企业与对接系统只看到自己。"""
    found = await users.list_users(tx, actor, role, after=asked.after, limit=asked.limit)
    return asked.page([users.shown(tx, row, actor, at=now) for row in found.rows], found)


@router.get("/{user_id}", operation_id="getUser", summary="查看人员", responses=tagged())
async def get_user(user_id: UUID, actor: Caller, tx: Tx, now: Now, response: Response) -> UserRead:
    """一个看得到的账号；同事只见姓名、区划与执法证。"""
    user = await users.get(tx, actor, user_id)
    return answered(response, users.shown(tx, user, actor, at=now))


@router.patch(
    "/{user_id}",
    operation_id="updateUser",
    summary="修改账号",
    responses=tagged() | problems(VersionRequired, VersionMismatch),
)
async def update_user(
    user_id: UUID, body: UserPatch, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> UserRead:
    """修改或停用账号。角色、区划、部门、企业改变或停用时，其全部登录立即失效。须带 If-Match（所读版本）。"""
    user = await users.update(tx, actor, user_id, body, version=version, at=now)
    return answered(response, users.shown(tx, user, actor, at=now))


@router.post(
    "/{user_id}/totp/removal",
    status_code=204,
    operation_id="removeTotp",
    summary="撤下动态验证码",
    responses=problems(IdConflict, IdTaken),
)
async def remove_totp(user_id: UUID, body: TotpRemoval, actor: Caller, tx: Tx, now: Now) -> None:
    """由安全员撤下他人的动态验证码并说明理由，本人随后可重新登记。管理员不能：重置密码与撤下验证码不归一人。"""
    await users.remove_totp(tx, actor, user_id, body, at=now)


@router.post(
    "/{user_id}/identity-number",
    operation_id="revealIdentityNumber",
    summary="查看身份证号",
)
async def reveal_identity_number(user_id: UUID, body: IdentityReveal, actor: Caller, tx: Tx, now: Now) -> IdentityRead:
    """由管理员或安全员说明理由后查看，每次查看都记录在案。"""
    return await users.reveal_identity(tx, actor, user_id, body, at=now)


@router.post(
    "/{user_id}/password",
    status_code=204,
    operation_id="resetPassword",
    summary="重置密码",
    responses=problems(IdConflict, IdTaken, SignInBusy),
)
async def reset_password(user_id: UUID, body: PasswordReset, actor: Caller, rules: Rules, tx: Tx, now: Now) -> None:
    """由管理员或安全员设定新的初始密码：全部登录立即失效，错误次数清零，下次登录须修改密码。"""
    await users.reset_password(tx, actor, user_id, body, policy=rules.policy, key=rules.ring.current.secret, at=now)
