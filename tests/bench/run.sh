#!/usr/bin/env bash
# The benchmark of README.md, on this machine: builds what is missing, starts everything, measures, prints, ends everything.
#   tests/bench/run.sh [--binary FILE] [--rounds N] [--seconds N] [--policies N] [--parts light,held,open,reviews]
# FILE: sallyport, built for release; by default build/release/sallyport, which is built.
source "$(dirname "${BASH_SOURCE[0]}")/../../hack/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/release.sh"

PEER=$CACHE/bench/peer

main() {
  BINARY=
  local arguments=()
  while (($#)); do
    case $1 in
      --binary) BINARY=${2:?--binary needs a file}; shift 2 ;;
      --rounds | --seconds | --policies | --parts) arguments+=("$1" "${2:?$1 needs a number}"); shift 2 ;;
      *) usage ;;
    esac
  done
  need_packages cluster bench
  need_go
  mkdir -p "$CACHE/bench"
  if [[ -z $BINARY ]]; then
    build_release "$CACHE/bench/build.log"
    BINARY=$RELEASE_BINARY
  fi
  say "building the controller-runtime webhook"
  env -C "$ROOT/tests/bench/peer" CGO_ENABLED=0 go build -o "$PEER" .
  exec "$PYTHON" "$ROOT/tests/bench/run.py" --binary "$BINARY" --peer "$PEER" "${arguments[@]}"
}
main "$@"
