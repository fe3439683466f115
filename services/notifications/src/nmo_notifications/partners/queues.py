"""The partner's own queue and user at the broker (PAR-02, PAR-06)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp
import structlog

from nmo_kit.messaging.admin import BrokerAdmin, BrokerAdminError
from nmo_notifications.partners.errors import QueueWayClosed
from nmo_notifications.partners.rules import queue_name, user_name

logger = structlog.get_logger(__name__)
CONNECTIONS = 4
PASSWORD_BYTES = 24


@dataclass(frozen=True, slots=True)
class QueueAccess:
    """All that a stock AMQP client needs; the password is shown once and stored nowhere here."""

    url: str
    vhost: str
    queue: str
    username: str
    password: str


class PartnerQueues:
    """Makes and removes queues of partners through the management API."""

    def __init__(self, *, admin_url: str, publisher_url: str, public_host: str = "") -> None:
        """`publisher_url` names the partners' vhost; `public_host` is where partners connect, if elsewhere."""
        self._admin_url = admin_url
        parts = urlsplit(publisher_url)
        self._vhost = parts.path.lstrip("/") or "partners"
        self._scheme = parts.scheme or "amqp"
        self._host = public_host or parts.netloc.rpartition("@")[2]

    async def provision(self, client_id: str) -> QueueAccess:
        """Make the queue, and the user with a new password, who may read this queue and do nothing else.

        Raises:
            QueueWayClosed: not configured, or the broker does not do it.
        """
        if not self._admin_url or not self._host:
            raise QueueWayClosed
        queue, user, password = (
            queue_name(client_id),
            user_name(client_id),
            secrets.token_urlsafe(PASSWORD_BYTES),
        )
        try:
            async with BrokerAdmin(self._admin_url) as admin:
                await admin.put_queue(self._vhost, queue)
                # A new password alone would leave the old connections open.
                await admin.delete_user(user)
                await admin.put_user(user, password)
                await admin.put_permission(self._vhost, user, read=f"^{re.escape(queue)}$")
                await admin.put_user_limit(user, connections=CONNECTIONS)
        except (BrokerAdminError, aiohttp.ClientError, TimeoutError, OSError) as error:
            logger.warning("queue_not_provisioned", error=type(error).__name__)
            raise QueueWayClosed from error
        address = (
            f"{self._scheme}://{user}:{quote(password, safe='')}@{self._host}/{quote(self._vhost, safe='')}"
        )
        return QueueAccess(url=address, vhost=self._vhost, queue=queue, username=user, password=password)

    async def remove(self, client_id: str) -> None:
        """Cut the user off and delete the queue; the log keeps the events.

        Raises:
            QueueWayClosed: the broker does not do it.
        """
        if not self._admin_url:
            raise QueueWayClosed
        try:
            async with BrokerAdmin(self._admin_url) as admin:
                await admin.delete_user(user_name(client_id))
                await admin.delete_queue(self._vhost, queue_name(client_id))
        except (BrokerAdminError, aiohttp.ClientError, TimeoutError, OSError) as error:
            logger.warning("queue_not_removed", error=type(error).__name__)
            raise QueueWayClosed from error
