from __future__ import annotations

from contextlib import ExitStack

from sandbox.vendors.canvas.throttle import Bucket


def test_sequential_requests_never_fill_the_bucket():
    bucket = Bucket()
    for _ in range(200):
        with bucket.hold() as room:
            assert room
    assert bucket.remaining > 580


def test_a_dozen_parallel_requests_fill_the_bucket():
    bucket = Bucket()
    with ExitStack() as stack:
        rooms = [stack.enter_context(bucket.hold()) for _ in range(14)]
    assert rooms.count(True) in (12, 13)  # it leaks a little meanwhile
    assert rooms[-1] is False
    with bucket.hold() as room:
        assert room


def test_a_request_to_a_full_bucket_is_refused_as_by_canvas(sandbox, canvas):
    for status, body in (
        (403, "403 Forbidden (Rate Limit Exceeded)\n"),
        (429, "429 Too Many Requests (Rate Limit Exceeded)\n"),
    ):
        sandbox.reset()
        assert float(canvas("courses").headers["X-Rate-Limit-Remaining"]) > 550
        sandbox.fault(str(status), server="canvas", throttled=1)
        reply = canvas("courses")
        assert (reply.status_code, reply.text) == (status, body)
        assert float(reply.headers["X-Rate-Limit-Remaining"]) > 0
