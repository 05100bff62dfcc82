"""What a log shows of an address: ours, ids and regions; never what somebody typed into it."""

import pytest

from api.logs import plain_path

ID = "0198f000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        f"/api/v1/findings/{ID}/plan/acceptance",
        f"/api/v1/orders/{ID}/document.pdf",
        "/api/v1/regions/420582104201",
        "/api/v1/openapi.json",
        "/api/v1/auth/token/refresh",
    ],
)
def test_an_address_of_the_office_is_logged_as_it_is(path: str) -> None:
    assert plain_path(path) == path


@pytest.mark.parametrize(
    "typed",
    [
        "13800000000",
        "张三",
        "422801199001011234",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "Lin.Jc",
        "a" * 41,
        "two words",
        "x\ny",
    ],
)
def test_a_telephone_a_name_or_a_token_typed_into_an_address_is_left_out_of_the_log(typed: str) -> None:
    assert plain_path(f"/api/v1/users/{typed}/password") == "/api/v1/users/…/password"


def test_an_address_of_a_thousand_steps_is_cut() -> None:
    assert plain_path("/a" * 1000) == "/a" * 11
