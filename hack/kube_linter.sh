#!/usr/bin/env bash
# Prints the path of kube-linter, for tests/chart. It is built from hack/kube-linter, once, into the user's cache: a minute or
# two.
#   hack/kube_linter.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

main() {
  (($# == 0)) || usage
  local directory
  directory=$(built kube-linter kube-linter "kube-linter (a minute or two)" -ldflags "-s -w" golang.stackrox.io/kube-linter/cmd/kube-linter)
  echo "$directory/kube-linter"
}
main "$@"
