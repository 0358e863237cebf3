"""The server's half of RFC 6455: text messages of bounded size, pings answered, no extensions."""

import base64
import hashlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MAX_MESSAGE = 256 * 1024
CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA


class Closed(Exception):
    """The peer has gone, or said what the protocol forbids."""


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


class WebSocket:
    """A connection whose handshake is done, over a pair of binary files."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    def send(self, text):
        self._frame(TEXT, text.encode())

    def close(self, code=1000):
        self._frame(CLOSE, code.to_bytes(2, "big"))

    def receive(self):
        """The next text message. Raises Closed at the end."""
        message, started = b"", False
        while True:
            final, opcode, payload = self._read_frame()
            if opcode == CLOSE:
                self.close()
                raise Closed("closed by the peer")
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

    def _read(self, count):
        data = self.reader.read(count)
        if len(data) < count:
            raise Closed("connection lost")
        return data

    def _read_frame(self):
        first, second = self._read(2)
        if not second & 0x80:
            raise Closed("a client must mask its frames")
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._read(2), "big")
        elif length == 127:
            length = int.from_bytes(self._read(8), "big")
        if length > MAX_MESSAGE:
            raise Closed("frame too large")
        mask = self._read(4)
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self._read(length)))
        return bool(first & 0x80), first & 0x0F, payload

    def _frame(self, opcode, payload):
        if len(payload) < 126:
            head = bytes([0x80 | opcode, len(payload)])
        elif len(payload) < 1 << 16:
            head = bytes([0x80 | opcode, 126]) + len(payload).to_bytes(2, "big")
        else:
            head = bytes([0x80 | opcode, 127]) + len(payload).to_bytes(8, "big")
        self.writer.write(head + payload)
        self.writer.flush()
