"""The services that the backend stands on: the spectrum API and the key-value store."""

import socket
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from . import config

TIMEOUT = 3


def pypnm_is_up():
    try:
        with urlopen(f"{config.PYPNM_URL}/health", timeout=TIMEOUT) as response:
            return response.status == 200
    except (URLError, OSError):
        return False


def capture(body):
    """Passes a capture request on; returns the status and the body of the answer."""
    request = Request(f"{config.PYPNM_URL}/capture", data=body, headers={"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=TIMEOUT) as response:
            return response.status, response.read()
    except URLError as error:
        # An answer with an error status is one too.
        if hasattr(error, "code"):
            return error.code, error.read()
        return 502, b'{"error": "the spectrum API does not answer"}'
    except OSError:
        return 502, b'{"error": "the spectrum API does not answer"}'


def redis(*words):
    """Sends one command to the store and returns the first line of its reply. OSError where it is not there."""
    url = urlsplit(config.REDIS_URL)
    command = b"*%d\r\n" % len(words)
    command += b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (each.encode() for each in words))
    with socket.create_connection((url.hostname, url.port or 6379), timeout=TIMEOUT) as connection:
        connection.sendall(command)
        with connection.makefile("rb") as reply:
            return reply.readline(4096).rstrip(b"\r\n")


def redis_is_up():
    try:
        return redis("PING") == b"+PONG"
    except OSError:
        return False
