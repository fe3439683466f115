"""Rows of elements as events."""

from __future__ import annotations

from typing import Any, TypeVar

from nmo_catalog.elements.tables import Element
from nmo_contracts.catalog import ElementArchivedV1, ElementChangedV1, ElementPublishedV1

Card = TypeVar("Card", bound=ElementPublishedV1)


def published(element: Element, organization_name: str) -> ElementPublishedV1:
    """The whole public card, so that others may keep a copy."""
    return _card(ElementPublishedV1, element, organization_name)


def changed(element: Element, organization_name: str) -> ElementChangedV1:
    """The card with new values."""
    return _card(ElementChangedV1, element, organization_name)


def archived(element: Element) -> ElementArchivedV1:
    """The element can no longer be chosen."""
    return ElementArchivedV1(element_id=element.id)


def _card(model: type[Card], element: Element, organization_name: str) -> Card:
    values: dict[str, Any] = {
        name: getattr(element, name) for name in model.model_fields if name in Element.model_fields
    }
    return model(**values, element_id=element.id, organization_name=organization_name)
