# shellcheck shell=bash
# Builds programs from Go modules into the cache, once. Sourced after common.sh.

# locked FILE COMMAND...: the command, while no other script holds the lock. What it starts does not inherit the lock.
locked() {
  local lock
  exec {lock}>"$1"
  flock --nonblock "$lock" || { say "waiting for another build to end ($1)"; flock "$lock"; }
  shift
  "$@" {lock}>&-
  exec {lock}>&-
}

# build_go LOG COMMAND...: `go build -v ...` or `go install -v ...`, telling how far it is.
build_go() {
  local log=$1
  shift
  CGO_ENABLED=0 "$@" 2>&1 | tee "$log" | show_progress || { tail -n 20 "$log" >&2; return 1; }
}

# Counts the lines that `go` prints: one for each module it downloads and each package it compiles. On a terminal one
# line that changes, else a line each half minute.
show_progress() {
  local line status started=$SECONDS shown=$SECONDS downloaded=0 compiled=0
  while true; do
    status=0
    read -r -t 1 line || status=$?
    ((status == 0 || status > 128)) || break # 1: the end; above 128: no line within a second
    if ((status == 0)); then
      if [[ $line == "go: "* ]]; then ((downloaded += 1)); else ((compiled += 1)); fi
    fi
    line="  $((SECONDS - started)) s: $downloaded modules downloaded, $compiled packages compiled"
    if [[ -t 2 ]]; then
      ((SECONDS == shown)) || printf '\r%s' "$line" >&2
      shown=$SECONDS
    elif ((SECONDS - shown >= 30)); then
      say "$line"
      shown=$SECONDS
    fi
  done
  [[ ! -t 2 ]] || printf '\n' >&2
  say "  ended after $((SECONDS - started)) s"
}
