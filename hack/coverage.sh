#!/usr/bin/env bash
# How many of our lines the tests run, by folder.
#   hack/coverage.sh [--e2e] [PYTEST ARGUMENT...]
# Builds what the unit tests and the contract in memory need with clang's counters, in build/coverage, runs them and prints a
# table. --e2e: the program as well, and the end-to-end tests with it (or what the arguments name); a replica that is killed
# has counted nothing.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

BUILD=$ROOT/build/coverage
PROFILES=$BUILD/profiles

parse() {
  E2E="" PYTEST_ARGS=(tests/e2e)
  while (($#)); do
    case $1 in
      --e2e) E2E=yes; shift ;;
      -h | --help) usage ;;
      *) [[ -n $E2E ]] || usage; PYTEST_ARGS=("$@"); break ;;
    esac
  done
}

build() {
  local targets
  cmake --preset coverage
  mapfile -t targets < <(ctest --preset coverage -N | sed -n 's/^ *Test *#[0-9]*: //p') # a test is named as its program
  nice cmake --build --preset coverage --target "${targets[@]}" ${E2E:+sallyport}
}

# Whether all have passed; what has failed counted, too.
run_tests() {
  local code=0
  export LLVM_PROFILE_FILE=$PROFILES/%m-%p.profraw
  rm -rf "$PROFILES"
  ctest --preset coverage -j2 || code=$?
  if [[ -n $E2E ]]; then
    SALLYPORT_BINARY=$BUILD/sallyport "$PYTHON" -m pytest -q -n 3 --dist loadfile "${PYTEST_ARGS[@]}" || code=$?
  fi
  return $code
}

# Lines that are there, lines that ran: the sums of each folder of src/, and of all.
print_table() {
  local program objects=()
  find "$PROFILES" -name '*.profraw' >"$BUILD/profiles.list"
  llvm-profdata-19 merge -sparse -f "$BUILD/profiles.list" -o "$BUILD/all.profdata"
  while read -r program; do objects+=(-object "$program"); done < <(
    find "$BUILD" -type f -executable \( -name 'unit_*' -o -name contract_memory -o -name sallyport \))
  llvm-cov-19 export -summary-only -instr-profile="$BUILD/all.profdata" "${objects[@]}" -ignore-filename-regex=/usr/ |
    jq -r '.data[0].files[] | [.filename, .summary.lines.count, .summary.lines.covered] | @tsv' |
    awk -F'\t' '
      match($1, /(^|\/)src\//) {
        folder = substr($1, RSTART + RLENGTH)
        if (!sub(/\/.*/, "", folder)) folder = "(main)"
        lines[folder] += $2; ran[folder] += $3; lines["total"] += $2; ran["total"] += $3
      }
      function row(each) { return sprintf("%-10s %7d %7d %6.1f %%", each, lines[each], ran[each], 100 * ran[each] / lines[each]) }
      END {
        printf "%-10s %7s %7s\n", "folder", "lines", "ran"
        for (each in lines) if (each != "total") print row(each) | "sort"
        close("sort")
        print row("total")
      }'
}

main() {
  parse "$@"
  cd "$ROOT"
  need_packages build cluster
  local code=0
  build >&2
  run_tests >&2 || code=$?
  print_table
  return $code
}

main "$@"
