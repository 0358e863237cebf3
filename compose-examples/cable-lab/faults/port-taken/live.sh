#!/usr/bin/env bash
# A process that is not ours listens on the port that the GUI is to be published on.
set -euo pipefail

# Before the stack comes up, another program takes the GUI's port.
python3 -m http.server --bind 127.0.0.1 5051 >/dev/null 2>&1 &
echo $! >"$STATE/squatter.pid"
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/5051) 2>/dev/null && exit 0; sleep 0.1; done
exit 1
