"""What signing in needs of a call beside its body: the office's rules."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from api.deps import AtOffice
from services.auth.signing_in import SignInRules
from services.rules.guesses import Paces, locking
from services.settings import PasswordPolicy


def rules(office: AtOffice) -> SignInRules:
    """Key, life of an access token, password policy and what follows from it in this office."""
    settings = office.settings
    is_mlps = settings.password_policy is PasswordPolicy.MLPS
    locked = locking(settings.lockout_tries, timedelta(minutes=settings.lockout_minutes))
    return SignInRules(
        office.keys.token,
        timedelta(minutes=settings.access_token_minutes),
        settings.password_policy,
        paces=locked if is_mlps else Paces(),
        password_lasts=timedelta(days=settings.password_max_days) if is_mlps else None,
    )


Rules = Annotated[SignInRules, Depends(rules)]
