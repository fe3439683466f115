"""Readers of the stand-in: who they are for the session layer and for identity."""

from world import day, moment, uid

MEMBERS = {
    #  key: (short name, full name, entry, consent, roles)
    "match": ("Орлова А. С.", "Орлова Анна Сергеевна", "full", True, ["specialist"]),
    "empty": ("Новиков И. П.", "Новиков Игорь Павлович", "full", True, ["specialist"]),
    "unmatched": ("Садова М. И.", "Садова Мария Ильинична", "unmatched", False, ["specialist"]),
    "weak": ("Клёнов Д. А.", "Клёнов Денис Артёмович", "weak", True, ["specialist"]),
    "conflict": ("Ветров С. Н.", "Ветров Сергей Николаевич", "conflict", True, ["specialist"]),
    "absent": ("Громова Л. О.", "Громова Лидия Олеговна", "limited", True, ["specialist"]),
    "checking": ("Лесная В. Р.", "Лесная Вера Романовна", "checking", True, ["specialist"]),
    "unverified": ("Ветрова М. Ю.", "Ветрова Мария Юрьевна", "unverified", False, []),
    "restricted": ("Ветрова М. Ю.", "Ветрова Мария Юрьевна", "restricted", False, []),
    "unconfirmed": ("Дымов Т. Е.", "Дымов Тимур Егорович", "unconfirmed", False, []),
    "org-admin": ("Полевой Р. Т.", "Полевой Роман Тимурович", "full", False, ["org_admin"]),
    "head": ("Речная О. В.", "Речная Ольга Викторовна", "full", False, ["head"]),
    "support": ("Романова Ю. А.", "Романова Юлия Алексеевна", "full", False, ["support"]),
    "support2": ("Киселёв М. И.", "Киселёв Максим Ильич", "full", False, ["support"]),
    "admin": ("Степной А. А.", "Степной Антон Андреевич", "full", False, ["admin"]),
    "org-staff": ("Озёрная Н. К.", "Озёрная Нина Кирилловна", "full", False, ["org_staff"]),
}

WEAK_FIELDS = [
    {
        "field": "last_name",
        "label": "Фамилия",
        "result": "equal",
        "own": "Клёнов",
        "register_masked": "К•••••",
    },
    {"field": "first_name", "label": "Имя", "result": "equal", "own": "Денис", "register_masked": "Д••••"},
    {
        "field": "patronymic",
        "label": "Отчество",
        "result": "weak",
        "explanation": "В одном источнике поле не заполнено.",
        "own": "Артёмович",
        "register_masked": None,
    },
    {
        "field": "birth_on",
        "label": "Дата рождения",
        "result": "equal",
        "own": "14.02.1986",
        "register_masked": "••.••.1986",
    },
]
EQUAL_FIELDS = [
    {"field": name, "label": label, "result": "equal", "own": None, "register_masked": None}
    for name, label in (
        ("last_name", "Фамилия"),
        ("first_name", "Имя"),
        ("patronymic", "Отчество"),
        ("birth_on", "Дата рождения"),
    )
]
CONFLICT_FIELDS = [
    {
        "field": "last_name",
        "label": "Фамилия",
        "result": "equal",
        "own": "Ветров",
        "register_masked": "В•••••",
    },
    {"field": "first_name", "label": "Имя", "result": "equal", "own": "Сергей", "register_masked": "С•••••"},
    {
        "field": "patronymic",
        "label": "Отчество",
        "result": "conflict",
        "explanation": "Значения разные.",
        "own": "Николаевич",
        "register_masked": "И••••••••",
    },
    {
        "field": "birth_on",
        "label": "Дата рождения",
        "result": "equal",
        "own": "02.07.1979",
        "register_masked": "••.••.1979",
    },
]


def me(key, *, consent):
    short_name, full_name, entry, _, roles = MEMBERS[key]
    last, first, patronymic = full_name.split()
    outcome = {"full": "exact", "weak": "weak", "conflict": "conflict", "limited": "not_found"}.get(entry)
    return {
        "person_id": uid(f"person-{key}"),
        "full_name": full_name,
        "short_name": short_name,
        "last_name": last,
        "first_name": first,
        "patronymic": patronymic,
        "birth_on": "1984-05-17",
        "snils_masked": "•••-•••-•45 ••",
        "snils": "112-233-445 95",
        "email": "orlova@example.org",
        "phone": "+7 900 000-00-00",
        "gender": "female",
        "citizenship": "РФ",
        "provider": "esia",
        "confirmed": entry != "unconfirmed",
        "entry": entry,
        "restrictions": ["must_change_password"] if entry == "restricted" else [],
        "match": {
            "outcome": outcome,
            "fields": {"full": EQUAL_FIELDS, "weak": WEAK_FIELDS, "conflict": CONFLICT_FIELDS}.get(entry, []),
            "matched_at": moment(-1),
            "reference": "7f3a90c1",
        }
        if outcome
        else None,
        "consent": {"granted": True, "text_version": "2025-09", "granted_at": moment(-240)}
        if consent
        else None,
        "roles": roles,
        "memberships": [],
        "login_at": moment(0),
        "previous_login_at": moment(-24),
        "specialist_id": uid("specialist") if entry in {"full", "weak"} else None,
    }


FETCHED = moment(-2)
CARD = {
    "specialist_id": uid("specialist"),
    "last_name": "Орлова",
    "first_name": "Анна",
    "patronymic": "Сергеевна",
    "snils_masked": "•••-•••-•45 ••",
    "birth_on": "1984-05-17",
    "gender": "female",
    "citizenship": "РФ",
    "updated_at": moment(-24 * 3),
    "fetched_at": FETCHED,
    "register_version": 7,
    "educations": [
        {
            "kind": "higher",
            "institution": "Северный медицинский университет",
            "specialty_name": "Лечебное дело",
            "series": "ВСА",
            "number": "0567321",
            "issued_on": "2007-06-28",
        }
    ],
    "certificates": [
        {
            "document_kind": "certificate",
            "exam_on": "2015-12-18",
            "specialty_key": "VO-042",
            "specialty_name": "Кардиология",
            "series": "0177",
            "number": "0123456",
            "issued_on": "2015-12-20",
            "valid_until": "2020-12-20",
        }
    ],
    "accreditations": [
        {
            "document_kind": "accreditation",
            "specialty_key": "VO-042",
            "specialty_name": "Кардиология",
            "kind": "periodic",
            "series": "7726",
            "number": "031524876",
            "exam_on": day(-400),
            "issued_on": day(-390),
            "valid_until": day(1425),
            "register_number": "77000121",
            "protocol_number": "2510-121",
        }
    ],
    "employments": [
        {
            "employer_oid": "1.2.643.5.1.13.13.12.2.77.7007",
            "employer_name": "Городская больница № 7",
            "employer_short_name": "ГБ № 7",
            "employer_address": "г. Москва, ул. Лесная, д. 7",
            "region_code": "77",
            "region_name": "г. Москва",
            "position": "Врач-кардиолог",
            "department": "Кардиологическое отделение",
            "rate": "1.00",
            "kind": "main",
            "state_budget": True,
            "began_on": "2012-09-01",
            "ended_on": None,
        },
        {
            "employer_oid": "1.2.643.5.1.13.13.12.2.77.7112",
            "employer_name": "Городская поликлиника № 12",
            "employer_short_name": "ГП № 12",
            "employer_address": "г. Москва, Учебный пр-д, д. 12",
            "region_code": "77",
            "region_name": "г. Москва",
            "position": "Врач-терапевт участковый",
            "rate": "1.00",
            "kind": "main",
            "state_budget": True,
            "began_on": "2008-09-01",
            "ended_on": "2012-08-31",
        },
    ],
    "categories": [
        {
            "specialty_name": "Кардиология",
            "name": "Первая",
            "assigned_on": "2022-04-14",
            "valid_until": "2027-04-14",
        }
    ],
    "nominations": [
        {
            "name": "Нагрудный знак «Отличник здравоохранения»",
            "number": "10417",
            "awarded_on": "2019-06-11",
        }
    ],
    "parts": [
        {"part": part, "source": "frmr", "fetched_at": fetched_at, "register_version": "7"}
        for part, fetched_at in {
            "person": FETCHED,
            "former_names": FETCHED,
            "common_education": None,
            "professional_education": FETCHED,
            "postgraduate_education": moment(-24 * 40),
            "additional_education": FETCHED,
            "certificates": FETCHED,
            "accreditations": FETCHED,
            "employments": FETCHED,
            "categories": moment(-24 * 9),
            "nominations": FETCHED,
        }.items()
    ],
}
