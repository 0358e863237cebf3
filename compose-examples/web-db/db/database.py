"""The database: tables of text in SQLite, over HTTP with a password, on a volume.

GET /TABLE lists the rows, POST /TABLE adds the body as one, GET /ready needs no password.
"""

import base64
import hmac
import json
import os
import re
import signal
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = int(os.environ.get("PORT", "7474"))
PASSWORD = os.environ["DB_PASSWORD"]
FILE = Path(os.environ.get("DATA_DIR", "/var/lib/notes")) / "notes.sqlite"
TABLE = re.compile(r"/([a-z]{1,32})")
MAX_BODY = 16 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        if self.path == "/ready":
            self.reply(200, {"ready": True})
        elif table := self.table():
            with closing(sqlite3.connect(FILE)) as database:
                create(database, table)
                rows = database.execute(f"SELECT text FROM {table} ORDER BY rowid DESC LIMIT 100")
                self.reply(200, [text for (text,) in rows])

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self.reply(413, {"error": "body missing or too large"})
            return
        text = self.rfile.read(int(length)).decode("utf-8", errors="replace")
        if table := self.table():
            with closing(sqlite3.connect(FILE)) as database:
                create(database, table)
                with database:
                    database.execute(f"INSERT INTO {table} VALUES (?)", (text,))
            self.reply(201, {"added": True})

    def table(self):
        """The table that the path names, if the password is right; else replies and returns None."""
        expected = "Basic " + base64.b64encode(f"app:{PASSWORD}".encode()).decode()
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected.encode()):
            self.reply(401, {"error": "wrong password"})
        elif match := TABLE.fullmatch(self.path):
            return match[1]
        else:
            self.reply(404, {"error": "not found"})
        return None

    def reply(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def create(database, table):
    # The name is lower-case letters only: see TABLE.
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} (text TEXT NOT NULL)")


def main():
    server = ThreadingHTTPServer(("0.0.0.0", PORT), Handler)
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), which this very thread runs: it needs another.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"database on port {PORT}, in {FILE}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
