#!/usr/bin/env bash
# Runs tests again and again beside a load on all processors, and says how often each failed.
#   hack/stress.sh TEST... [--times N] [--workers N] [--binary FILE]
# TEST: as pytest names it, a folder, a file or FILE::NAME; e.g. hack/stress.sh tests/e2e/test_waiting.py. N: 30 times, by 4
# workers. FILE: build/asan/sallyport. -m and -k are pytest's. The output is in .cache/test/stress.log.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

HOGS_PER_PROCESSOR=3 # busy loops beside the tests
REPORT=$CACHE/test/stress

parse() {
  TIMES=30 WORKERS=4 TESTS=()
  export SALLYPORT_BINARY=${SALLYPORT_BINARY:-$ROOT/build/asan/sallyport}
  while (($#)); do
    case $1 in
      --times) TIMES=${2:?--times needs a number}; shift 2 ;;
      --workers) WORKERS=${2:?--workers needs a number}; shift 2 ;;
      --binary) SALLYPORT_BINARY=$(realpath "${2:?--binary needs a file}"); shift 2 ;;
      -m | -k) TESTS+=("$1" "${2:?$1 needs an expression}"); shift 2 ;;
      -*) usage ;;
      *) TESTS+=("$1"); shift ;;
    esac
  done
  ((${#TESTS[@]} > 0)) || usage
}

# In a process group of its own, so that nothing of it outlives this script.
load_processors() {
  local n
  set -m
  (for ((n = 0; n < HOGS_PER_PROCESSOR * $(nproc); n++)); do while :; do :; done & done; wait) &
  HOGS=$!
  set +m
  trap 'kill -KILL -- "-$HOGS" 2>/dev/null' EXIT
}

main() {
  parse "$@"
  mkdir -p "$REPORT"
  rm -f "$REPORT"/*.xml
  load_processors
  say "$TIMES times beside $((HOGS_PER_PROCESSOR * $(nproc))) busy loops on $(nproc) processors: $REPORT.log"
  local code=0
  # --times=N in one word: pytest, which knows it only by a conftest.py, would take N for the tests, and no conftest.py of theirs.
  (cd "$ROOT" && "$PYTHON" -m pytest -q -p no:cacheprovider -n "$WORKERS" --dist loadgroup --times="$TIMES" -o junit_family=xunit1 \
    --junitxml "$REPORT/1.xml" "${TESTS[@]}") >"$REPORT.log" 2>&1 || code=$?
  tail -n 1 "$REPORT.log"
  "$ROOT/hack/test_report.py" stress "$REPORT/1.xml"
  return $code
}
main "$@"
