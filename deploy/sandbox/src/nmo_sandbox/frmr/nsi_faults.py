"""What can be wrong with a page of a reference book."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from nmo_sandbox.common.faults import FaultBoard


def damaged(
    board: FaultBoard, page: int, answer: dict[str, Any], rows: list[dict[str, str]]
) -> dict[str, Any] | Response:
    """The page as the faults that are on leave it."""
    lost = int(board.number("nsi_pages_lost"))
    if lost and page >= lost:
        return JSONResponse({"result": "ERROR", "resultText": "Сервис недоступен", "resultCode": 99}, 503)
    for number, row in enumerate(rows, 1):
        name = "NAMEFULL" if "NAMEFULL" in row else "NAME"
        if _hits(board, "nsi_garbled", number) and name in row:
            row[name] = row[name].encode().decode("cp1251", errors="replace")
        if _hits(board, "nsi_nameless", number):
            row.pop(name, None)
    if board.on("nsi_twice"):
        rows = [
            rows[number - 2] if number > 1 and _hits(board, "nsi_twice", number) else row
            for number, row in enumerate(rows, 1)
        ]
    if board.on("nsi_half_page"):
        rows = rows[: len(rows) // 2]
    answer["list"] = [[{"column": column, "value": value} for column, value in row.items()] for row in rows]
    if board.on("nsi_bytes"):
        body = json.dumps(answer, ensure_ascii=False).encode("cp1251", errors="replace")
        return Response(body, media_type="application/json; charset=utf-8")
    return answer


def _hits(board: FaultBoard, name: str, number: int) -> bool:
    every = int(board.number(name))
    return every > 0 and number % every == 0
