#!/usr/bin/env bash
# Prints the path of a Helm 4: the one on the PATH, else one built from its Go module, once, into .cache (two to three
# minutes).
#   hack/helm.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

VERSION=v4.3.1
DIRECTORY=$CACHE/helm/$VERSION

build_once() {
  [[ ! -x $DIRECTORY/helm ]] || return 0
  need_go
  say "building Helm $VERSION from its Go module into $DIRECTORY: two to three minutes, once"
  GOBIN=$DIRECTORY build_go "$DIRECTORY/build.log" go install -v "helm.sh/helm/v4/cmd/helm@$VERSION" ||
    die "Helm could not be built; the whole output is in $DIRECTORY/build.log"
}

main() {
  (($# == 0)) || usage
  if [[ $(helm version --short 2>/dev/null) == v4.* ]]; then
    command -v helm
    return
  fi
  mkdir -p "$DIRECTORY"
  locked "$DIRECTORY/.lock" build_once
  echo "$DIRECTORY/helm"
}
main "$@"
