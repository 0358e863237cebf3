# shellcheck shell=bash
# What the scripts beside this one have in common. Sourced, never run.

# The package's root, wherever the caller stands.
# shellcheck disable=SC2034  # used by those who source this
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# Where what takes long to make is kept between runs: images, the reference Compose.
# shellcheck disable=SC2034  # used by those who source this
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/gonogo
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v -- "$1" >/dev/null 2>&1; }

# Runs a command as root, by sudo where the caller is somebody else.
as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif have sudo; then
        sudo -- "$@"
    else
        die "'$1' needs root, and there is no sudo here: run it as root, or install sudo"
    fi
}
