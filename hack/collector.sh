#!/usr/bin/env bash
# Prints the path of an OpenTelemetry Collector that takes OTLP and prints it, for tests/sink.
#   hack/collector.sh [--built]
# It is built from hack/collector, once, into .cache: some minutes. --built: prints nothing if it is not there yet.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

build_once() { # PROGRAM
  [[ ! -x $1 ]] || return 0
  need_go
  say "building the OpenTelemetry Collector from Go modules into ${1%/*}: some minutes, once"
  build_go "$1.log" env -C "$ROOT/hack/collector" go build -v -trimpath -buildvcs=false -o "$1.new" -ldflags "-s -w" . ||
    die "the collector could not be built; the whole output is in $1.log"
  mv "$1.new" "$1"
}

main() {
  local key program built=
  if [[ ${1:-} == --built ]]; then
    built=yes
    shift
  fi
  (($# == 0)) || usage
  key=$(cat "$ROOT"/hack/collector/{go.mod,go.sum,main.go} | sha256sum | cut -c1-16)
  program=$CACHE/collector/$key/collector
  [[ -z $built || -x $program ]] || return 0
  mkdir -p "${program%/*}"
  locked "${program%/*}/.lock" build_once "$program"
  echo "$program"
}
main "$@"
