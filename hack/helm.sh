#!/usr/bin/env bash
# Prints the path of a Helm 4: the one on the PATH, else one built once into the user's cache, from the control plane's Go
# module, with which it shares most of what is compiled.
#   hack/helm.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

MODULE=helm.sh/helm/v4

main() {
  (($# == 0)) || usage
  if [[ $(helm version --short 2>/dev/null) == v4.* ]]; then
    command -v helm
    return
  fi
  local version directory
  version=$(version_of controlplane "$MODULE")
  directory=$(built helm controlplane "Helm $version (a minute or two)" \
    -ldflags "-s -w -X $MODULE/internal/version.version=$version" "$MODULE/cmd/helm")
  echo "$directory/helm"
}
main "$@"
