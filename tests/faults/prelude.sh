# What a live step of a fault can call. Sourced by bash in the stack's directory, in the network of the tests' engine.
set -euo pipefail

# The real Docker Compose 2.40.3 on the tests' engine.
compose() { "$GONOGO_TOOLS/compose-oracle" "$@" >>compose.log 2>&1 || { cat compose.log >&2; return 1; }; }

# Something that is not ours listens on 127.0.0.1:PORT (or ADDRESS), until the form is over.
listen() {
    local port=$1 address=${2:-127.0.0.1}
    python3 - "$address" "$port" >/dev/null 2>&1 <<'PY' &
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.socket(family)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen()
time.sleep(600)
PY
    until_true 50 connects "$port" "$address"
}

connects() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

# Waits until a command succeeds, N tenths of a second at most.
until_true() {
    local tries=$1
    shift
    while ! "$@"; do
        ((tries-- > 0)) || { echo "never true: $*" >&2; return 1; }
        sleep 0.1
    done
}
