"""The servers of these tests: a client that hangs up costs them nothing."""

import socket
import threading
import time

import pytest
from harness.raw_server import byte_server


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_connection_ends_with_its_client(sent: bytes) -> None:
    """No thread goes on reading from a client that has hung up, before, in or after a request."""
    before = threading.active_count()
    with byte_server(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(sent)
        deadline = time.monotonic() + 10
        while threading.active_count() > before + 1:  # which accepts connections
            assert time.monotonic() < deadline
            time.sleep(0.01)
