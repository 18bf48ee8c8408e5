#!/usr/bin/env bash
# Prints a directory that holds what a node runs beside Kubernetes' own parts: containerd, its shim and its client ctr, and
# the CNI plugins bridge and host-local. Built from hack/node, once, into the user's cache: about two minutes on two cores.
#   hack/node_parts.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

CONTAINERD=github.com/containerd/containerd/v2
PLUGINS=github.com/containernetworking/plugins/plugins

main() {
  (($# == 0)) || usage
  built node node "containerd and CNI plugins (about two minutes)" -tags no_btrfs,no_devmapper,no_zfs,no_systemd \
    -ldflags "-s -w -X $CONTAINERD/version.Version=$(version_of node "$CONTAINERD")" \
    "$CONTAINERD"/cmd/{containerd,containerd-shim-runc-v2,ctr} "$PLUGINS"/{main/bridge,ipam/host-local}
}
main "$@"
