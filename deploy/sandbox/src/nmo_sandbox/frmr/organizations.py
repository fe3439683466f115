"""Medical organisations of the stand-in (ФРМО): invented, with numbers of the right shape."""

from typing import Any

HOSPITAL_7 = "1.2.643.5.1.13.13.12.2.77.7007"
POLYCLINIC_12 = "1.2.643.5.1.13.13.12.2.77.7112"
CLINIC_VESNA = "1.2.643.5.1.13.13.12.2.50.9031"
HOSPITAL_SEVER = "1.2.643.5.1.13.13.12.2.29.2904"


def _organization(
    oid: str, name: str, short: str, region: str, region_name: str, **more: Any
) -> dict[str, Any]:
    return {
        "oid": oid,
        "nameFull": name,
        "nameShort": short,
        "orgTypeId": 1,
        "regionId": region,
        "regionName": region_name,
        "stateBudget": True,
        "deleteDate": None,
        **more,
    }


ORGANIZATIONS: dict[str, dict[str, Any]] = {
    item["oid"]: item
    for item in (
        _organization(
            HOSPITAL_7,
            "Государственное бюджетное учреждение здравоохранения «Городская больница № 7»",
            "Городская больница № 7",
            "77",
            "г. Москва",
            address="г. Москва, ул. Примерная, д. 7",
            inn="7700000077",
        ),
        _organization(
            POLYCLINIC_12,
            "Государственное бюджетное учреждение здравоохранения «Городская поликлиника № 12»",
            "Городская поликлиника № 12",
            "77",
            "г. Москва",
            address="г. Москва, Учебный пр-д, д. 12",
            inn="7700000112",
        ),
        _organization(
            CLINIC_VESNA,
            "Общество с ограниченной ответственностью «Клиника “Весна”»",
            "ООО «Клиника “Весна”»",
            "50",
            "Московская область",
            address="Московская область, г. Образцов, ул. Садовая, д. 3",
            inn="5000000031",
            stateBudget=False,
        ),
        _organization(
            HOSPITAL_SEVER,
            "Государственное бюджетное учреждение здравоохранения «Северная областная больница»",
            "Северная областная больница",
            "29",
            "Архангельская область",
            address="Архангельская область, г. Поморск, наб. Речная, д. 1",
            inn="2900000004",
        ),
    )
}
