#!/usr/bin/env bash
# Prints a directory that holds etcd, kube-apiserver, kube-controller-manager and kubectl, and with --node also kube-scheduler,
# kubelet and kube-proxy.
#   hack/controlplane.sh [--node]
# What is in KUBEBUILDER_ASSETS (the envtest convention) is used. The rest is built from hack/controlplane, once, into
# the user's cache: about five minutes on two cores.
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

# A directory of links: envtest brings no controller manager, for instance.
link_parts() { # DIRECTORY BUILT
  local part source
  mkdir -p "$1"
  for part in "${PARTS[@]}"; do
    source=$2/controlplane
    [[ $part != kubectl ]] || source=$2/kubectl
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
  local built directory
  built=$(built controlplane controlplane "the Kubernetes control plane $VERSION (about five minutes)" -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=$VERSION -X k8s.io/client-go/pkg/version.gitVersion=$VERSION" \
    . k8s.io/kubernetes/cmd/kubectl)
  directory=$built/parts
  if [[ -n $ASSETS ]]; then directory=$built/with-$(sha256sum <<<"$ASSETS" | cut -c1-16); fi
  link_parts "$directory" "$built"
  echo "$directory"
}
main "$@"
