#!/usr/bin/env bash
# The benchmark of README.md, on this machine: builds what is missing, starts everything, measures, prints, ends everything.
#   tests/bench/run.sh [--binary FILE] [--before FILE] [--rounds N] [--seconds N] [--policies N] [--parts log,light,held,open,uses,reviews]
# FILE: sallyport, built for release; by default build/bench/sallyport, which is built as the release is. --before: that of another
# commit, which is measured in the same rounds.
source "$(dirname "${BASH_SOURCE[0]}")/../../hack/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

PEER=$CACHE/bench/peer

build_bench() {
  need_packages build
  say "building sallyport as it is shipped, and the log's driver"
  (cd "$ROOT" && cmake --preset bench && cmake --build --preset bench --target sallyport log_bench) >"$CACHE/bench/build.log" 2>&1 ||
    { tail -n 30 "$CACHE/bench/build.log" >&2; die "the build failed; the whole output is in $CACHE/bench/build.log"; }
}

main() {
  BINARY=$ROOT/build/bench/sallyport
  local arguments=()
  while (($#)); do
    case $1 in
      --binary) BINARY=${2:?--binary needs a file}; shift 2 ;;
      --before) arguments+=("$1" "$(realpath "${2:?--before needs a file}")"); shift 2 ;;
      --rounds | --seconds | --policies | --parts) arguments+=("$1" "${2:?$1 needs a number}"); shift 2 ;;
      *) usage ;;
    esac
  done
  need_packages cluster bench
  need_go
  mkdir -p "$CACHE/bench"
  build_bench
  say "building the controller-runtime webhook"
  env -C "$ROOT/tests/bench/peer" CGO_ENABLED=0 go build -o "$PEER" .
  exec "$PYTHON" "$ROOT/tests/bench/run.py" --binary "$BINARY" --peer "$PEER" \
    --log-driver "$ROOT/build/bench/tests/bench/log_bench" "${arguments[@]}"
}
main "$@"
