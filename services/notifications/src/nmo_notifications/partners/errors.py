"""Problems of partners."""

from nmo_kit.errors import Conflict, Forbidden, Unavailable


class QueueTaken(Conflict):
    """A partner has one queue."""

    code = "queue_already_subscribed"
    title = "Очередь уже есть"
    detail = "У партнёра одна очередь. Удалите подписку с очередью и создайте её заново с нужными типами."


class TooManySubscriptions(Conflict):
    """A limit on subscriptions."""

    code = "too_many_subscriptions"
    title = "Слишком много подписок"
    detail = "Достигнут предел числа подписок. Удалите ненужные."


class NoSecret(Conflict):
    """Only webhooks are signed."""

    code = "no_secret"
    title = "Секрета нет"
    detail = "Секрет есть только у подписки с доставкой на webhook."


class QueueWayClosed(Unavailable):
    """The broker for partners is not configured or does not answer."""

    code = "queue_way_unavailable"
    title = "Очереди временно недоступны"
    detail = "Сейчас очередь создать нельзя. Повторите позже или выберите другой способ доставки."


class ClientUnfit(Forbidden):
    """The client's id cannot name a queue."""

    code = "client_unfit"
    detail = "Идентификатор клиента не подходит для подписок. Обратитесь к оператору портала."
