"""Where key, base URL, proxy and certificates come from; only this reads the environment."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from .config_keys import API_KEY, BASE_URL, BASE_URL_SETTINGS
from .errors import ConfigurationError
from .redaction import KEY, hide, without_credentials

KEYWORDSAI_URL = "https://api.keywordsai.co"
RESPAN_URL = "https://api.respan.ai"
DEFAULT_DEADLINE = 300.0

_LABEL = re.compile(r"[\w-]{1,63}")  # between the dots of a host name
_OVERRIDE = "KEYWORDSAI_API_KEY_OVERRIDE"
_NO_KEY = (
    f"No Keywords AI API key. Run `pulumi config set --secret {API_KEY} KEY`, "
    "or set KEYWORDSAI_API_KEY."
)


@dataclass(frozen=True)
class Settings:
    """How to reach the API: key, base URL, and how long a call may take (seconds).

    `api_key` is None where none was found, so that a preview can continue without one; `key_origin`
    and `base_url_origin` describe where the two came from. From then on no message shows the key.
    """

    api_key: str | None = field(repr=False)
    key_origin: str
    base_url: str
    deadline: float = DEFAULT_DEADLINE
    base_url_origin: str = "the default"

    def __post_init__(self) -> None:
        hide(self.api_key, KEY)

    def require_key(self) -> str:
        """Return the key; without one, raises ConfigurationError that says how to set it."""
        if self.api_key is None:
            raise ConfigurationError(_NO_KEY)
        return self.api_key


def resolve(
    config: Callable[[str], str | None] = lambda _key: None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Find key and base URL; `config` looks up full keys of stack or provider configuration.

    Configuration beats the environment, which would give two accounts one key. Only
    KEYWORDSAI_API_KEY_OVERRIDE beats configuration, because `refresh` and `destroy` take it from
    the state, where a rotated key is the old one. Raises ConfigurationError for a base URL that is
    not a URL or would send the key unencrypted.
    """
    key, origin = _first(
        (environ.get(_OVERRIDE), _OVERRIDE),
        (config(API_KEY), API_KEY),
        (environ.get("KEYWORDSAI_API_KEY"), "KEYWORDSAI_API_KEY"),
        (environ.get("RESPAN_API_KEY"), "RESPAN_API_KEY"),
    )
    url, url_origin = _first(
        (config(BASE_URL), BASE_URL),
        (environ.get("KEYWORDSAI_BASE_URL"), "KEYWORDSAI_BASE_URL"),
        (environ.get("RESPAN_BASE_URL"), "RESPAN_BASE_URL"),
        (RESPAN_URL if origin == "RESPAN_API_KEY" else KEYWORDSAI_URL, "the default"),
    )
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(f"The API key in {origin} contains characters that no key has.")
    return Settings(
        api_key=key or None,
        key_origin=origin,
        base_url=base_url(url),
        deadline=_seconds(environ.get("KEYWORDSAI_DEADLINE", "")),
        base_url_origin=url_origin,
    )


def debugging(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether tracebacks are wanted: KEYWORDSAI_DEBUG=1."""
    return environ.get("KEYWORDSAI_DEBUG", "") not in {"", "0"}


class Variable(NamedTuple):
    """An environment variable that is set: its value and its name."""

    value: str
    name: str


def certificates(environ: Mapping[str, str] = os.environ) -> Variable | None:
    """Return where the trusted certificates are: SSL_CERT_FILE, then SSL_CERT_DIR."""
    value, name = _first(*((environ.get(name), name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    return Variable(value, name) if value else None


def proxy(url: str) -> Variable | None:
    """Return the proxy for an address, if any; loopback never has one.

    Variables are read as everywhere in Python: HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY, and
    NO_PROXY for hosts without one, each in lower case first. Raises ConfigurationError for a value
    that is not the address of a proxy. From then on no message shows its password.
    """
    # This import takes as long as everything else here, and only a request needs it.
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    parts = urlsplit(url)
    host = parts.netloc.rstrip(":")
    if parts.port is None:  # NO_PROXY may name the port anyway
        host += ":80" if parts.scheme.lower() == "http" else ":443"
    if _loopback(parts.hostname or "") or proxy_bypass(host):
        return None
    found = getproxies()
    kind = next((kind for kind in (parts.scheme.lower(), "all") if found.get(kind)), None)
    if kind is None:
        return None
    named = (f"{kind}_proxy", f"{kind}_proxy".upper())
    variable = next((name for name in named if os.environ.get(name)), "the system's settings")
    address = found[kind] if "://" in found[kind] else f"http://{found[kind]}"
    return Variable(_proxy_address(address, variable), variable)


def _proxy_address(address: str, variable: str) -> str:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    hide(password or user, "[password]")  # a user without a password is a token
    if user or password:
        hide(b64encode(f"{user}:{password}".encode()).decode(), "[password]")
    if not host:
        raise ConfigurationError(
            f"The proxy in {variable} is not an address (not shown, it may contain a password); "
            "set it to one like http://proxy.example:3128, or unset it."
        )
    if parts.scheme not in {"http", "https", "socks5", "socks5h"}:
        raise ConfigurationError(
            f"The proxy in {variable} has an unknown scheme, {parts.scheme}://; set it to an "
            "address like http://proxy.example:3128, or unset it."
        )
    return address


def base_url(text: str) -> str:
    """Return a base URL in its normal form, without a trailing slash or `/api`.

    The vendor's own packages accept it with and without `/api`, and strip that too. No message
    shows any part that may be a password.
    """
    # An @ may follow a password even where it is escaped or full-width.
    meant = normalize("NFKC", unquote(text))
    if "@" in meant:
        raise ConfigurationError(
            f"The base URL {without_credentials(meant)} was given with a user name or password "
            "before an @; remove that."
        )
    url = text.strip().rstrip("/").removesuffix("/api").rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    shown = without_credentials(text)
    written = url.isprintable() and " " not in url
    if not (host and written and _is_host(host)) or parts.scheme not in {"http", "https"}:
        which = repr(shown) if "://" in shown else "(not shown, because it may be a key)"
        raise ConfigurationError(
            f"The base URL {which} is not an address; set {BASE_URL_SETTINGS} to "
            f"one like {KEYWORDSAI_URL}."
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(f"The base URL {shown} continues after a ? or #; remove that.")
    if parts.scheme == "http" and not _loopback(host):
        raise ConfigurationError(
            f"The base URL {url} would send the API key unencrypted; use https:// or a loopback "
            "address."
        )
    return url


def _is_host(host: str) -> bool:
    """Return whether a host name is well-formed, so that an impossible one is not looked up."""
    try:
        if ":" in host:
            return bool(ip_address(host))
        labels = [
            label[4:].encode().decode("punycode") if label.startswith("xn--") else label
            for label in host.removesuffix(".").split(".")
        ]
    except ValueError:
        return False
    return all(map(_LABEL.fullmatch, labels))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _first(*candidates: tuple[str | None, str]) -> tuple[str, str]:
    for value, origin in candidates:
        if value and value.strip():
            return value.strip(), origin
    return "", ""


def _seconds(text: str) -> float:
    try:
        seconds = float(text or DEFAULT_DEADLINE)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise ConfigurationError("KEYWORDSAI_DEADLINE must be a number of seconds above 0.")
    return seconds
