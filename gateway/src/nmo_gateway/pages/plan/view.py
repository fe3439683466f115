"""SCR-24 as data for the template: groups of the plan with their targets, one line per component."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from nmo_gateway import texts

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One component of the plan."""

    plan_item_id: str
    title: str
    href: str
    zet: str
    form: str
    dates: str
    organization: str
    organization_href: str | None
    status: texts.Status
    number: str | None
    number_href: str | None
    result: str | None
    removable: bool


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """A band of the plan: what it needs, what is earned, its components."""

    code: str
    title: str
    branch: str
    earned: Decimal
    target: Decimal
    choose_href: str
    lines: list[PlanLine]
    offered: bool = True


KINDS_OF_GROUP = {"formal": ("programme",), "informal": ("event", "module")}


def choose_href(cycle_id: str, code: str) -> str:
    """The catalogue filtered to what the group takes."""
    kind = KINDS_OF_GROUP.get(code, ("",))[0]
    return f"/cabinet/catalog?cycle={cycle_id}&kind={kind}"


def item_status(item: Json, today: date) -> texts.Status:
    """The word for a component: its application's, or what its result and dates say."""
    application = item.get("application")
    if application:
        return texts.APPLICATION.get(application["status"], texts.PLAN_ITEM["planned"])
    if item.get("result"):
        return texts.PLAN_ITEM["credited"]
    if item["kind"] == "programme":
        return texts.APPLICATION["draft"]
    if item["kind"] == "module":
        return texts.PLAN_ITEM["in_progress"]
    ends_on = texts.as_date(item.get("ends_on") or item.get("starts_on"))
    if ends_on is not None and ends_on < today:
        return texts.Status("Ждём результат", "grey")
    return texts.PLAN_ITEM["planned"]


def _line(item: Json, cycle_id: str, today: date) -> PlanLine:
    application = item.get("application")
    number = application["number"] if application else None
    result = item.get("result")
    return PlanLine(
        plan_item_id=item["plan_item_id"],
        title=item["title"],
        href=f"/cabinet/catalog/{item['element_id']}?cycle={cycle_id}",
        zet=item["zet"],
        form=texts.FORM.get(item["form"], texts.MDASH)
        if item["kind"] == "programme"
        else texts.KIND_SHORT[item["kind"]].lower().replace("иом", "ИОМ"),
        dates=texts.span(item.get("starts_on"), item.get("ends_on")),
        organization=item.get("organization_name") or texts.MDASH,
        organization_href=f"/organisations/{item['organization_id']}"
        if item.get("organization_id")
        else None,
        status=item_status(item, today),
        number=number,
        number_href=f"/cabinet/applications/{number}" if number else None,
        result=result["zet"] if result else None,
        removable=result is None
        and (application is None or application["status"] in {"draft", "withdrawn", "rejected"}),
    )


def plan_groups(plan: Json, today: date, *, offered: dict[str, bool] | None = None) -> list[PlanGroup]:
    """Turn the plan of the service into bands and lines.

    ``offered``: group code -> whether the catalogue has anything for it; «Отсутствуют» where it has not (CYC-08).
    """
    cycle_id = plan["cycle"]["cycle_id"]
    return [
        PlanGroup(
            code=group["code"],
            title=group["title"],
            branch=group.get("branch") or "",
            earned=Decimal(group["earned_zet"]),
            target=Decimal(group["target_zet"]),
            choose_href=choose_href(cycle_id, group["code"]),
            lines=[_line(item, cycle_id, today) for item in group["items"]],
            offered=(offered or {}).get(group["code"], True),
        )
        for group in plan["groups"]
    ]
