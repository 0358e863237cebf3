#!/usr/bin/env bash
# The lab runs, and nobody has started the tunnel to it.
set -euo pipefail

"$COMPOSE" up -d --build --wait
