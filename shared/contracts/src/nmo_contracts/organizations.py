"""Ids of organisations that no service gives out: they follow from the number a public register knows them by."""

from uuid import NAMESPACE_OID, UUID, uuid5


def medical_organization_id(oid: str) -> UUID:
    """Id by which roles and tokens name a medical organisation of ФРМО: the name-based UUID of its OID (RFC 9562, 5.5)."""
    return uuid5(NAMESPACE_OID, oid)
