"""A stand-in for Redis that needs no image of its own: PING, ECHO, SET, GET, DEL and QUIT over RESP, in memory.

`server.py --ping` is its health check: asks a running one, and exits with 1 if it does not answer.
"""

import asyncio
import os
import signal
import socket
import sys

HOST = os.environ.get("HOST", "0.0.0.0")
PORT = int(os.environ.get("PORT", "6379"))
MAX_ARGUMENTS = 64
MAX_LENGTH = 1024 * 1024

store = {}


async def read_command(reader):
    """The next command's words, None at the end. ValueError on what is not RESP."""
    line = await reader.readline()
    if not line:
        return None
    if not line.startswith(b"*"):
        return line.split()
    count = int(line[1:])
    if not 0 <= count <= MAX_ARGUMENTS:
        raise ValueError("too many arguments")
    words = []
    for _ in range(count):
        head = await reader.readline()
        if not head.startswith(b"$"):
            raise ValueError("expected a bulk string")
        length = int(head[1:])
        if not 0 <= length <= MAX_LENGTH:
            raise ValueError("invalid bulk length")
        words.append((await reader.readexactly(length + 2))[:-2])
    return words


def bulk(value):
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def answer(words):
    """The reply to a command. `store` is shared by all connections, as in the real one."""
    match [words[0].upper(), *words[1:]]:
        case [b"PING"]:
            return b"+PONG\r\n"
        case [b"PING", text] | [b"ECHO", text]:
            return bulk(text)
        case [b"SET", key, value]:
            store[key] = value
            return b"+OK\r\n"
        case [b"GET", key]:
            return bulk(store.get(key))
        case [b"DEL", *keys]:
            return b":%d\r\n" % sum(store.pop(key, None) is not None for key in keys)
        case [b"QUIT"]:
            return b"+OK\r\n"
        case _:
            return b"-ERR unknown command or wrong number of arguments\r\n"


async def serve(reader, writer):
    try:
        while (words := await read_command(reader)) is not None:
            if not words:
                continue
            writer.write(answer(words))
            await writer.drain()
            if words[0].upper() == b"QUIT":
                break
    except ValueError as error:
        writer.write(b"-ERR Protocol error: %s\r\n" % str(error).encode())
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def ping():
    with socket.create_connection(("localhost", PORT), timeout=3) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16) == b"+PONG\r\n"


async def main():
    server = await asyncio.start_server(serve, HOST, PORT)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(f"key-value store on {HOST}:{PORT}", flush=True)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["--ping"]:
        sys.exit(0 if ping() else 1)
    asyncio.run(main())
