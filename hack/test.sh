#!/usr/bin/env bash
# Every test there is, on this machine.
#   hack/test.sh [--only STEP[,STEP...]] [--list]
# The whole output of a step is in .cache/test/STEP.log. The last line says how many steps passed and failed.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/release.sh"

LOGS=$ROOT/.cache/test
# In this order; one with a + runs beside the one before it, since tests mostly wait.
STEPS=(
  "packages   what the others need: Debian packages, the control plane and Helm"
  "static     includes, CRDs, the rendered chart, format, shellcheck"
  "+build     with AddressSanitizer, UndefinedBehaviorSanitizer and failpoints"
  "unit       unit tests, the contract in memory, commands without a cluster, and docs/cli.md"
  "contract   the contract, and kube/, on a real API server"
  "+hostile   malformed and hostile reviews, HTTP and TLS; logs that somebody has edited; sinks"
  "e2e        everything through kubectl and helm; sinks against a real collector"
  "+disrupt   the same, where parts of the cluster are stopped or broken"
  "tsan       with ThreadSanitizer: unit and contract tests"
  "e2e-tsan   the concurrent end-to-end tests, against replicas with ThreadSanitizer"
  "+demo      hack/demo.sh as the README has it, with what is shipped"
  "+fuzz      each parser with libFuzzer, for 20 seconds"
  "tidy       clang-tidy"
  "+chart     the chart on a real API server, without Sallyport behind it"
  "+node      the image, and Sallyport as pods on a real node (skipped where none can run; never in CI)"
)

usage() { sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

# --- the steps: each runs in a shell of its own under set -e ---

# The long Go builds run side by side with what does not need them yet; who does waits by the scripts' own lock.
step_packages() {
  need_packages build cluster node test
  need_go
  prebuild
}

prebuild() {
  (nice "$ROOT/hack/helm.sh" && nice "$ROOT/hack/controlplane.sh" --node && nice "$ROOT/hack/node_parts.sh" &&
    nice "$ROOT/hack/collector.sh" && nice "$ROOT/hack/kube_linter.sh") >"$LOGS/prebuild.log" 2>&1 &
  echo "building the control plane, Helm, containerd, a collector and kube-linter in the background: $LOGS/prebuild.log"
}

step_static() {
  hack/check_includes.py
  hack/check_crds.py
  hack/check_threat_model.py
  hack/chart_readme.py --check
  hack/render_manifests.sh --check
  find src tests -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 --dry-run -Werror
  shellcheck -x -a -S warning -e SC2034 -P hack hack/*.sh docs/*.sh .ci/run
}

# One at a time in each build folder: a step may find its build under way in the background.
build() {
  (
    flock 9
    cmake --preset "$1" && cmake --build --preset "$1"
  ) 9>"$CACHE/build-$1.lock"
}
# While tests mostly wait, the processors build what the later steps need.
build_in_background() {
  local preset
  for preset in "$@"; do nice -n 19 bash -c 'source hack/test.sh; build "$1"' _ "$preset" >"$LOGS/build-$preset.log" 2>&1 || true; done &
}
python_tests() { "$PYTHON" -m pytest -q -p no:cacheprovider --durations=10 "$@"; }
contract() { SALLYPORT_BUILD=$ROOT/build/$1 python_tests tests/contract; }
e2e() { SALLYPORT_BINARY=$ROOT/build/$1/sallyport python_tests tests/e2e "${@:2}"; }

# A sanitizer's report ends the process that made it, and stands in a replica's stderr.log, which fails the run.
export ASAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1

step_build() { build asan; }
step_unit() {
  ctest --preset asan -j2
  hack/cli_docs.sh --check --binary build/asan/sallyport
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests tests/cli
}
step_contract() { contract asan; }
# First what needs no cluster: on a new machine the control plane is still being built.
step_hostile() { SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests tests/audit tests/sink tests/hostile -m "not collector"; }
step_e2e() {
  build_in_background tsan release
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests tests/sink -m collector
  e2e asan -m "not disruptive"
}
step_disrupt() { e2e asan -m "disruptive or last"; }
step_chart() { python_tests tests/chart; }
step_tsan() {
  build tsan
  ctest --preset tsan -j2
  contract tsan
}
step_e2e-tsan() { e2e tsan -m concurrent; }
step_demo() {
  build_release "$LOGS/build-release.log"
  hack/demo.sh --dir "$LOGS/demo"
}
# What was found to be worth trying is kept for the next run; what a parser fails on is left in the logs' folder.
step_fuzz() {
  local target corpus
  cmake --preset fuzz
  nice -n 19 cmake --build --preset fuzz --target fuzzers
  for target in build/fuzz/tests/fuzz/fuzz_*; do
    [[ -x $target && ! -d $target ]] || continue
    corpus=$CACHE/fuzz/${target##*/}
    mkdir -p "$corpus"
    "$target" -max_total_time=20 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$LOGS/" "$corpus" tests/data/reviews
  done
}
step_node() {
  build_release "$LOGS/build-release.log"
  SALLYPORT_BINARY=$RELEASE_BINARY python_tests tests/node
}
# Newer than the compiler, since it leaves system headers alone: a third of the time. It can not read what the compiler has
# precompiled, so it follows a build that does without.
step_tidy() {
  cmake --preset dev
  find src -name '*.cpp' -print0 | xargs -0 -n4 -P2 nice -n 19 clang-tidy-22 -p build/dev --quiet --warnings-as-errors='*'
}

# --- running them ---

parse() {
  ONLY=
  while (($#)); do
    case $1 in
      --only) ONLY=,${2:?--only needs steps}, ; shift 2 ;;
      --list) printf '%s\n' "${STEPS[@]}"; exit 0 ;;
      *) usage ;;
    esac
  done
}

# In a shell of its own, since `set -e` does not hold in a command whose failure is looked at.
run_step() {
  local name=$1 started=$SECONDS code=0
  bash -c 'source hack/test.sh; set -x; "step_$1"' _ "$name" >"$LOGS/$name.log" 2>&1 || code=$?
  local took=$((SECONDS - started))
  if ((code == 0)); then
    printf '%-10s passed  %4d s\n' "$name" $took
  else
    printf '%-10s FAILED  %4d s   (%s)\n%s\n' "$name" $took "$LOGS/$name.log" \
      "$(tail -n 60 "$LOGS/$name.log" | sed 's/^/    /')"
  fi
  return $code
}

run_side_by_side() { # NAME...
  local name pids=() pid
  say "running $*"
  set -m # each in a process group of its own, which Ctrl-C does not reach but through us
  for name in "$@"; do
    run_step "$name" &
    pids+=($!)
  done
  set +m
  STARTED+=("${pids[@]}")
  for pid in "${pids[@]}"; do
    if wait "$pid"; then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi
  done
}

# Tests tidy up after SIGINT; what runs in the background beside them ends by SIGTERM.
stop_all() {
  local pid
  trap '' INT TERM
  for pid in "${STARTED[@]}"; do kill -INT -- "-$pid" 2>/dev/null || true; done
  wait
  for pid in "${STARTED[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  exit 130
}

main() {
  parse "$@"
  cd "$ROOT"
  mkdir -p "$LOGS"
  STARTED=()
  trap stop_all INT TERM
  PASSED=0
  FAILED=0
  local step name group=()
  for step in "${STEPS[@]}"; do
    name=${step%% *}
    if [[ $name != +* && ${#group[@]} -gt 0 ]]; then
      run_side_by_side "${group[@]}"
      group=()
    fi
    name=${name#+}
    [[ -z $ONLY || $ONLY == *,$name,* ]] || continue
    group+=("$name")
  done
  ((${#group[@]} == 0)) || run_side_by_side "${group[@]}"
  printf '%d passed, %d failed\n' $PASSED $FAILED
  ((FAILED == 0 && PASSED > 0))
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
