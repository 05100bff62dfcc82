"""Signing in 登录: tokens and the own password."""

from typing import Annotated

from fastapi import APIRouter, Form

from api.base_path import V1
from api.deps import AtOffice, EarlySignedIn, Now, SignedIn, Tx
from api.json_bodies import JsonRoute
from api.networks import CallerNetwork
from api.problems import problems
from api.sign_in import Rules
from models.auth import PasswordChange, RefreshWrite, RevokeWrite, TokenForm, TokenRead
from models.second_factors import RecoveryCodesRead, TotpConfirmation, TotpEnrolment, TotpEnrolmentRead
from services.auth import second_factor, signing_in
from services.auth.hashing import SignInBusy
from services.auth.second_factor import TotpInForce, TotpNeeded, TotpWrong
from services.auth.signing_in import WrongCredentials
from services.auth.throttle import TooManySignIns
from services.tokens import TokenInvalid

router = APIRouter(prefix=f"{V1}/auth", tags=["登录"], route_class=JsonRoute)


@router.post(
    "/token",
    operation_id="createToken",
    summary="登录",
    responses=problems(WrongCredentials, TotpNeeded, TotpWrong, TooManySignIns, SignInBusy),
)
async def create_token(
    form: Annotated[TokenForm, Form()], office: AtOffice, rules: Rules, network: CallerNetwork, now: Now
) -> TokenRead:
    """OAuth 2 密码方式登录，另带设备编号 `device_id`（设备首次使用时随机生成并保存）。

    同一设备再次登录，原登录即失效。密码多次错误须等候，但本人用过的设备不受他人试错影响。
    启用了动态验证码的账号，密码正确而未带 `totp` 时回答 totp_needed，再带验证码或恢复码重新登录。
    """
    return await signing_in.sign_in(office.new_session.begin, rules, form, network, at=now)


@router.post(
    "/token/refresh",
    operation_id="refreshToken",
    summary="续期",
    responses=problems(TokenInvalid),
)
async def refresh_token(body: RefreshWrite, office: AtOffice, rules: Rules, now: Now) -> TokenRead:
    """以续期凭证换取新的一对凭证。

    回答丢失时，同一设备在 24 小时内重发上一凭证仍得到同一续期凭证；出现更旧的凭证或别的设备，该设备即退出登录。
    """
    return await signing_in.refresh(office.new_session.begin, rules, body, at=now)


@router.post("/token/revoke", status_code=204, operation_id="revokeToken", summary="退出登录")
async def revoke_token(body: RevokeWrite, rules: Rules, tx: Tx, now: Now) -> None:
    """使续期凭证所属设备退出登录；无效的凭证同样回答 204（RFC 7009）。"""
    await signing_in.revoke(tx, rules, body.refresh_token.get_secret_value(), at=now)


@router.post(
    "/password",
    status_code=204,
    operation_id="changePassword",
    summary="修改密码",
    responses=problems(TooManySignIns, SignInBusy),
)
async def change_password(body: PasswordChange, actor: EarlySignedIn, office: AtOffice, rules: Rules, now: Now) -> None:
    """修改本人密码；其他设备全部退出登录，本设备不受影响。"""
    await signing_in.change_password(office.new_session.begin, rules, actor, body, at=now)


@router.post(
    "/totp",
    operation_id="enrolTotp",
    summary="登记动态验证码",
    responses=problems(TotpInForce, TooManySignIns, SignInBusy),
)
async def enrol_totp(
    body: TotpEnrolment, actor: EarlySignedIn, office: AtOffice, rules: Rules, now: Now
) -> TotpEnrolmentRead:
    """取得验证器应用所需的密钥，须再输本人密码；用 confirmTotp 确认之后才生效。十分钟内重发得到同一密钥。"""
    return await signing_in.enrol_totp(office.new_session.begin, rules, actor, body, at=now)


@router.post(
    "/totp/confirmation", operation_id="confirmTotp", summary="启用动态验证码", responses=problems(TotpInForce)
)
async def confirm_totp(body: TotpConfirmation, actor: SignedIn, tx: Tx, now: Now) -> RecoveryCodesRead:
    """用验证器显示的第一个验证码确认，此后登录须带验证码。恢复码只显示这一次，每个只能用一次。"""
    codes = await second_factor.confirm(tx, actor, body.code, at=now)
    return RecoveryCodesRead(recovery_codes=codes)
