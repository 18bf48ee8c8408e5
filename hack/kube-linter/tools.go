//go:build tools

// Package linter pins kube-linter, which hack/kube_linter.sh builds. Its module is fetched from GitHub, since not every
// module proxy serves the name that it has.
package linter

import _ "golang.stackrox.io/kube-linter/cmd/kube-linter"
