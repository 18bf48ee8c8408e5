# shellcheck shell=bash
# Processes that outlive the script which started them, known by their pid files below $DIR. Sourced after common.sh.

# free_ports N: N free TCP ports of the loopback address, all different. Below the range from which the system takes the
# ports of outgoing connections, so that a server that is started again finds its port free. Nor one that was given to
# somebody below $DIR: that nobody listens there now does not make it free.
free_ports() {
  local given
  given=$(cat "$DIR"/webhook.port "$DIR"/ports/* "$DIR"/replicas/*/{health,metrics} 2>/dev/null | grep -oE '[0-9]{5}') || true
  "$PYTHON" - "$1" "$given" <<'PY'
import random, socket, sys

given = set(map(int, sys.argv[2].split()))

def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

free = filter(is_free, (port for port in random.sample(range(20000, 32000), 12000) if port not in given))
print(*(next(free) for _ in range(int(sys.argv[1]))))
PY
}

# run_as_daemon PIDFILE LOGFILE COMMAND...: in a session of its own, so that no signal of the terminal reaches it. Its
# command line must name $DIR.
run_as_daemon() {
  local pidfile=$1 log=$2
  shift 2
  setsid "$@" >>"$log" 2>&1 </dev/null &
  echo $! >"$pidfile"
  until is_running "$pidfile" || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
}

# Not by the pid alone: by now it may be another process's, or a zombie's. In the middle of an exec a command line is empty
# for a moment, so that one is looked at again.
is_running() {
  [[ -s $1 ]] || return 1
  local process line
  process=/proc/$(<"$1")
  for _ in {1..25}; do
    line=$(tr '\0' ' ' 2>/dev/null <"$process/cmdline") || return 1
    [[ -z $line ]] || break
    ! grep -q '^State:[[:space:]]*Z' "$process/status" 2>/dev/null || return 1
    sleep 0.02
  done
  [[ $line == *"$DIR/"* ]]
}

wait_for_end() { # PIDFILE SECONDS
  local deadline=$((SECONDS + $2))
  while is_running "$1"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# stop PIDFILE [SECONDS]: asks, waits (15 s), then kills. Safe to repeat.
stop() {
  if is_running "$1"; then
    kill -TERM "$(<"$1")" 2>/dev/null || true
    wait_for_end "$1" "${2:-15}" || kill_at_once "$1"
  fi
  rm -f "$1"
}

kill_at_once() { # PIDFILE
  if is_running "$1"; then
    kill -KILL "$(<"$1")" 2>/dev/null || true
    wait_for_end "$1" 15 || die "process $(<"$1") of $1 survived SIGKILL"
  fi
  rm -f "$1"
}

# wait_for_daemon SECONDS PIDFILE LOGFILE COMMAND...: until the command succeeds. Fails, showing the log's end, as
# soon as the daemon has ended or the time is over.
wait_for_daemon() {
  local deadline=$((SECONDS + $1)) pidfile=$2 log=$3 fault="was not ready within $1 s"
  shift 3
  until is_running "$pidfile" && "$@" >/dev/null 2>&1; do
    if ! is_running "$pidfile"; then
      fault="has ended"
      deadline=0
    fi
    if ((SECONDS >= deadline)); then
      say "error: what was to run as ${pidfile#"$DIR/"} $fault. The end of $log:"
      tail -n 15 "$log" >&2
      return 1
    fi
    sleep 0.1
  done
}

describe_daemon() { # NAME PIDFILE; fails unless it runs
  if is_running "$2"; then
    say "$1 runs (pid $(<"$2"))"
  else
    say "$1 does not run"
    return 1
  fi
}
