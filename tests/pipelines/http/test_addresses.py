from __future__ import annotations

import pytest

from pipelines.errors import SettingsInvalid, SourceIncomplete
from pipelines.http.addresses import origin


def test_an_origin_is_scheme_host_and_port_regardless_of_case() -> None:
    assert origin("HTTPS://API.Vendor.example/v3?x=1", "v") == ("https", "api.vendor.example", 443)
    assert origin("https://api.vendor.example:443", "v") == origin("https://api.vendor.example/", "v")
    assert origin("http://[::1]:8080/x", "v") == ("http", "::1", 8080)


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.example",
        "https://good.example@evil.example",
        "https://good.example\\@evil.example",
        "https://evil.example\\.good.example",
        "https://good.example /x",
        "https://good.example\t.evil.example",
        "https://[::1",
        "https:///path",
        "//good.example",
        "file:///x",
    ],
)
def test_an_ambiguous_or_insecure_address_is_refused(url: str) -> None:
    with pytest.raises(SourceIncomplete):
        origin(url, "v", SourceIncomplete)
    with pytest.raises(SettingsInvalid):
        origin(url, "v")
