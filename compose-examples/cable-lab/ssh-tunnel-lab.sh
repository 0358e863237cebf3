#!/bin/bash
# Tunnel from this machine to the GUI in the lab: http://localhost:5050
#
#   ./ssh-tunnel-lab.sh start|stop|status|restart

LAB_HOST="${LAB_HOST:-cable-lab-gw}"
LAB_USER="${LAB_USER:-lab}"
LAB_SSH_PORT="${LAB_SSH_PORT:-22}"
SSH_CONFIG="${SSH_CONFIG:-}"

LOCAL_PORT=5050
REMOTE_GUI_PORT=5051

STATE_DIR="${XDG_RUNTIME_DIR:-/tmp}"
PID_FILE="${STATE_DIR}/cable-lab-tunnel.pid"
CONTROL_SOCKET="${STATE_DIR}/cable-lab-tunnel.ctl"

SSH_OPTS=(-p "${LAB_SSH_PORT}" -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -o ExitOnForwardFailure=yes)
if [ -n "${SSH_CONFIG}" ]; then
    SSH_OPTS+=(-F "${SSH_CONFIG}")
fi

is_running() {
    ssh "${SSH_OPTS[@]}" -S "${CONTROL_SOCKET}" -O check "${LAB_USER}@${LAB_HOST}" 2>/dev/null
}

start() {
    if is_running; then
        echo "tunnel is already up (pid $(cat "${PID_FILE}" 2>/dev/null))"
        return 0
    fi
    rm -f "${CONTROL_SOCKET}" "${PID_FILE}"
    ssh -f -N -M -S "${CONTROL_SOCKET}" "${SSH_OPTS[@]}" \
        -L ${LOCAL_PORT}:localhost:${REMOTE_GUI_PORT} \
        "${LAB_USER}@${LAB_HOST}" || { echo "tunnel did not come up" >&2; return 1; }
    ssh "${SSH_OPTS[@]}" -S "${CONTROL_SOCKET}" -O check "${LAB_USER}@${LAB_HOST}" 2>&1 |
        sed -n 's/.*pid=\([0-9]*\).*/\1/p' >"${PID_FILE}"
    echo "tunnel is up: http://localhost:${LOCAL_PORT} -> ${LAB_HOST}:${REMOTE_GUI_PORT} (pid $(cat "${PID_FILE}"))"
}

stop() {
    ssh "${SSH_OPTS[@]}" -S "${CONTROL_SOCKET}" -O exit "${LAB_USER}@${LAB_HOST}" 2>/dev/null
    rm -f "${PID_FILE}"
    echo "tunnel is down"
}

case "$1" in
    start) start ;;
    stop) stop ;;
    restart) stop; start ;;
    status)
        if is_running; then
            echo "tunnel is up on port ${LOCAL_PORT}"
        else
            echo "tunnel is down"
            exit 1
        fi
        ;;
    *) echo "usage: $0 start|stop|status|restart" >&2; exit 2 ;;
esac
