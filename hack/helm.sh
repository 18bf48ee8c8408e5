#!/usr/bin/env bash
# Prints the path of a Helm 4: the one on the PATH, else one built from its Go module, once, into .cache (two to three minutes).
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

VERSION=v4.3.1

main() {
  if command -v helm >/dev/null && [[ $(helm version --short 2>/dev/null) == v4.* ]]; then
    command -v helm
    return
  fi
  local dir=$CACHE/helm/$VERSION
  mkdir -p "$dir"
  exec 9>"$dir/.lock"
  flock 9
  if [[ ! -x $dir/helm ]]; then
    need_go
    say "building Helm $VERSION from its Go module: two to three minutes, once"
    GOBIN=$dir CGO_ENABLED=0 go install "helm.sh/helm/v4/cmd/helm@$VERSION" >"$dir/build.log" 2>&1 ||
      { tail -n 20 "$dir/build.log" >&2; die "Helm could not be built"; }
  fi
  echo "$dir/helm"
}
main
