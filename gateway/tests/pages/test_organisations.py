"""Names of organisations: the catalogue's, then the register's, asked once for a page."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from nmo_gateway.pages.organisations import UNKNOWN, names_of
from nmo_gateway.service_errors import ServiceDown, ServiceProblem

pytestmark = pytest.mark.req("AUD-03", "ROL-02")


class Services:
    """A catalogue and a register with these names; what was asked, and which of them is down."""

    def __init__(self, catalog=(), registry=()):
        self.names = {"catalog": dict(catalog), "registry": dict(registry)}
        self.down = set()
        self.asked = []

    async def get(self, service, path, *, params=None):
        self.asked.append(service)
        if service in self.down:
            raise ServiceDown(service)
        if service == "registry":
            assert path == "/api/v1/register/organizations"
            known = self.names["registry"]
            return {
                "items": [
                    {"organization_id": one, "short_name": known[one]} for one in params["id"] if one in known
                ]
            }
        name = self.names["catalog"].get(path.rpartition("/")[2])
        if name is None:
            raise ServiceProblem(service, 404, {})
        return {"short_name": name}

    async def answer(self, *ids):
        request = SimpleNamespace(state=SimpleNamespace(services=self))
        return await names_of(request, ids)


def some(number):
    return [str(uuid4()) for _ in range(number)]


async def test_register_names_what_the_catalogue_does_not_in_one_question():
    university, hospital, clinic, nobody = some(4)
    services = Services({university: "СМУ"}, {university: "Не он", hospital: "ГБ № 7", clinic: "ГП № 12"})
    found = await services.answer(university, hospital, clinic, nobody, None, hospital)
    assert found == {university: "СМУ", hospital: "ГБ № 7", clinic: "ГП № 12", nobody: UNKNOWN}
    assert services.asked.count("registry") == 1
    services.asked.clear()
    assert await services.answer(university, hospital, nobody)
    assert services.asked == [], "what everybody may read is kept"


async def test_register_is_not_asked_about_what_the_catalogue_knows():
    (university,) = some(1)
    services = Services({university: "СМУ"})
    await services.answer(university)
    assert services.asked == ["catalog"]


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("down", ["catalog", "registry"])
async def test_what_could_not_be_told_is_asked_for_again(down):
    university, hospital, nobody = some(3)
    services = Services({university: "СМУ"}, {hospital: "ГБ № 7"})
    services.down = {down}
    found = await services.answer(university, hospital, nobody)
    assert (found[university] == "СМУ") is (down != "catalog")
    assert (found[hospital] == "ГБ № 7") is (down != "registry")
    assert found[nobody] == UNKNOWN
    services.down = set()
    assert await services.answer(university, hospital) == {university: "СМУ", hospital: "ГБ № 7"}


async def test_long_file_asks_in_batches():
    ids = some(250)
    services = Services((), dict.fromkeys(ids, "Больница"))
    assert set((await services.answer(*ids)).values()) == {"Больница"}
    assert services.asked.count("registry") == 3
