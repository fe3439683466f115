"""Rows of elements as events."""

from __future__ import annotations

from typing import Any

from nmo_catalog.elements.tables import Element
from nmo_contracts.catalog import ElementArchivedV1, ElementPublishedV1


def published(element: Element, organization_name: str) -> ElementPublishedV1:
    """The whole public card, so that others may keep a copy."""
    values: dict[str, Any] = {
        name: getattr(element, name)
        for name in ElementPublishedV1.model_fields
        if name in Element.model_fields
    }
    return ElementPublishedV1(**values, element_id=element.id, organization_name=organization_name)


def archived(element: Element) -> ElementArchivedV1:
    """The element can no longer be chosen."""
    return ElementArchivedV1(element_id=element.id)
