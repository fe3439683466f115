"""The cookie that carries a step from page to page: one kind is never taken for another, it lives half an hour."""

import pytest

from nmo_gateway.browser_session.cookies import Cookies, read_step


def scope(field: str) -> dict[str, object]:
    return {"headers": [(b"cookie", field.partition(";")[0].encode())]}


@pytest.mark.req("T09", "T03")
@pytest.mark.parametrize("secure", [True, False])
def test_step_of_one_kind_is_no_step_of_another(secure: bool) -> None:
    cookies = Cookies(secure=secure)
    field = cookies.set_step("recovery", "s3cret")
    assert read_step(scope(field), cookies, "recovery") == "s3cret"
    assert read_step(scope(field), cookies, "second") is None
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1800"):
        assert part in field
    assert field.startswith("__Host-step=") is secure
    assert ("Secure" in field) is secure


@pytest.mark.req("T03")
def test_planted_twin_and_nonsense_are_no_step() -> None:
    cookies = Cookies(secure=True)
    twins = {"headers": [(b"cookie", b"__Host-step=recovery.a; __Host-step=recovery.b")]}
    assert read_step(twins, cookies, "recovery") is None
    for value in ("", "recovery", "recovery.", ".secret", "recovery." + "x" * 200):
        assert not read_step(scope(f"__Host-step={value}"), cookies, "recovery")
    cleared = cookies.clear_step()
    assert "Max-Age=0" in cleared
