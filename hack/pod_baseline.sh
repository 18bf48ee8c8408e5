#!/usr/bin/env bash
# Prints the path of a program that judges pods by the Pod Security baseline's own module, for hack/pod_baseline.py. It is built
# from hack/pod_baseline, once, into the user's cache: half a minute.
#   hack/pod_baseline.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

main() {
  (($# == 0)) || usage
  local directory
  directory=$(built pod_baseline pod_baseline "the judge of pods (half a minute)" -ldflags "-s -w" .)
  echo "$directory/pod_baseline"
}
main "$@"
