"""Problems of the plan."""

from nmo_cycles.plan.rules import Refusal
from nmo_kit.errors import Conflict


class AlreadyInPlan(Conflict):
    """The element is in the plan of this cycle."""

    code = "already_in_plan"
    title = "Уже в плане"
    detail = "Этот элемент уже есть в плане цикла."


class PlanItemInUse(Conflict):
    """An application is in work, or the result is credited."""

    code = "plan_item_in_use"
    title = "Элемент нельзя убрать"
    detail = "По этому элементу подана заявка или начислены ЗЕТ. Сначала отзовите заявку."


class ElementUnavailable(Conflict):
    """The element is archived or unknown."""

    code = "element_unavailable"
    title = "Элемент недоступен"
    detail = "Этот элемент больше нельзя выбрать. Посмотрите другие в каталоге."


class SpecialtyMismatch(Conflict):
    """The element does not count for the cycle's specialty."""

    code = "specialty_mismatch"
    title = "Другая специальность"
    detail = "Этот элемент не засчитывается по специальности цикла."


class ElementStarted(Conflict):
    """The element has begun."""

    code = "element_started"
    title = "Обучение уже началось"
    detail = "Обучение уже началось. Выберите другие даты."


class ElementOutsideCycle(Conflict):
    """The element begins after the cycle ends."""

    code = "element_outside_cycle"
    title = "Вне цикла"
    detail = "Обучение начнётся после окончания цикла."


BY_REFUSAL: dict[Refusal, type[Conflict]] = {
    Refusal.UNAVAILABLE: ElementUnavailable,
    Refusal.OTHER_SPECIALTY: SpecialtyMismatch,
    Refusal.STARTED: ElementStarted,
    Refusal.OUTSIDE: ElementOutsideCycle,
}
