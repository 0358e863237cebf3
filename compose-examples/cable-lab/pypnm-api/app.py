"""The spectrum API: sums up the captures that cable modems upload to the lab's TFTP server."""

import csv
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = os.environ.get("HOST", "0.0.0.0")
PORT = int(os.environ.get("PORT", "8000"))
TFTP_ROOT = Path(os.environ.get("TFTP_ROOT", "/var/lib/tftpboot"))
MAX_BODY = 64 * 1024

OPENAPI = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
TYPES = {"object": dict, "string": str, "array": list, "boolean": bool}


def violations(schema, value, at="body"):
    """What of `value` the schema forbids, as sentences; of JSON Schema, the keywords that openapi.json uses."""
    if not isinstance(value, TYPES[schema["type"]]):
        return [f"{at} is not of type {schema['type']}"]
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        return [f"{at} is shorter than {schema['minLength']}"]
    found = [f"{at}.{name} is required" for name in schema.get("required", []) if name not in value]
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            found += violations(inner, value[name], f"{at}.{name}")
    return found


def newest_capture():
    """The newest capture in the TFTP tree, summed up. OSError where the tree cannot be read or holds none."""
    captures = [path for path in (TFTP_ROOT / "captures").iterdir() if path.suffix == ".csv"]
    if not captures:
        raise OSError(f"no captures in {TFTP_ROOT}/captures")
    path = max(captures, key=lambda each: each.stat().st_mtime)
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(int(row["frequency_hz"]), float(row["power_dbmv"])) for row in csv.DictReader(file)]
    if not rows:
        raise OSError(f"{path.name} is empty")
    frequency, power = max(rows, key=lambda row: row[1])
    return {"capture": path.name, "points": len(rows), "peak": {"frequency_hz": frequency, "power_dbmv": power}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        if self.path == "/openapi.json":
            self.reply(200, OPENAPI)
        elif self.path == "/health":
            try:
                newest_capture()
                self.reply(200, {"status": "healthy"})
            except OSError as error:
                self.reply(503, {"status": "unhealthy", "reason": str(error)})
        else:
            self.reply(404, {"error": "not found"})

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self.reply(413, {"error": "body missing or too large"})
            return
        body = self.rfile.read(length)
        if self.path != "/capture":
            self.reply(404, {"error": "not found"})
            return
        try:
            request = json.loads(body)
        except ValueError as error:
            self.reply(422, {"error": "not JSON", "detail": [str(error)]})
            return
        wrong = violations(OPENAPI["components"]["schemas"]["CaptureRequest"], request)
        if wrong:
            self.reply(422, {"error": "the request does not match its schema", "detail": wrong})
            return
        try:
            self.reply(200, newest_capture())
        except OSError as error:
            self.reply(503, {"error": "no capture can be read", "detail": [str(error)]})

    def reply(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), which this very thread runs: it needs another.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"spectrum API on {HOST}:{PORT}, captures from {TFTP_ROOT}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
