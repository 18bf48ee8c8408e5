//go:build tools

// Package linter pins kube-linter, which hack/kube_linter.sh builds, and the Helm 3 that it is made of, which hack/helm.sh
// builds. kube-linter's module is fetched from GitHub, since not every module proxy serves the name that it has.
package linter

import (
	_ "golang.stackrox.io/kube-linter/cmd/kube-linter"
	_ "helm.sh/helm/v3/cmd/helm"
)
