"""The protection of Rollbook's forms: a page of another site can't send a form with this person's cookie.

Airflow's cookie is SameSite=Lax, and Airflow guards a POST by nothing else. Rollbook adds two checks. A form carries a
token that only a page given to this person has. The browser's own headers say where the request comes from.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.configuration import conf
from fastapi import HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

FIELD = "token"
_SECONDS = 12 * 60 * 60  # a page that is left open for a working day


def token_for(user: BaseUser) -> str:
    """Return the token for a form that is given to this person."""
    return _serializer().dumps(user.get_id())


def refuse_foreign(request: Request, user: BaseUser, token: str) -> None:
    """Raise HTTPException 403 unless the request is a form that Rollbook gave to this person."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "the form comes from another site")
    origin = request.headers.get("origin")
    # Behind a proxy the host may be another name; `null` is the origin of a frame that is not trusted.
    ours = {request.headers.get("host"), urlsplit(conf.get("api", "base_url", fallback="")).netloc} - {""}
    if origin and urlsplit(origin).netloc not in ours:
        raise HTTPException(403, "the form comes from another site")
    try:
        given_to = _serializer().loads(token, max_age=_SECONDS)
    except BadSignature:
        raise HTTPException(403, "the form is too old, or not from Rollbook: load the page again") from None
    if given_to != user.get_id():
        raise HTTPException(403, "the form was given to somebody else: load the page again")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="rollbook.form")
