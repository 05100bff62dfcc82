"""Invitations 邀请."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import AtOffice, Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.networks import CallerNetwork
from api.paging import Asked, Page
from api.problems import problems
from api.sign_in import Rules
from api.versions import answered, marked, tagged
from models.invitations import (
    InvitationAcceptance,
    InvitationAccepted,
    InvitationMade,
    InvitationRead,
    InvitationWithdrawal,
    InvitationWrite,
)
from services import invitations
from services.auth.hashing import SignInBusy
from services.auth.throttle import TooManySignIns
from services.enterprises.errors import EnterpriseMerged
from services.errors import IdConflict, IdTaken
from services.invitations import InvitationClosed
from services.users import UsernameTaken

router = APIRouter(prefix=V1, tags=["企业台账"], route_class=JsonRoute)


@router.post(
    "/enterprises/{enterprise_id}/invitations",
    status_code=201,
    operation_id="inviteContact",
    summary="邀请企业联系人",
    responses=problems(IdConflict, IdTaken, EnterpriseMerged),
)
async def invite_contact(
    enterprise_id: UUID, body: InvitationWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> InvitationMade:
    """给企业联系人一个邀请码，由本人设定账号和密码；邀请码只在这次回答中显示，过期作废。"""
    made, is_new = await invitations.create(tx, actor, enterprise_id, body, at=now)
    return marked(response, made, is_new=is_new)


@router.get("/enterprises/{enterprise_id}/invitations", operation_id="listInvitations", summary="邀请列表")
async def list_invitations(enterprise_id: UUID, actor: Caller, tx: Tx, asked: Asked) -> Page[InvitationRead]:
    """该企业的邀请，不含邀请码。"""
    found = await invitations.list_invitations(tx, actor, enterprise_id, after=asked.after, limit=asked.limit)
    return asked.page(invitations.shown(found.rows), found)


@router.post(
    "/invitations/{invitation_id}/withdrawal",
    status_code=201,
    operation_id="withdrawInvitation",
    summary="撤回邀请",
    responses=tagged(201) | problems(IdConflict, IdTaken, InvitationClosed),
)
async def withdraw_invitation(
    invitation_id: UUID, body: InvitationWithdrawal, actor: Caller, tx: Tx, now: Now, response: Response
) -> InvitationRead:
    """邀请码丢失或给错了人时撤回；已用它注册的账号由管理员停用。"""
    invitation, is_new = await invitations.withdraw(tx, actor, invitation_id, body, at=now)
    return answered(response, invitations.shown([invitation])[0], is_new=is_new)


@router.post(
    "/auth/invitations",
    status_code=201,
    operation_id="acceptInvitation",
    summary="接受邀请",
    responses=problems(UsernameTaken, TooManySignIns, SignInBusy),
)
async def accept_invitation(
    body: InvitationAcceptance, office: AtOffice, rules: Rules, network: CallerNetwork, now: Now, response: Response
) -> InvitationAccepted:
    """企业联系人凭邀请码设定账号和密码，无须先登录；回答丢失时原样重发即可。"""
    accepted, is_new = await invitations.accept(office.new_session.begin, rules, body, network, at=now)
    return marked(response, accepted, is_new=is_new)
