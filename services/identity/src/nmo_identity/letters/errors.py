"""Problems of letters, told to the sending service."""

from __future__ import annotations

from nmo_identity.letters.rules import DAY_PER_ADDRESS
from nmo_kit.errors import Problem, TooManyRequests


class LetterOver(Problem):
    """Delivered, given up, or of no use any more: its content is gone."""

    status, code, title = 410, "letter_over", "Письмо больше не нужно"
    detail = "Письмо уже отправлено или его срок прошёл."


class LettersSpent(TooManyRequests):
    """The day's letters to this address are used: only another address, or another day, helps (P06)."""

    code, title = "letters_spent", "Больше сообщений сегодня не отправим"
    detail = (
        f"Сегодня мы отправили на этот адрес {DAY_PER_ADDRESS} сообщений. Проверьте, нет ли ошибки в адресе или "
        "номере, и исправьте его. Новое сообщение можно запросить завтра."
    )
