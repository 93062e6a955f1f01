"""The stylesheet and the script; nothing comes from another host."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse

from rollbook_pages.guard import SignedIn

router = APIRouter()
_HERE = Path(__file__).parents[1] / "assets"
_TYPES = {"rollbook.css": "text/css", "rollbook.js": "text/javascript"}


@router.get("/assets/{name}")
def asset(name: Literal["rollbook.css", "rollbook.js"], _here: SignedIn) -> FileResponse:
    """Return the stylesheet or the script; the browser caches it for five minutes."""
    return FileResponse(_HERE / name, media_type=_TYPES[name], headers={"Cache-Control": "private, max-age=300"})
