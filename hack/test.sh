#!/usr/bin/env bash
# Every test there is, on this machine.
#   hack/test.sh [--only STEP[,STEP...]] [--test ID]... [--long] [--list]
# --test: of the steps' pytest tests only these, e.g. --only e2e --test tests/e2e/test_log.py. --long: the longer variants, too.
# The whole output of a step is in .cache/test/STEP.log. At the end stand what failed and how to run just that again, what
# each step took beside its budget (hack/test_budgets.tsv), and how many steps passed and failed.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/release.sh"
source "$ROOT/hack/lib/steps.sh"

LOGS=$ROOT/.cache/test
# NAME KIND NEEDS WHAT: begun in this order, each as soon as the steps that it needs have passed. Of those that keep the
# processors busy one runs at a time, of those that mostly wait several.
STEPS="
packages     busy  -                    Debian packages, and counterparts from PyPI and npm
build        busy  packages             with AddressSanitizer, UndefinedBehaviorSanitizer and failpoints
static       waits controlplane         includes, CRDs, the rendered chart, metrics and alerts, effects of fields, the Pod Security baseline, format, shellcheck
controlplane busy  packages             a real kube-apiserver, etcd and kubectl, and Helm, from Go modules
unit         waits build                unit tests, the contract in memory, commands without a cluster, tokens to other implementations, and docs/cli.md
audit        waits build                logs that somebody has edited; sinks
release      busy  build                what is shipped
tools        busy  controlplane         containerd, a collector and kube-linter, from Go modules
e2e          waits build,controlplane   everything through kubectl and helm
node         waits release,tools        the image, and Sallyport as pods on a real node (skipped where none can run; never in CI)
disrupt      waits build,controlplane   the same, where parts of the cluster are stopped or broken
build-tsan   busy  release              with ThreadSanitizer
contract     waits build,controlplane   the contract, and kube/, on a real API server
hostile      waits build,controlplane   malformed and hostile reviews, HTTP and TLS
demo         waits release,controlplane hack/demo.sh as the README has it, with what is shipped
tsan         waits build-tsan           unit and contract tests with ThreadSanitizer
fuzz         busy  build                each parser with libFuzzer, for 10 seconds
e2e-tsan     waits tsan                 the concurrent end-to-end tests, against replicas with ThreadSanitizer
chart        waits tools                the chart on a real API server, without Sallyport behind it
collector    waits build,tools          sinks against a real collector
tidy         busy  fuzz                 clang-tidy
"
LONG_STEPS="agents       waits build,controlplane   agents that write what chance tells them; a row that the table of effects lacks
coverage     busy  unit                 how many lines the unit tests run, by folder
"

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

# --- the steps: each runs in a shell of its own under set -e ---

step_packages() {
  need_packages build cluster node test
  need_go
  hack/clients.sh
}

step_controlplane() {
  nice hack/controlplane.sh --node
  nice hack/helm.sh
  nice hack/helm.sh 3
}
step_tools() {
  nice hack/node_parts.sh
  nice hack/collector.sh
  nice hack/kube_linter.sh
}

step_static() {
  hack/check_includes.py
  hack/check_crds.py
  hack/policy_schemas.py --check
  hack/check_threat_model.py
  hack/check_docs.py
  hack/check_effects.py
  hack/presets_docs.py --check
  hack/pod_baseline.py
  python_tests 0 tests/effects
  hack/chart_readme.py --check
  hack/metrics_docs.py --check
  hack/render_manifests.sh --check
  find src tests -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 --dry-run -Werror
  shellcheck -x -a -S warning -e SC2034 -P hack hack/*.sh docs/*.sh .ci/run
}

# One at a time in each build folder.
build() { # PRESET [TARGET]
  (
    flock 9
    cmake --preset "$1" && nice cmake --build --preset "$1" ${2:+--target "$2"}
  ) 9>"$CACHE/build-$1.lock"
}
step_build() { build asan; }
step_build-tsan() { build tsan; }
step_release() { build_release "$LOGS/build-release.log"; }

# pytest with WORKERS side by side. What --test names takes the place of the folders that it is in. The reports are for the
# end of the run.
python_tests() { # WORKERS ARGUMENT...
  local workers=$1 targets=("${@:2}") report=$LOGS/pytest/$STEP
  if [[ -n $TESTS ]]; then
    mapfile -t targets < <(tests_named_in "$@")
    ((${#targets[@]} > 0)) || return 0
  fi
  mkdir -p "$report"
  PYTEST_ARGS=(-q -o "cache_dir=$report/cache" -o junit_family=xunit1 -n "$workers" --dist loadfile ${LONG:+--long} "${targets[@]}")
  "$PYTHON" -m pytest --durations=10 --junitxml="$report/$((++RUNS)).xml" "${PYTEST_ARGS[@]}"
}
tests_named_in() { # ARGUMENT...
  local folder test
  for folder in "$@"; do
    for test in $TESTS; do [[ $folder != tests/* || $test != "$folder"/* ]] || echo "$test"; done
  done
}
# The same for tests on a cluster: those that fail are run once more, in namespaces of their own. One that then passes is
# flaky, and is named at the end of the run.
cluster_tests() { # WORKERS ARGUMENT...
  local code=0
  python_tests "$@" || code=$?
  ((code == 1)) || return $code # no test has failed, but the run, or nothing has
  hack/test_report.py flaky "$LOGS/pytest/$STEP/cache" >"$LOGS/pytest/$STEP/again"
  "$PYTHON" -m pytest --lf --lfnf=none --junitxml="$LOGS/pytest/$STEP/$((++RUNS)).xml" "${PYTEST_ARGS[@]}"
  mv "$LOGS/pytest/$STEP/again" "$LOGS/pytest/$STEP/flaky"
}
RUNS=0

# A sanitizer's report ends the process that made it, and stands in a replica's stderr.log, which fails the run.
export ASAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1

# PRESET WORKERS ARGUMENT...: end-to-end tests against replicas of that build.
e2e() {
  build "$1" sallyport
  SALLYPORT_BINARY=$ROOT/build/$1/sallyport cluster_tests "${@:2}"
}
contract() { SALLYPORT_BUILD=$ROOT/build/$1 python_tests 0 tests/contract; }

step_unit() {
  build asan
  ctest --preset asan -j2
  hack/cli_docs.sh --check --binary build/asan/sallyport
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests 0 tests/cli
  SALLYPORT_BUILD=$ROOT/build/asan python_tests 0 tests/people
}
step_audit() {
  build asan sallyport
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests 3 tests/audit tests/sink -m "not collector"
}
step_collector() {
  build asan sallyport
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests 0 tests/sink -m collector
}
step_contract() {
  build asan
  contract asan
}
step_hostile() { e2e asan 0 tests/hostile; }
# What is found depends on chance: nothing is run once more.
step_agents() {
  build asan sallyport
  SALLYPORT_BINARY=$ROOT/build/asan/sallyport python_tests 0 tests/agents
}
step_e2e() { e2e asan 3 tests/e2e -m "not disruptive"; }
step_disrupt() { e2e asan 2 tests/e2e -m disruptive; }
step_e2e-tsan() { e2e tsan 0 tests/e2e -m concurrent; }
step_chart() { python_tests 0 tests/chart; }
step_tsan() {
  build tsan
  ctest --preset tsan -j2
  contract tsan
}
step_demo() {
  build_release "$LOGS/build-release.log"
  hack/demo.sh --dir "$LOGS/demo"
}
# What was found to be worth trying is kept for the next run; what a parser fails on is left in the logs' folder. The long
# variant is optimized, and ten minutes for each.
step_fuzz() {
  local preset=asan seconds=10
  if [[ -n $LONG ]]; then preset=fuzz seconds=600; fi
  build $preset fuzzers
  export -f fuzz_one
  find build/$preset/tests/fuzz -maxdepth 1 -name 'fuzz_*' -type f -executable -print0 |
    LOGS=$LOGS SHARED_CACHE=$SHARED_CACHE xargs -0 -n1 -P"$(nproc)" bash -c 'fuzz_one "$@"' _ "$seconds"
}
fuzz_one() { # SECONDS TARGET
  local corpus=$SHARED_CACHE/fuzz/${2##*/} seeds=tests/fuzz/seeds/${2##*/fuzz_}
  [[ -d $seeds ]] || seeds=tests/data/reviews
  mkdir -p "$corpus"
  "$2" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$LOGS/" "$corpus" "$seeds"
}
step_node() {
  build_release "$LOGS/build-release.log"
  SALLYPORT_BINARY=$RELEASE_BINARY cluster_tests 2 tests/node
}
step_tidy() { hack/tidy.py; }
step_coverage() { hack/coverage.sh >"$LOGS/coverage.table"; }

# --- running them ---

parse() {
  ONLY=
  export TESTS="" LONG="" # for the steps' shells
  while (($#)); do
    case $1 in
      --only) ONLY=${2:?--only needs steps}; shift 2 ;;
      --test) TESTS+=" ${2:?--test needs the ID of a test}"; shift 2 ;;
      --long) LONG=yes STEPS+=$LONG_STEPS; shift ;;
      --list) printf '%s' "${STEPS#$'\n'}"; exit 0 ;;
      *) usage ;;
    esac
  done
}

# In a shell of its own, since `set -e` does not hold in a command whose failure is looked at.
run_step() { # NAME
  STEP=$1 bash -c 'source hack/test.sh; set -x; "step_$STEP"' >"$LOGS/$1.log" 2>&1
}

# A machine is warm when an earlier run has left its compilers' caches there.
is_warm() { (($(find "${CCACHE_DIR:-$HOME/.cache/ccache}" -type f 2>/dev/null | head -n 1000 | wc -l) == 1000)); }

main() {
  parse "$@"
  cd "$ROOT"
  local machine=cold
  ! is_warm || machine=warm
  mkdir -p "$LOGS"
  rm -rf "$LOGS/pytest" "$LOGS/coverage.table"
  run_steps "$STEPS" "$ONLY" "$LOGS/steps.tsv"
  hack/test_report.py end "$LOGS" "$machine" $SECONDS
  [[ ! -s $LOGS/coverage.table ]] || cat "$LOGS/coverage.table"
  printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
  ((FAILED == 0 && PASSED > 0))
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
