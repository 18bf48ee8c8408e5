#!/usr/bin/env bash
# Prints the path of a Helm: the one on the PATH, else one built once into the user's cache, from a Go module with which it
# shares most of what is compiled: Helm 4 from the control plane's, Helm 3 from kube-linter's.
#   hack/helm.sh [4|3]
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

main() {
  local major=${1:-4} from=controlplane
  (($# <= 1)) && [[ $major == [34] ]] || usage
  if [[ $(helm version --short 2>/dev/null) == v$major.* ]]; then
    command -v helm
    return
  fi
  [[ $major == 4 ]] || from=kube-linter
  local module=helm.sh/helm/v$major cached=helm version directory
  [[ $major == 4 ]] || cached=helm$major
  version=$(version_of "$from" "$module")
  directory=$(built "$cached" "$from" "Helm $version (a minute or two)" \
    -ldflags "-s -w -X $module/internal/version.version=$version" "$module/cmd/helm")
  echo "$directory/helm"
}
main "$@"
