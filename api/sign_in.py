"""What signing in needs of a call beside its body: the office's rules, and the network it comes from."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from api.deps import AtOffice
from services.auth.signing_in import SignInRules
from services.rules.networks import network_of


def rules(office: AtOffice) -> SignInRules:
    """Key, life of an access token and password policy of this office."""
    settings = office.settings
    return SignInRules(office.keys.token, timedelta(minutes=settings.access_token_minutes), settings.password_policy)


Rules = Annotated[SignInRules, Depends(rules)]


def network(request: Request) -> str:
    """The caller's /24 or /48; behind a trusted proxy, of the address that the proxy saw (api/app.py)."""
    return network_of(request.client.host if request.client else None)


CallerNetwork = Annotated[str, Depends(network)]
