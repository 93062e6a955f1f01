"""Every district of a sandbox and its keys: who a request comes from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import asdict, dataclass, field
from urllib.parse import quote

from sandbox.vendors.account import Account
from sandbox.vendors.canvas.throttle import Bucket
from sandbox.vendors.faults import Box


@dataclass(frozen=True)
class Keys:
    """What a district's connections need, invented from the seed; no key opens anything but this sandbox."""

    clever_client_id: str
    clever_client_secret: str
    clever_token: str
    clever_user_token: str
    classlink_consumer_key: str
    classlink_consumer_secret: str
    classlink_partner_key: str
    classlink_bearer: str
    classlink_application: str  # percent-escaped already
    oneroster_client_id: str
    oneroster_client_secret: str
    canvas_token: str


@dataclass
class Registry:
    """The districts, the same behind every vendor; the first is the one meant where none is named."""

    accounts: dict[str, Account]
    seed: int
    box: Box = field(default_factory=Box)
    addresses: dict[str, str] = field(default_factory=dict)  # server -> its base URL
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)  # Clever's token -> a minute, requests in it
    buckets: dict[str, Bucket] = field(default_factory=dict)  # Canvas's district -> how full it is
    keys: dict[str, Keys] = field(init=False)
    _owners: dict[tuple[str, str], str] = field(init=False)  # kind of key, key -> district

    def __post_init__(self) -> None:
        self.keys = {name: invent(self.seed, name) for name in self.accounts}
        self._owners = {(kind, key): name for name, keys in self.keys.items() for kind, key in asdict(keys).items()}

    def reset(self) -> None:
        """Every district as on its first night, every limit unused, every fault off."""
        self.box.switch_off()
        self.windows.clear()
        self.buckets.clear()
        for account in self.accounts.values():
            account.reset()

    def owner(self, kind: str, key: str) -> Account | None:
        """The district that a key belongs to."""
        name = self._owners.get((kind, key))
        return self.accounts[name] if name else None

    def bearer(self, kind: str, authorization: str) -> Account | None:
        """The district whose token a header carries."""
        scheme, _, token = authorization.partition(" ")
        return self.owner(kind, token.strip()) if scheme.lower() == "bearer" else None


def invent(seed: int, district: str) -> Keys:
    """The keys of a district. Those of the vendor's customer, us, are the same for all of them."""

    def made(name: str, digits: int, of: str = district) -> str:
        return hashlib.blake2b(f"{seed}/{of}/{name}".encode(), digest_size=digits // 2).hexdigest()

    bearer = made("bearer", 32)
    application = base64.b64encode(bytes.fromhex(made("application", 32))).decode()
    return Keys(
        clever_client_id=made("clever id", 20, ""),
        clever_client_secret=made("clever secret", 40, ""),
        clever_token=made("clever token", 40),
        clever_user_token=f"il{made('user token', 40)}",
        classlink_consumer_key=made("consumer key", 24),
        classlink_consumer_secret=made("consumer secret", 20),
        classlink_partner_key=made("partner", 40, ""),
        classlink_bearer=f"{bearer[:8]}-{bearer[8:12]}-{bearer[12:16]}-{bearer[16:20]}-{bearer[20:]}",
        classlink_application=quote(application, safe=""),
        oneroster_client_id=made("client id", 20),
        oneroster_client_secret=made("client secret", 40),
        canvas_token=f"{seed % 10_000}~{made('canvas', 64)}",
    )


def basic(authorization: str) -> tuple[str, str] | None:
    """User and password of a Basic header."""
    scheme, _, text = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if scheme.lower() == "basic" else None
