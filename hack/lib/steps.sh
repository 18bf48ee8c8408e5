# shellcheck shell=bash
# Runs steps side by side, each as soon as those that it needs have passed. Sourced after common.sh; the script that sources
# it has `run_step NAME`.

BUSY=1    # that keep the processors busy: so many at a time
WAITING=2 # that mostly wait

# run_steps TABLE ONLY FILE: the steps of the table (NAME KIND NEEDS WHAT a line), or of them those that ONLY names. What
# is not run is taken for passed by those that need it. Writes NAME, result and seconds to the file; sets PASSED and FAILED.
run_steps() {
  local -A kind=() needs=() state=() began=() of=()
  local names=() running=0 busy=0 name pid code results=$3
  read_steps "$1" "$2"
  : >"$results"
  PASSED=0 FAILED=0
  trap 'stop_steps "${!of[@]}"' INT TERM
  while true; do
    begin_steps
    ((running > 0)) || break
    code=0
    wait -n -p pid || code=$?
    end_step "$pid" "$code"
  done
  trap - INT TERM
}

read_steps() { # TABLE ONLY
  local what_kind what_needs each
  while read -r name what_kind what_needs _; do
    [[ -n $name ]] || continue
    kind[$name]=$what_kind needs[$name]=${what_needs/#-/}
    [[ -z $2 || ,$2, == *,$name,* ]] || continue
    names+=("$name")
    state[$name]=due
  done <<<"$1"
  for each in ${2//,/ }; do [[ -n ${kind[$each]:-} ]] || die "there is no step $each: see --list"; done
}

begin_steps() {
  local each need
  for name in "${names[@]}"; do
    [[ ${state[$name]} == due ]] || continue
    for need in ${needs[$name]//,/ }; do
      each=${state[$need]:-passed}
      [[ $each != passed ]] || continue
      if [[ $each == failed ]]; then
        state[$name]=failed
        FAILED=$((FAILED + 1))
        printf '%-12s not run: %s has failed\n' "$name" "$need"
      fi
      continue 2
    done
    if [[ ${kind[$name]} == busy ]]; then ((busy < BUSY)) || continue; else ((running - busy < WAITING)) || continue; fi
    say "running $name"
    set -m # in a process group of its own, which Ctrl-C does not reach but through us
    run_step "$name" &
    set +m
    of[$!]=$name state[$name]=running began[$name]=$SECONDS
    running=$((running + 1))
    [[ ${kind[$name]} != busy ]] || busy=$((busy + 1))
  done
}

end_step() { # PID CODE
  name=${of[$1]}
  unset "of[$1]"
  running=$((running - 1))
  [[ ${kind[$name]} != busy ]] || busy=$((busy - 1))
  local took=$((SECONDS - began[$name]))
  if (($2 == 0)); then state[$name]=passed PASSED=$((PASSED + 1)); else state[$name]=failed FAILED=$((FAILED + 1)); fi
  printf '%s\t%s\t%d\n' "$name" "${state[$name]}" $took >>"$results"
  printf '%-12s %s  %4d s\n' "$name" "${state[$name]/failed/FAILED}" $took
}

# Tests tidy up after SIGINT; what runs in the background beside them ends by SIGTERM.
stop_steps() { # PID...
  local pid
  trap '' INT TERM
  for pid in "$@"; do kill -INT -- "-$pid" 2>/dev/null || true; done
  wait
  for pid in "$@"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  exit 130
}
