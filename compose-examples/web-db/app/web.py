"""The web application: a page of notes, kept in the database."""

import base64
import html
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

PORT = int(os.environ.get("PORT", "8080"))
TITLE = os.environ.get("SITE_TITLE", "Notes")
DATABASE = urlsplit(os.environ["DATABASE_URL"])
MAX_BODY = 16 * 1024


def database(body=None):
    """Lists the rows, or adds `body` as one. OSError where the database does not answer."""
    credentials = base64.b64encode(f"{DATABASE.username}:{DATABASE.password}".encode()).decode()
    request = Request(
        f"{DATABASE.scheme}://{DATABASE.hostname}:{DATABASE.port}{DATABASE.path}",
        data=body,
        headers={"Authorization": f"Basic {credentials}"},
    )
    with urlopen(request, timeout=3) as response:
        return json.load(response)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        try:
            notes = database()
        except OSError as error:
            self.reply(503, f"the database does not answer: {error}")
            return
        if self.path == "/healthz":
            self.reply(200, "ok")
        else:
            items = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
            title = html.escape(TITLE)
            self.reply(200, f"<!doctype html><title>{title}</title><h1>{title}</h1><form method=post>"
                            f"<input name=note><button>Add</button></form><ul>{items}</ul>")

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self.reply(413, "body missing or too large")
            return
        note = parse_qs(self.rfile.read(int(length)).decode("utf-8", errors="replace")).get("note", [""])[0]
        try:
            database(note.encode())
        except OSError as error:
            self.reply(503, f"the database does not answer: {error}")
            return
        self.reply(303, "", location="/")

    def reply(self, status, text, location=None):
        body = text.encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    server = ThreadingHTTPServer(("0.0.0.0", PORT), Handler)
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), which this very thread runs: it needs another.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"web on port {PORT}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
