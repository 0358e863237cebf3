"""The GUI's backend: health and captures over HTTP, agents over a WebSocket at /ws/agent."""

import hmac
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import config, services
from .websocket import Closed, WebSocket, accept_key

MAX_BODY = 64 * 1024
PAGE = b"<!doctype html><title>Cable lab</title><h1>Cable lab</h1><p><a href=/api/health>health</a>"

agents = {}
agents_lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self):
        if self.path == "/":
            self.reply(200, PAGE, "text/html; charset=utf-8")
        elif self.path == "/api/health":
            self.health()
        elif self.path == "/api/agents":
            with agents_lock:
                self.reply_json(200, {"agents": sorted(agents)})
        elif self.path == "/api/captures":
            self.captures()
        elif self.path == "/ws/agent":
            self.agent()
        else:
            self.reply_json(404, {"error": "not found"})

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self.reply_json(413, {"error": "body missing or too large"})
            return
        body = self.rfile.read(int(length))
        if self.path == "/api/capture":
            self.reply(*services.capture(body), "application/json")
        else:
            self.reply_json(404, {"error": "not found"})

    def health(self):
        parts = {"pypnm": services.pypnm_is_up(), "redis": services.redis_is_up()}
        healthy = all(parts.values())
        self.reply_json(200 if healthy else 503, {"status": "healthy" if healthy else "degraded", **parts})

    def captures(self):
        try:
            names = sorted(path.name for path in (config.TFTP_ROOT / "captures").iterdir())
            self.reply_json(200, {"captures": names})
        except OSError as error:
            self.reply_json(503, {"error": f"the TFTP tree cannot be read: {error.strerror}"})

    def agent(self):
        key = self.headers.get("Sec-WebSocket-Key")
        if self.headers.get("Upgrade", "").lower() != "websocket" or not key:
            self.reply_json(426, {"error": "this is a WebSocket"})
            return
        self.close_connection = True
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(key))
        self.end_headers()
        agent_id = None
        try:
            socket = WebSocket(self.rfile, self.wfile)
            agent_id = authenticate(socket)
            while agent_id:
                message = json.loads(socket.receive())
                if message.get("type") == "heartbeat":
                    services.redis("SET", f"agent:{agent_id}:seen", str(message.get("at", "")))
                    socket.send(json.dumps({"type": "heartbeat_ack"}))
        except (Closed, OSError, ValueError, AttributeError) as error:
            self.log_message("agent %s: %s", agent_id, error)
        finally:
            with agents_lock:
                agents.pop(agent_id, None)

    def reply_json(self, status, content):
        self.reply(status, json.dumps(content).encode(), "application/json")

    def reply(self, status, body, content_type):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def authenticate(socket):
    """Asks the agent for its token. Its id if that is the one we expect; else tells it so and returns None."""
    message = json.loads(socket.receive())
    agent_id = str(message.get("agent_id", ""))
    token = str(message.get("token", ""))
    if message.get("type") != "auth" or not agent_id:
        socket.send(json.dumps({"type": "auth_response", "success": False, "error": "Authentication required"}))
    elif not hmac.compare_digest(token.encode(), config.AGENT_AUTH_TOKEN.encode()):
        print(f"agent {agent_id!r} rejected: invalid token", flush=True)
        socket.send(json.dumps({"type": "auth_response", "success": False, "error": "Invalid token"}))
    else:
        print(f"agent {agent_id!r} authenticated", flush=True)
        with agents_lock:
            agents[agent_id] = message.get("capabilities", [])
        socket.send(json.dumps({"type": "auth_success", "agent_id": agent_id}))
        return agent_id
    socket.close(1008)
    return None


def main():
    server = ThreadingHTTPServer((config.HOST, config.PORT), Handler)
    server.daemon_threads = True
    # shutdown() waits for serve_forever(), which this very thread runs: it needs another.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"GUI backend on {config.HOST}:{config.PORT}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
