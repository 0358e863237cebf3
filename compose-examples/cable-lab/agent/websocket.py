"""The client's half of RFC 6455: text messages of bounded size over ws://, pings answered, no extensions."""

import base64
import hashlib
import os
import socket
from urllib.parse import urlsplit

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MAX_MESSAGE = 256 * 1024
CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA


class Closed(Exception):
    """The peer has gone, or said what the protocol forbids."""


class WebSocket:
    """An open connection to a ws:// URL. Raises OSError or Closed where there is none to be had."""

    def __init__(self, url, timeout):
        parts = urlsplit(url)
        if parts.scheme != "ws" or not parts.hostname:
            raise Closed(f"not a ws:// URL: {url}")
        address = (parts.hostname, parts.port or 80)
        self.socket = socket.create_connection(address, timeout=timeout)
        self.file = self.socket.makefile("rb")
        try:
            self._handshake(parts)
        except Exception:
            self.disconnect()
            raise

    def send(self, text):
        self._frame(TEXT, text.encode())

    def receive(self):
        """The next text message. Raises Closed at the end, TimeoutError if none comes in time."""
        message, started = b"", False
        while True:
            final, opcode, payload = self._read_frame()
            if opcode == CLOSE:
                raise Closed("closed by the server")
            if opcode == PING:
                self._frame(PONG, payload)
                continue
            if opcode == PONG:
                continue
            if opcode not in (TEXT, CONTINUATION) or (opcode == CONTINUATION) != started:
                raise Closed(f"unexpected frame of type {opcode}")
            started = True
            message += payload
            if len(message) > MAX_MESSAGE:
                raise Closed("message too large")
            if final:
                return message.decode("utf-8", errors="replace")

    def close(self):
        """Says good-bye, if anybody still listens, and disconnects."""
        try:
            self._frame(CLOSE, (1000).to_bytes(2, "big"))
        except OSError:
            pass
        self.disconnect()

    def disconnect(self):
        self.file.close()
        self.socket.close()

    def _handshake(self, parts):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        status = self.file.readline(4096)
        headers = {}
        while (line := self.file.readline(4096).strip()) and len(headers) < 100:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        expected = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())
        if b" 101 " not in status or headers.get(b"sec-websocket-accept") != expected:
            raise Closed(f"no WebSocket there: {status.decode(errors='replace').strip()}")

    def _read(self, count):
        data = self.file.read(count)
        if len(data) < count:
            raise Closed("connection lost")
        return data

    def _read_frame(self):
        first, second = self._read(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._read(2), "big")
        elif length == 127:
            length = int.from_bytes(self._read(8), "big")
        if second & 0x80 or length > MAX_MESSAGE:
            raise Closed("a frame that is masked or too large")
        return bool(first & 0x80), first & 0x0F, self._read(length)

    def _frame(self, opcode, payload):
        # A client masks every frame (RFC 6455, section 5.3).
        if len(payload) < 126:
            head = bytes([0x80 | opcode, 0x80 | len(payload)])
        else:
            head = bytes([0x80 | opcode, 0x80 | 127]) + len(payload).to_bytes(8, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)
