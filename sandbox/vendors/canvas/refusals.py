"""Canvas's words for a refusal; their bodies have many forms."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sandbox.vendors.accidents import PAGE
from sandbox.vendors.collection import encode
from sandbox.vendors.faults import Fault

_TOKEN = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
_FORBIDDEN = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
_NO_TOKEN = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}


class Refused(Exception):
    """A request that isn't answered: a status, and a body of its own or the usual one."""

    def __init__(self, status: int, body: Any = None, *, token: bool = False) -> None:
        super().__init__(str(status))
        self.status, self.body, self.token = status, body, token


def no_token() -> Refused:
    return Refused(401, _NO_TOKEN, token=True)


def bad_token() -> Refused:
    return Refused(401, _errors("Invalid access token."), token=True)


def forbidden(status: int) -> Refused:
    """Not permitted: without the header, so that it is told from a bad token where both are 401."""
    return Refused(status, _FORBIDDEN)


def invalid(attribute: str, message: str, status: int = 400) -> Refused:
    """Something that can't be saved, and which of its attributes is to blame."""
    return Refused(status, {"errors": {attribute: [{"attribute": attribute, "type": "invalid", "message": message}]}})


def throttled(status: int, remaining: float) -> Response:
    """Too many requests at once; the remaining number may well be above zero."""
    title = "429 Too Many Requests" if status == 429 else "403 Forbidden"
    headers = {"X-Rate-Limit-Remaining": str(round(remaining, 4))}
    return PlainTextResponse(f"{title} (Rate Limit Exceeded)\n", status, headers)


def say(error: Refused) -> Response:
    """A refusal as a response."""
    body = error.body if error.body is not None else _errors("The specified resource does not exist.")
    return Response(encode(body), error.status, _TOKEN if error.token else None, "application/json")


def refuse(status: int, fault: Fault) -> Response:
    """The same for a fault that was switched on; 403 is the bucket's if it says `"throttled": 1`."""
    if status == 429 or (status == 403 and fault.values.get("throttled")):
        return throttled(status, fault.number("remaining", 3.14))
    if status in (502, 503, 504):
        return HTMLResponse(PAGE.format("502 Bad Gateway"), status)
    if status >= 500:
        failure = {"message": "An error occurred.", "error_code": "internal_server_error"}
        return Response(encode({"errors": [failure], "error_report_id": 123}), status, None, "application/json")
    taken = Refused(409, {"message": "Assignment with the given sis_source_id already exists"})
    known = {401: bad_token(), 403: forbidden(403), 404: Refused(404), 409: taken}
    return say(known.get(status, Refused(status, {"message": "refused"})))


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}
