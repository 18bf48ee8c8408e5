#!/usr/bin/env bash
# Every test there is, on this machine.
#   hack/test.sh [--only STEP[,STEP...]] [--list]
# The whole output of a step is in .cache/test/STEP.log. The last line says how many steps passed and failed.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

LOGS=$ROOT/.cache/test
STEPS=(
  "packages   what the others need: Debian packages, the control plane and Helm"
  "static     includes, CRDs, the rendered chart, format, shellcheck"
  "build      the debug build, with failpoints"
  "unit       unit tests, and the contract in memory"
  "contract   the contract, and kube/, on a real API server"
  "chart      the chart on a real API server, without Sallyport behind it"
  "e2e        everything through kubectl and helm"
  "hostile    malformed and hostile reviews, HTTP and TLS"
  "demo       hack/demo.sh from the beginning to the end"
)
# Run by name (--only): longer than a change should wait for.
MORE_STEPS=(
  "release    what is shipped"
  "asan       AddressSanitizer and UndefinedBehaviorSanitizer: unit and contract tests"
  "e2e-asan   end to end, against replicas with both"
  "tsan       ThreadSanitizer: unit and contract tests"
  "e2e-tsan   the concurrent end-to-end tests, against replicas with it"
  "tidy       clang-tidy"
)

usage() { sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

# --- the steps: each runs in a shell of its own under set -e ---

# The two long Go builds run side by side with what does not need them yet; `chart` waits for them by the scripts' own lock.
step_packages() {
  need_packages build cluster test
  need_go
  prebuild
}

prebuild() {
  (nice "$ROOT/hack/controlplane.sh" && nice "$ROOT/hack/helm.sh") >"$LOGS/prebuild.log" 2>&1 &
  echo "building the control plane and Helm in the background: $LOGS/prebuild.log"
}

step_static() {
  hack/check_includes.py
  hack/check_crds.py
  hack/render_manifests.sh --check
  find src tests -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 --dry-run -Werror
  shellcheck -x -a -S warning -e SC2034 -P hack hack/*.sh .ci/run
}

build() { cmake --preset "$1" && cmake --build --preset "$1"; }
python_tests() { "$PYTHON" -m pytest -q -p no:cacheprovider --durations=10 "$@"; }

# A sanitizer's report ends the process that made it, and stands in a replica's stderr.log, which fails the run.
export ASAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1

build_and_ctest() {
  build "$1"
  ctest --preset "$1" -j2
}
e2e() { SALLYPORT_BINARY=$ROOT/build/$1/sallyport python_tests tests/e2e "${@:2}"; }

step_build() { build dev; }
step_unit() { ctest --preset dev -j2; }
step_contract() { SALLYPORT_BUILD=$ROOT/build/dev python_tests tests/contract; }
step_chart() { python_tests tests/chart; }
step_e2e() { e2e dev; }
step_hostile() { SALLYPORT_BINARY=$ROOT/build/dev/sallyport python_tests tests/hostile; }
step_demo() { SALLYPORT_BINARY=$ROOT/build/dev/sallyport hack/demo.sh --dir "$LOGS/demo"; }

step_release() { build release; }
step_asan() { build_and_ctest asan; }
step_e2e-asan() { e2e asan --ignore tests/e2e/test_demo.py; }
step_tsan() { build_and_ctest tsan; }
step_e2e-tsan() { e2e tsan -m concurrent; }
step_tidy() {
  find src -name '*.cpp' -print0 | xargs -0 -n4 -P2 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*'
}

# --- running them ---

parse() {
  ONLY=
  while (($#)); do
    case $1 in
      --only) ONLY=,${2:?--only needs steps}, ; shift 2 ;;
      --list) printf '%s\n' "${STEPS[@]}" "${MORE_STEPS[@]}"; exit 0 ;;
      *) usage ;;
    esac
  done
}

# In a shell of its own, since `set -e` does not hold in a command whose failure is looked at.
run_step() {
  local name=$1 started=$SECONDS code=0
  printf '%-10s ' "$name"
  bash -c 'source hack/test.sh; set -x; "step_$1"' _ "$name" >"$LOGS/$name.log" 2>&1 || code=$?
  local took=$((SECONDS - started))
  if ((code == 0)); then
    printf 'passed  %4d s\n' $took
    PASSED=$((PASSED + 1))
  else
    printf 'FAILED  %4d s   (%s)\n' $took "$LOGS/$name.log"
    tail -n 60 "$LOGS/$name.log" | sed 's/^/    /'
    FAILED=$((FAILED + 1))
  fi
}

main() {
  parse "$@"
  cd "$ROOT"
  mkdir -p "$LOGS"
  PASSED=0
  FAILED=0
  local step name
  [[ -z $ONLY ]] || STEPS+=("${MORE_STEPS[@]}")
  for step in "${STEPS[@]}"; do
    name=${step%% *}
    [[ -z $ONLY || $ONLY == *,$name,* ]] || continue
    run_step "$name"
  done
  printf '%d passed, %d failed\n' $PASSED $FAILED
  ((FAILED == 0 && PASSED > 0))
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
