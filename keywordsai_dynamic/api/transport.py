"""The only module that speaks HTTP: one request and its answer, within a deadline.

httpx applies its timeouts to each read, so a service that trickles its answer outlasts them. An
event loop can end an exchange at any moment, so exchanges run on one, in a separate thread.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from importlib.metadata import version
from threading import Lock, Thread
from typing import Any
from weakref import finalize

import httpx

from ..core.config_keys import BASE_URL_SETTINGS
from ..core.errors import APIConnectionError, ConfigurationError, KeywordsAIError
from ..core.settings import Settings, Variable, certificates, proxy
from .answers import Answer
from .bodies import LARGEST_ANSWER, unpacked
from .service_words import described, shortened

# Longest silence of each kind; the deadline ends exchanges that are merely slow.
_SILENCE = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}
_UNKNOWN_ISSUER = {18, 19, 20, 21}  # OpenSSL's X509_V_ERR_…, which another certificate would fix
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")  # the only names that OpenSSL looks up in a folder


class Transport:
    """Connections to one host, kept open for all threads until `close`.

    Raises ConfigurationError without a key, or for a proxy or certificates that cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url
        self._proxy = proxy(settings.base_url)
        self._lock = Lock()
        self._closed = False
        self._headers = {
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "keep-alive",
            "Authorization": f"Bearer {settings.require_key()}",
            "User-Agent": f"keywordsai-dynamic/{version('keywordsai-dynamic')}",
        }
        self._http = _connections(settings.base_url, self._proxy)
        self._loop, over = asyncio.new_event_loop(), asyncio.Event()
        self._loop.set_default_executor(_Resolver())
        serving = (self._loop, self._http, over)
        self._thread = Thread(target=_serve, args=serving, name="keywordsai-http", daemon=True)
        self._thread.start()
        # The thread holds no reference to this object, so it also ends where nobody calls `close`.
        # The process does not wait for it.
        self._stop = finalize(self, self._loop.call_soon_threadsafe, over.set)
        self._stop.atexit = False

    def close(self) -> None:
        """Close the connections, and cancel exchanges in progress."""
        with self._lock:
            self._closed = True
            self._stop()
        self._thread.join()

    def exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float
    ) -> Answer | APIConnectionError:
        """Send one request and read its answer, within `seconds`.

        Returns an APIConnectionError where another try may help, and raises it where none will: the
        time is up, or the host's certificate is not trusted. Raises KeywordsAIError for a request
        that cannot be sent at all.
        """
        address = f"{self._base_url}{path}"
        call = described(f"{method} {address}")
        if seconds <= 0:
            raise APIConnectionError(f"{call} was not sent: the call's time is up.")
        try:
            request = httpx.Request(
                method,
                address,
                headers=self._headers,
                json=body,
                extensions={"timeout": _SILENCE},
            )
        # ValueError comes from JSON and from internationalized names.
        except (httpx.InvalidURL, ValueError) as error:
            reason = shortened(str(error)).rstrip(".")
            raise KeywordsAIError(f"{call} cannot be sent: {reason}.") from None
        with self._lock:
            if self._closed:
                return APIConnectionError(f"{call} was not sent: the client is closed.")
            # Under the lock, so that the loop gets it before the order to stop.
            fetch = _fetch(self._http, request, call, seconds)
            fetching = asyncio.run_coroutine_threadsafe(fetch, self._loop)
        try:
            status, headers, content = fetching.result()
        except TimeoutError:
            raise APIConnectionError(
                f"{call} had no answer within {seconds:.3g} s. Check the network, or try again "
                "later."
            ) from None
        except CancelledError:
            raise APIConnectionError(f"{call} was canceled by `close`.") from None
        except KeywordsAIError:
            raise
        except Exception as error:  # noqa: BLE001  (any failure below becomes one sentence)
            return self._unreachable(error)
        finally:
            fetching.cancel()  # needed where Ctrl-C ended the wait
        try:
            return Answer(status, headers, unpacked(content, headers.get("content-encoding", "")))
        except ValueError as flaw:
            return Answer(status, headers, b"", flaw=str(flaw))

    def _unreachable(self, error: Exception) -> APIConnectionError:
        reason: Exception = error
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise self._untrusted(cause) from None
            if isinstance(cause, OSError):
                reason = cause
        why = str(reason) or type(reason).__name__
        if isinstance(error, httpx.TimeoutException):
            why = "it sent nothing for too long"
        elif isinstance(reason, OSError) and not isinstance(reason, ssl.SSLError):
            number = reason.errno or 0
            why = f"[Errno {number}] {os.strerror(number)}" if number > 0 else why
        variable = self._proxy.name if self._proxy else ""
        return APIConnectionError(
            f"{self._base_url} could not be reached{variable and f' through {variable}'}: "
            f"{shortened(why).rstrip('.')}. Check the network{variable and f', {variable}'} and "
            f"the base URL ({BASE_URL_SETTINGS})."
        )

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> APIConnectionError:
        sentence = f"{self._base_url} is not trusted: {error.verify_message.rstrip('.')}."
        if error.verify_code not in _UNKNOWN_ISSUER:
            return APIConnectionError(f"{sentence} Check the base URL ({BASE_URL_SETTINGS}).")
        variable = certificates()
        missing = (
            f" {variable.name} is set to {variable.value}, which does not cover it."
            if variable
            else ""
        )
        return APIConnectionError(
            f"{sentence}{missing} If you trust its issuer, set SSL_CERT_FILE to a file with the "
            "issuer's certificate (PEM)."
        )


def _connections(base_url: str, through: Variable | None) -> httpx.AsyncHTTPTransport:
    """Make the transport below httpx's client: no cookies, no redirects, no environment."""
    # Making a TLS context takes 0.04 s, and http:// (loopback) needs none.
    trust = _trust() if base_url.lower().startswith("https://") else False
    address, variable = through or (None, "")
    try:
        return httpx.AsyncHTTPTransport(verify=trust, proxy=address)
    except ImportError:
        raise ConfigurationError(
            f"The proxy in {variable} is a SOCKS proxy, which needs another package: "
            f"pip install 'httpx[socks]', or unset {variable}."
        ) from None
    except (httpx.InvalidURL, ValueError):
        raise ConfigurationError(
            f"The proxy in {variable} cannot be used (not shown, it may contain a password); "
            f"set {variable} to an address like http://proxy.example:3128, or unset it."
        ) from None


def _trust() -> ssl.SSLContext:
    variable = certificates()
    if variable is None:
        return httpx.create_ssl_context(trust_env=False)
    folder = variable.name == "SSL_CERT_DIR"
    try:
        if not folder:
            return ssl.create_default_context(cafile=variable.value)
        names = [name for each in variable.value.split(os.pathsep) for name in os.listdir(each)]
        if any(map(_HASHED.fullmatch, names)):
            return ssl.create_default_context(capath=variable.value)
        problem = "no certificate is named by its hash (run `openssl rehash`)"
    except ssl.SSLError:
        problem = "it contains no certificate"
    except OSError as error:
        problem = error.strerror or str(error)
    raise ConfigurationError(
        f"{variable.name} is {variable.value}: {problem}. Set it to a "
        f"{'folder' if folder else 'file'} "
        "of certificates (PEM), or unset it."
    )


def _serve(
    loop: asyncio.AbstractEventLoop, http: httpx.AsyncHTTPTransport, over: asyncio.Event
) -> None:
    """Run exchanges on a loop until `over` is set, then cancel them and close the loop."""

    async def until_over() -> None:
        await over.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await http.aclose()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(until_over())


async def _fetch(
    http: httpx.AsyncHTTPTransport, request: httpx.Request, call: str, seconds: float
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body as received; the body is still compressed."""
    content = bytearray()
    async with asyncio.timeout(seconds):
        response = await http.handle_async_request(request)
        try:
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise KeywordsAIError(f"{call} returned more than 64 MiB.")
        finally:
            await response.aclose()
    answered = {name.lower(): value for name, value in response.headers.items()}
    return response.status_code, answered, bytes(content)


class _Resolver(ThreadPoolExecutor):
    """Resolves host names in daemon threads: a process waits for the threads of a pool."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401  (the base class's)
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  (raised where the result is awaited)
                future.set_exception(error)

        Thread(target=work, daemon=True).start()
        return future


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes; of several attempts to connect, those of the first."""
    while error is not None:
        yield error
        several = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        error = several[0] if several else error.__cause__ or error.__context__
