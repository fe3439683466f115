"""``/admin/exchange/comparison``: asking for a full comparison with the register (FRM-02)."""

from starlette.requests import Request
from starlette.responses import Response

from nmo_gateway.pages.blocks import services_of
from nmo_gateway.pages.exchange.desk import EXCHANGE, PAGE, administrator, reason_given
from nmo_gateway.pages.exchange.view import comparison_of
from nmo_gateway.pages.forms import Form, read_form
from nmo_gateway.pages.frame import render
from nmo_gateway.pages.routing import page_router, see
from nmo_gateway.service_errors import ServiceProblem

router = page_router()


@router.get(f"{PAGE}/comparison")
async def comparison(request: Request) -> Response:
    """What a comparison does, and the form that asks for one."""
    administrator(request)
    return await _form(request, Form(values={"reason": "", "allow_removals": ""}))


@router.post(f"{PAGE}/comparison")
async def order(request: Request) -> Response:
    """Ask for it; the worker begins within seconds, or goes on with one that was interrupted."""
    administrator(request)
    form = await read_form(request)
    if not reason_given(form):
        return await _form(request, form)
    body = {"reason": form.get("reason"), "allow_removals": form.get("allow_removals") == "1"}
    try:
        await services_of(request).post("registry", f"{EXCHANGE}/comparison", body)
    except ServiceProblem as problem:
        if problem.status not in {409, 422}:
            raise
        form.take(problem)
        return await _form(request, form)
    return see(f"{PAGE}?done=ordered#comparison")


async def _form(request: Request, form: Form) -> Response:
    found = await services_of(request).get("registry", EXCHANGE)
    last = comparison_of(found["comparison"])
    return await render(
        request,
        "pages/exchange/comparison.html",
        title="Полная сверка с регистром",
        menu="exchange",
        status=form.status,
        form=form,
        last=last,
    )
