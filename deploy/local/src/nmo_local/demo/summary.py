"""What stands after the start: addresses and people on the console, everything for scripts in `.local/demo.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.table import Table

from nmo_local import secret_files, system
from nmo_local.infra import Infra
from nmo_local.paths import DEMO_JSON
from nmo_local.report import console

PEOPLE = {
    "match": "врач-кардиолог, всё совпадает с регистром",
    "equivalent": "ё/е, регистр букв и дефис отличаются от регистра",
    "weak": "в регистре нет отчества: войдёт после подтверждения",
    "conflict": "в регистре другое отчество: вход остановлен, поле названо",
    "unconfirmed": "неподтверждённая учётная запись: объяснение, как подтвердить",
    "absent": "нет в регистре",
    "protocol": "аккредитация пройдена, свидетельства ещё нет",
    "before2016": "последний сертификат до 2016 года",
    "many": "две специальности, три места работы, смена фамилии",
    "foreign": "иностранный гражданин без отчества",
    "org-staff": "сотрудник образовательной организации",
    "org-admin": "администратор образовательной организации",
    "head": "руководитель медицинской организации",
    "hr": "кадровая служба медицинской организации",
    "support": "поддержка",
    "support2": "поддержка, второй сотрудник",
    "admin": "администратор портала",
}


def write(servers: Infra, made: Mapping[str, Any]) -> None:
    """Write `.local/demo.json` (mode 600: it holds the partner's credentials)."""
    addresses = {name: system.url(name) for name in system.PORTS}
    document = {
        "portal": system.PUBLIC_URL,
        "addresses": {**addresses, "smtp": f"127.0.0.1:{system.SMTP_PORT}"},
        "people": PEOPLE,
        "password": "sandbox",
        "clients": {
            "nmo-cli": {
                "type": "public",
                "redirect_uri": "http://127.0.0.1:8199/callback",
                "scopes": "openid profile api",
                "issuer": system.PUBLIC_URL,
            },
            system.PARTNER: {
                "type": "confidential",
                "client_secret": secret_files.password(f"client_{system.PARTNER}"),
                "scope": "partner",
                "token_url": f"{system.PUBLIC_URL}/oauth2/token",
            },
        },
        "broker": {"amqp": servers.amqp_url, "management": servers.amqp_admin_url},
        "postgres": servers.postgres_url,
        "organization_id": str(system.organization_id(1)),
        "journey": dict(made),
    }
    DEMO_JSON.touch(mode=0o600)
    DEMO_JSON.write_text(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def show_addresses() -> None:
    """Print where to look and who to be."""
    console.print()
    console.print(f"  [bold]Портал[/]            {system.PUBLIC_URL}")
    console.print(f"  Почта             {system.url('mailbox')}")
    console.print(f"  API               {system.PUBLIC_URL}/api/v1/openapi.json")
    console.print(f"  Контракты событий {system.PUBLIC_URL}/contracts/asyncapi.json")
    console.print()
    table = Table(box=None, padding=(0, 2), show_header=False)
    for key, words in PEOPLE.items():
        table.add_row(f"[cyan]{key}[/]", words)
    console.print("  Люди песочницы (пароль у всех [bold]sandbox[/]):")
    console.print(table)
    console.print("  [dim]Для программ всё это в .local/demo.json · остановить: make down[/]")
