#!/usr/bin/env bash
# Prints a directory that holds what a node runs beside Kubernetes' own parts: containerd, its shim and its client ctr, and
# the CNI plugins bridge and host-local. Built from hack/node, once, into .cache: about two minutes on two cores.
#   hack/node_parts.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

CONTAINERD=github.com/containerd/containerd/v2
PLUGINS=github.com/containernetworking/plugins/plugins

version_of() { awk -v module="$1" '$1 == module { print $2 }' "$ROOT/hack/node/go.mod"; }

build_once() { # DIRECTORY
  [[ ! -e $1/complete ]] || return 0
  need_go
  say "building containerd and CNI plugins from Go modules into $1: about two minutes, once"
  build_go "$1/build.log" env -C "$ROOT/hack/node" go build -v -trimpath -buildvcs=false -o "$1/" \
    -tags no_btrfs,no_devmapper,no_zfs,no_systemd -ldflags "-s -w -X $CONTAINERD/version.Version=$(version_of "$CONTAINERD")" \
    "$CONTAINERD"/cmd/{containerd,containerd-shim-runc-v2,ctr} "$PLUGINS"/{main/bridge,ipam/host-local} ||
    die "containerd could not be built; the whole output is in $1/build.log"
  touch "$1/complete"
}

main() {
  (($# == 0)) || usage
  local directory
  directory=$CACHE/node/$(cat "$ROOT"/hack/node/{go.mod,go.sum} | sha256sum | cut -c1-16)
  mkdir -p "$directory"
  locked "$directory/.lock" build_once "$directory"
  echo "$directory"
}
main "$@"
