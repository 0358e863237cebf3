#!/usr/bin/env bash
# The GUI's command names a module that is not there: it ends at once and is started anew, for ever.
set -euo pipefail

# Not --wait: it never becomes healthy.
"$COMPOSE" up -d --build --no-deps gui
sleep 3
