# shellcheck shell=bash
# Builds programs from Go modules into the user's cache, once for all clones. Sourced after common.sh and packages.sh.

# locked FILE COMMAND...: the command, while no other script holds the lock. What it starts does not inherit the lock.
locked() {
  local lock
  exec {lock}>"$1"
  flock --nonblock "$lock" || { say "waiting for another build to end ($1)"; flock "$lock"; }
  shift
  "$@" {lock}>&-
  exec {lock}>&-
}

# version_of FOLDER MODULE: the one that hack/FOLDER/go.mod names.
version_of() { awk -v module="$2" '$1 == module { print $2 }' "$ROOT/hack/$1/go.mod"; }

# built CACHED FOLDER WHAT ARGUMENTS...: prints the directory below the user's cache that holds what `go build ARGUMENTS` makes
# in hack/FOLDER, built once for each state of that module. WHAT tells people what they wait for.
built() {
  local directory
  directory=$SHARED_CACHE/$1/$({ cat "$ROOT/hack/$2"/{*.go,go.mod,go.sum} && echo "${@:4}"; } | sha256sum | cut -c1-16)
  mkdir -p "$directory"
  locked "$directory/.lock" build_once "$directory" "${@:2}"
  echo "$directory"
}

build_once() { # DIRECTORY FOLDER WHAT ARGUMENTS...
  [[ ! -e $1/complete ]] || return 0
  need_go
  say "building $3, once, from Go modules into $1"
  CGO_ENABLED=0 env -C "$ROOT/hack/$2" go build -v -trimpath -buildvcs=false -o "$1/" "${@:4}" 2>&1 |
    tee "$1/build.log" | show_progress || { tail -n 20 "$1/build.log" >&2; die "it could not be built; the whole output is in $1/build.log"; }
  touch "$1/complete"
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
