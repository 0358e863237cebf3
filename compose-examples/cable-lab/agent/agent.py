"""The agent in the lab: keeps a WebSocket to the GUI's backend, shows its token, then sends heartbeats.

A refused token does not end it: it stays up and tries again, which is why its health check can't tell.
"""

import json
import os
import signal
import sys
import threading
import time

from websocket import Closed, WebSocket

CONFIG = os.environ.get("AGENT_CONFIG", "/app/config/agent_config.json")
HEARTBEAT = float(os.environ.get("HEARTBEAT_SECONDS", "5"))
RETRY = float(os.environ.get("RETRY_SECONDS", "3"))
TIMEOUT = 10


class Rejected(Exception):
    """The backend does not take our token."""


def session(config, stopped):
    """One connection, from authentication to its end. Raises Rejected, Closed or OSError."""
    server = config["pypnm_server"]
    socket = WebSocket(server["url"], TIMEOUT)
    try:
        socket.send(json.dumps({
            "type": "auth",
            "agent_id": config["agent_id"],
            "token": server["auth_token"],
            "capabilities": config.get("capabilities", []),
        }))
        answer = json.loads(socket.receive())
        if answer.get("type") != "auth_success":
            raise Rejected(answer.get("error", "no reason given"))
        print(f"authenticated at {server['url']}", flush=True)
        while not stopped.wait(HEARTBEAT):
            socket.send(json.dumps({"type": "heartbeat", "at": int(time.time())}))
            socket.receive()
    finally:
        socket.close()


def main():
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        with open(CONFIG, encoding="utf-8") as file:
            config = json.load(file)
        config["agent_id"], config["pypnm_server"]["url"], config["pypnm_server"]["auth_token"]
    except OSError as error:
        sys.exit(f"configuration {CONFIG}: {error.strerror}")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"configuration {CONFIG}: {type(error).__name__}: {error}")
    while not stopped.is_set():
        try:
            session(config, stopped)
        except Rejected as error:
            print(f"rejected: {error}", flush=True)
        except (Closed, OSError, ValueError) as error:
            print(f"no session: {error}", flush=True)
        stopped.wait(RETRY)


if __name__ == "__main__":
    main()
