"""Control of the ЕСИА stand-in under `/sandbox/`: systems, people, keys, the record of refusals."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.core import Esia
from nmo_sandbox.esia.keys import ALGORITHMS
from nmo_sandbox.esia.systems import Registration, System

_MNEMONIC = r"^[A-Za-z0-9_-]{1,64}$"


class Rotation(BaseModel):
    """How to change the signing key: with both certificates published for a while, or at once."""

    model_config = ConfigDict(extra="forbid")
    mode: Literal["overlap", "abrupt"] = "overlap"


def control_routes(esia: Esia) -> APIRouter:
    """Return the control routes of systems, keys and refusals."""
    router = APIRouter(prefix="/sandbox")

    @router.get("/clients")
    async def systems() -> dict[str, Any]:
        """List the registered systems."""
        return {"items": [_system(system) for system in esia.systems.all()]}

    @router.put("/clients/{client_id}")
    async def register(
        registration: Registration, response: Response, client_id: Annotated[str, Path(pattern=_MNEMONIC)]
    ) -> dict[str, Any]:
        """Register or replace a system: 201 when it is new, 422 for an unfit certificate or unknown scope."""
        fresh = System(client_id, registration)
        if not esia.settings.legacy_rsa and any(item.kind == "rsa" for item in fresh.certificates):
            raise HTTPException(422, "RSA certificates are switched off: register a GOST R 34.10-2012 one")
        if esia.systems.put(client_id, registration):
            response.status_code = 201
        return _system(fresh)

    @router.delete("/clients/{client_id}", status_code=204)
    async def forget(client_id: str) -> None:
        """Remove a system."""
        if not esia.systems.drop(client_id):
            raise HTTPException(404, "no such system")

    @router.post("/rotate")
    async def rotate(rotation: Rotation | None = None) -> dict[str, Any]:
        """Sign with a new key from now on; `abrupt` withdraws the old certificate at once."""
        esia.keys.rotate(esia.clock.now(), overlap=rotation is None or rotation.mode == "overlap")
        signing = {name: esia.keys.signing(name).name for name in ALGORITHMS}
        return {"signing": signing, "published": [key.name for key in esia.keys.published()]}

    @router.get("/refusals")
    async def refusals() -> dict[str, Any]:
        """Show why the last requests were refused, newest first."""
        return {"items": list(reversed(esia.refusals))}

    return router


def system_fault_routes(esia: Esia) -> APIRouter:
    """Return the control routes of faults meant for one system alone."""
    router = APIRouter(prefix="/sandbox")

    @router.get("/clients/{client_id}/faults")
    async def faults(client_id: str) -> dict[str, Any]:
        """Show the faults that are on for one system alone."""
        return esia.faults.state(client_id)

    @router.put("/clients/{client_id}/faults")
    async def spoil(client_id: str, wanted: dict[str, bool | int | float | str | None]) -> dict[str, Any]:
        """Switch on exactly the named faults for one system; `down` and `slow` are for all and refused here."""
        if {"down", "slow"} & set(wanted):
            raise HTTPException(422, "down and slow come before a system is known: PUT /sandbox/faults")
        try:
            esia.faults.replace(wanted, subject=client_id)
        except ValueError as wrong:
            raise HTTPException(422, str(wrong)) from wrong
        return esia.faults.state(client_id)

    return router


def people_routes(esia: Esia) -> APIRouter:
    """Return the control routes of people."""
    router = APIRouter(prefix="/sandbox/people")

    @router.get("")
    async def people() -> dict[str, Any]:
        """List the people."""
        return {"items": [_view(account) for account in esia.accounts.all()]}

    @router.post("", status_code=201)
    async def add(data: dict[str, Any]) -> dict[str, Any]:
        """Add a person; without `oid` the next number is given. 422 for wrong or taken data."""
        try:
            return _view(esia.accounts.add(data))
        except ValueError as wrong:
            raise _unprocessable(wrong) from wrong

    @router.patch("")
    async def change(data: dict[str, Any]) -> dict[str, Any]:
        """Change the person whose `key` stands in the body beside the new values."""
        return _changed(str(data.pop("key", "")), data)

    @router.patch("/{key}")
    async def change_named(key: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change the person of the path: `{field: value, …}`."""
        return _changed(key, changes)

    def _changed(key: str, changes: dict[str, Any]) -> dict[str, Any]:
        try:
            account = esia.accounts.change(key, changes)
        except ValueError as wrong:
            raise _unprocessable(wrong) from wrong
        if account is None:
            raise HTTPException(404, "no such person")
        return _view(account)

    return router


def _view(account: Account) -> dict[str, Any]:
    return account.model_dump(mode="json") | {"level": account.level}


def _system(system: System) -> dict[str, Any]:
    public = system.registration.model_dump(exclude={"certificate_pem"})
    terms = [certificate.ends.isoformat() for certificate in system.certificates]
    hashes = [certificate.streebog for certificate in system.certificates]
    return (
        {"client_id": system.client_id}
        | public
        | {"certificates_valid_until": terms, "certificate_hashes": hashes}
    )


def _unprocessable(wrong: ValueError) -> HTTPException:
    if isinstance(wrong, ValidationError):
        return HTTPException(422, wrong.errors(include_url=False, include_context=False, include_input=False))
    return HTTPException(422, str(wrong))
