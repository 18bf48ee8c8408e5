//go:build tools

// Package node pins what a node of the test cluster runs beside Kubernetes' own parts: containerd with its shim and
// client, and two CNI plugins. hack/node_parts.sh builds them.
package node

import (
	_ "github.com/containerd/containerd/v2/cmd/containerd"
	_ "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2"
	_ "github.com/containerd/containerd/v2/cmd/ctr"
	_ "github.com/containernetworking/plugins/plugins/ipam/host-local"
	_ "github.com/containernetworking/plugins/plugins/main/bridge"
)
