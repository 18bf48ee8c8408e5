# shellcheck shell=bash
# What all scripts here share. Sourced, never run.
# shellcheck disable=SC2034  # the scripts that source this use the variables
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=$ROOT/.cache
# What takes minutes to make and is the same for every clone.
SHARED_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sallyport
PYTHON=/usr/bin/python3 # Debian's: what is first on the PATH may lack the packages of lib/packages.sh
export PATH=$PATH:/usr/local/go/bin

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# wait_until SECONDS WHAT COMMAND...: tries the command ten times a second.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { say "error: waited too long for $what"; return 1; }
    sleep 0.1
  done
}

# The comment at the top of the script, as its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
