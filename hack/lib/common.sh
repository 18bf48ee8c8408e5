# What all scripts here share. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=$ROOT/.cache
PYTHON=/usr/bin/python3 # Debian's: its packages are what hack/lib/packages.sh installs
export PATH=$PATH:/usr/local/go/bin

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# wait_until SECONDS WHAT COMMAND...: tries the command ten times a second.
wait_until() {
  local tries=$(($1 * 10)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || { say "error: waited too long for $what"; return 1; }
    sleep 0.1
  done
}

# free_ports N: N free TCP ports of the loopback address, all different.
free_ports() {
  "$PYTHON" - "$1" <<'PY'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
}

# run_as_daemon PIDFILE LOGFILE COMMAND...: in a session of its own, so that it outlives this script and no signal of the
# terminal reaches it.
run_as_daemon() {
  local pidfile=$1 log=$2
  shift 2
  setsid "$@" >>"$log" 2>&1 </dev/null &
  echo $! >"$pidfile"
}

is_running() { [[ -s $1 ]] && kill -0 "$(cat "$1")" 2>/dev/null; }

# stop PIDFILE: asks, waits for up to 15 s, then kills. Safe to repeat.
stop() {
  local pidfile=$1 pid
  [[ -s $pidfile ]] || return 0
  pid=$(cat "$pidfile")
  if kill -TERM "$pid" 2>/dev/null; then
    for _ in $(seq 150); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$pidfile"
}
