"""Call one vendor's API over HTTP: retry failures that may pass, and never log or quote an answer's content.

The client sends credentials to the configured scheme, host and port only, and follows no redirect. It retries what may
pass: a throttle, a vendor's failure, a broken connection, a cut body, a page of HTML. It raises every other failure.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any
from urllib.parse import urljoin

import requests
import tenacity
import urllib3
from requests.auth import AuthBase

from pipelines.errors import ContractBroken, CredentialsRefused, SourceIncomplete, SourceUnavailable
from pipelines.http.addresses import LOOPBACK, origin
from pipelines.http.rate_limit import asked_wait, pause
from pipelines.http.retry_policy import RetryPolicy

log = logging.getLogger(__name__)

_PASSING = {408, 500, 502, 503, 504, 520, 521, 522, 523, 524}  # failures of the vendor that may pass
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Answer:
    """A vendor's answer: `body` as received, `document` as parsed JSON (None if the body is not JSON)."""

    status: int
    headers: Mapping[str, str]  # the case of header names does not matter
    body: bytes = field(repr=False)
    document: Any = field(repr=False)


class Bearer(AuthBase):
    """A token in the Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token to a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Passing(Exception):
    """A failure that may pass. `wait`: seconds the vendor asks for. `undone`: the vendor certainly did nothing."""

    def __init__(self, what: str, wait: float | None = None, *, undone: bool = False) -> None:
        super().__init__(what)
        self.what, self.wait, self.undone = what, wait, undone


class Client:
    """One vendor's API for one pull. Several threads may use it; each thread has its own connection.

    `base` is an address. A target that begins with a slash is joined to its host, any other target to all of `base`.
    If a 401 refuses the credentials, `renew` returns new ones (once per refusal). If the vendor sends no 429,
    `is_throttled` recognises a throttle by status and body. `usage` returns the counts of requests and waits.
    """

    def __init__(
        self,
        name: str,
        base: str,
        auth: AuthBase | None = None,
        retry_policy: RetryPolicy | None = None,
        renew: Callable[[], AuthBase] | None = None,
        is_throttled: Callable[[int, bytes], bool] | None = None,
    ) -> None:
        self.name, self.base, self.retry_policy = name, f"{base.rstrip('/')}/", retry_policy or RetryPolicy()
        self._auth, self._renew, self._is_throttled = auth, renew, is_throttled
        self._origin = origin(self.base, name)
        self._local, self._lock, self._turn = threading.local(), threading.Lock(), threading.Lock()
        self._sessions: list[requests.Session] = []
        self._generation, self._not_before, self._began = 0, 0.0, monotonic()
        self._counts = {"requests": 0, "retries": 0, "bytes": 0}
        self._waited = 0.0

    def __enter__(self) -> Client:
        """Begin a pull."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        for session in self._sessions:
            session.close()

    def usage(self) -> dict[str, Any]:
        """Return the pull's counts so far: requests, retries, bytes, seconds, and the seconds spent waiting."""
        seconds = round(monotonic() - self._began, 3)
        return {**self._counts, "seconds": seconds, "waited_seconds": round(self._waited, 3)}

    def get(self, target: str, params: Mapping[str, Any] | None = None, expected: Collection[int] = ()) -> Answer:
        """Get a JSON document. `expected` holds the statuses of refusals that the caller handles itself.

        Raises SourceUnavailable, CredentialsRefused, ContractBroken (a refusal, or an answer that is too large),
        SourceIncomplete (a redirect, or a link to another host).
        """
        return self._ask("GET", target, expected, params=dict(params or {}))

    def post(self, target: str, form: Mapping[str, Any], expected: Collection[int] = ()) -> Answer:
        """Post a form, with the errors of `get`."""
        return self._ask("POST", target, expected, data=dict(form))

    def send(
        self, method: str, target: str, document: Any, expected: Collection[int] = (), *, repeatable: bool = True
    ) -> Answer:
        """Send a JSON document, with the errors of `get`.

        If a request is not `repeatable`, the client retries it only if the vendor certainly did nothing. Otherwise it
        raises SourceUnavailable: the vendor may have carried out the request, and the caller checks.
        """
        return self._ask(method, target, expected, repeatable, json=document)

    def _ask(
        self, method: str, target: str, expected: Collection[int], repeatable: bool = True, **content: Any
    ) -> Answer:
        url = self._address(target)
        retry_policy, generation = self.retry_policy, self._generation
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(retry_policy.attempts)
            | tenacity.stop_after_delay(retry_policy.in_all_seconds)
            | (lambda state: not (repeatable or self._passing(state).undone)),  # type: ignore[operator]
            wait=self._wait,
            before_sleep=self._count_retry,
            retry_error_callback=self._give_up,
        )
        answer: Answer = retrying(self._once, method, url, expected, **content)
        if answer.status == 401 and self._renew and 401 not in expected:
            self._renew_once(generation)
            answer = retrying(self._once, method, url, expected, **content)
        return self._judge(answer, expected)

    def _address(self, target: str) -> str:
        """Join a target to the base; raise SourceIncomplete for another host, so that no token is sent there."""
        elsewhere = SourceIncomplete(
            f"{self.name}: a link leads to another host; Rollbook does not follow the link",
            fix="if the API has moved, correct the connection; else ask the vendor",
        )
        try:
            url = urljoin(self.base, target)
        except ValueError:
            raise elsewhere from None
        if origin(url, self.name, SourceIncomplete) != self._origin:
            raise elsewhere
        return url

    def _once(self, method: str, url: str, expected: Collection[int], **content: Any) -> Answer:
        self._await_turn()
        limits = (self.retry_policy.connect_seconds, self.retry_policy.silent_seconds)
        with self._lock:
            self._counts["requests"] += 1
        try:
            sent = self._session().request(
                method, url, auth=self._auth or _unsigned, timeout=limits, stream=True, allow_redirects=False, **content
            )
            with closing(sent):
                body = self._read(sent)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The library's own message quotes the whole address, so it is not passed on.
            raise _Passing(_name_failure(error)) from None
        return self._understand(sent, body, expected)

    def _read(self, sent: requests.Response) -> bytes:
        deadline, body = monotonic() + self.retry_policy.body_seconds, bytearray()
        while piece := sent.raw.read1(_AT_ONCE, decode_content=True):
            body += piece
            if len(body) > self.retry_policy.body_bytes:
                raise ContractBroken(f"{self.name}: an answer is too large", fix="ask the vendor")
            if monotonic() > deadline:
                raise _Passing("an answer came too slowly")
        with self._lock:
            self._counts["bytes"] += len(body)
        return bytes(body)

    def _understand(self, sent: requests.Response, body: bytes, expected: Collection[int]) -> Answer:
        status = sent.status_code
        self._note_window(sent.headers)
        document = _parse(body)
        answer = Answer(status, sent.headers, body, document)
        if status == 429 or (self._is_throttled and self._is_throttled(status, body)):
            raise _Passing("throttled", asked_wait(sent.headers), undone=True)
        if status in expected:
            return answer
        if status in _PASSING:
            raise _Passing(f"status {status}", asked_wait(sent.headers) if status == 503 else None)
        if status < 300 and document is None:
            raise _Passing("an answer that is not JSON")
        return answer

    def _judge(self, answer: Answer, expected: Collection[int]) -> Answer:
        status = answer.status
        if status in expected or status < 300:
            return answer
        if status < 400:
            raise SourceIncomplete(
                f"{self.name}: a request was redirected; Rollbook follows no redirect",
                fix="if the API has moved, correct the connection's host",
            )
        if status in (401, 403):
            raise CredentialsRefused(
                f"{self.name} refused Rollbook's credentials (status {status})",
                fix="renew the connection's credentials",
            )
        raise ContractBroken(f"{self.name} refused a request (status {status})", fix="see the vendor's page")

    def _renew_once(self, generation: int) -> None:
        """Fetch new credentials, unless another thread has fetched them since the request was sent."""
        with self._turn:
            if self._generation == generation and self._renew:
                self._auth = self._renew()
                self._generation += 1

    def _session(self) -> requests.Session:
        """Return this thread's session; open it on first use."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            # Requests to loopback may be plain http: a proxy from the environment would read them.
            self._local.session.trust_env = self._origin[1] not in LOOPBACK
            with self._lock:
                self._sessions.append(self._local.session)
        session: requests.Session = self._local.session
        return session

    def _note_window(self, headers: Mapping[str, str]) -> None:
        """Delay later requests if the vendor's window or bucket is nearly used up: several threads may send some."""
        wait = pause(headers, len(self._sessions))
        if wait:
            with self._lock:
                self._not_before = max(self._not_before, monotonic() + min(wait, self.retry_policy.longest_wait))

    def _await_turn(self) -> None:
        wait = self._not_before - monotonic()
        if wait > 0:
            self._note_wait(wait, "the rate limit is reached")
            sleep(wait)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        asked, retry_policy = self._passing(state).wait, self.retry_policy
        if asked is not None:
            return min(asked, retry_policy.longest_wait) + tenacity.wait_random(0, 0.5)(state)
        backoff = tenacity.wait_exponential(retry_policy.backoff_seconds, max=retry_policy.longest_wait)
        return backoff(state) + tenacity.wait_random(0, retry_policy.backoff_seconds)(state)

    def _passing(self, state: tenacity.RetryCallState) -> _Passing:
        error = state.outcome.exception() if state.outcome else None
        return error if isinstance(error, _Passing) else _Passing("unknown")

    def _count_retry(self, state: tenacity.RetryCallState) -> None:
        with self._lock:
            self._counts["retries"] += 1
        self._note_wait(state.upcoming_sleep, self._passing(state).what)

    def _note_wait(self, seconds: float, why: str) -> None:
        with self._lock:
            self._waited += seconds
            requests_so_far = self._counts["requests"]
        log.info("%s: %s; waiting %.1f s after request %d", self.name, why, seconds, requests_so_far)

    def _give_up(self, state: tenacity.RetryCallState) -> Answer:
        what = self._passing(state).what
        raise SourceUnavailable(
            f"{self.name}: {what}, {state.attempt_number} times in a row", fix="nothing; Rollbook tries again later"
        ) from None


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request  # without an auth function, requests would read credentials from a .netrc file


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def _name_failure(error: Exception) -> str:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return "no trusted TLS connection"
    return "the connection broke"
