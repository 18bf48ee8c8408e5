#!/usr/bin/env bash
# Prints a directory that holds etcd, kube-apiserver, kube-controller-manager and kubectl, and with --node also kube-scheduler,
# kubelet and kube-proxy.
#   hack/controlplane.sh [--node]
# What is in KUBEBUILDER_ASSETS (the envtest convention) is used. The rest is built from hack/controlplane, once, into
# .cache: about five minutes on two cores.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

PARTS=(etcd kube-apiserver kube-controller-manager kubectl)
VERSION=v1.36.3
ASSETS=${KUBEBUILDER_ASSETS:-}

assets_are_complete() {
  local part
  [[ -n $ASSETS ]] || return 1
  for part in "${PARTS[@]}"; do [[ -x $ASSETS/$part ]] || return 1; done
}

build_once() { # PROGRAM
  [[ ! -x $1 ]] || return 0
  need_go
  say "building the Kubernetes control plane $VERSION from Go modules into ${1%/*}: about five minutes, once"
  build_go "$1.log" env -C "$ROOT/hack/controlplane" go build -v -trimpath -buildvcs=false -o "$1.new" -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=$VERSION -X k8s.io/client-go/pkg/version.gitVersion=$VERSION" . ||
    die "the control plane could not be built; the whole output is in $1.log"
  mv "$1.new" "$1"
}

# A directory of links: envtest brings no controller manager, for instance.
link_parts() { # DIRECTORY PROGRAM
  local part source
  mkdir -p "$1"
  for part in "${PARTS[@]}"; do
    source=$2
    if [[ -n $ASSETS && -x $ASSETS/$part ]]; then source=$ASSETS/$part; fi
    ln -sfn "$source" "$1/$part.$$"
    mv -T "$1/$part.$$" "$1/$part" # at once: another script may be starting it
  done
}

main() {
  if [[ ${1:-} == --node ]]; then
    PARTS+=(kube-scheduler kubelet kube-proxy)
    shift
  fi
  (($# == 0)) || usage
  if assets_are_complete; then
    echo "$ASSETS"
    return
  fi
  local key built directory program=controlplane
  key=$(cat "$ROOT"/hack/controlplane/{go.mod,go.sum,main.go} | sha256sum | cut -c1-16)
  built=$CACHE/controlplane/$key
  directory=$built
  if [[ -n $ASSETS ]]; then
    directory=$built/with-$(sha256sum <<<"$ASSETS" | cut -c1-16)
    program=../$program
  fi
  mkdir -p "$built"
  locked "$built/.lock" build_once "$built/controlplane"
  link_parts "$directory" "$program"
  echo "$directory"
}
main "$@"
