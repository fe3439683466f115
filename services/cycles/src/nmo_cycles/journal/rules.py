"""What a journal row says to its person: Russian titles by action."""

from __future__ import annotations

TITLES = {
    "cycles.credit.record": "Начислены ЗЕТ",
    "cycles.credit.reverse": "Исправлено начисление ЗЕТ",
    "cycles.cycle.close": "Пятилетний цикл закончился",
    "cycles.cycle.confirm": "Организация подтвердила пятилетний цикл",
    "cycles.cycle.delete": "Вы удалили пятилетний цикл",
    "cycles.cycle.document_back": "Документ цикла снова есть в регистре",
    "cycles.cycle.document_gone": "Документа цикла больше нет в регистре",
    "cycles.cycle.edit": "Вы изменили пятилетний цикл",
    "cycles.cycle.follow_document": "Сроки цикла изменены по данным регистра",
    "cycles.cycle.open": "Вы открыли пятилетний цикл",
    "cycles.plan.choose": "Вы добавили обучение в план",
    "cycles.plan.remove": "Вы убрали обучение из плана",
    "consent.withdrawal_applied": "Учёт обучения учёл отзыв согласия",
    "person.forgotten": "Учёт обучения уничтожил ваши данные",
}
KINDS = {"cycles.": "learning", "consent.": "consent", "person.forgotten": "consent"}
