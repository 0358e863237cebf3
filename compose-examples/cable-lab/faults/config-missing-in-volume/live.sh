#!/usr/bin/env bash
# The agent's configuration has gone from its volume; the agent runs on what it read, until the restart.
set -euo pipefail

"$COMPOSE" up -d --build --wait
docker run --rm -v cable-lab_agent-config:/config gonogo-test/busybox rm /config/agent_config.json
