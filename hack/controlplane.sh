#!/usr/bin/env bash
# Prints a directory that holds etcd, kube-apiserver, kube-controller-manager and kubectl. Taken from KUBEBUILDER_ASSETS if all
# are there; else built from hack/controlplane, once, into .cache (about five minutes on two cores).
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

PARTS=(etcd kube-apiserver kube-controller-manager kubectl)
VERSION=v1.36.3

has_all() {
  local part
  for part in "${PARTS[@]}"; do [[ -x $1/$part ]] || return 1; done
}

# A line every half minute, so that nobody thinks it hangs.
build() {
  local out=$1 log=$1.log started=$SECONDS
  need_go
  say "building the Kubernetes control plane $VERSION from Go modules: about five minutes, once"
  (cd "$ROOT/hack/controlplane" && CGO_ENABLED=0 go build -v -trimpath -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=$VERSION -X k8s.io/client-go/pkg/version.gitVersion=$VERSION" \
    -o "$out" .) >"$log" 2>&1 &
  local builder=$!
  while kill -0 $builder 2>/dev/null; do
    sleep 1
    (((SECONDS - started) % 30)) || say "  $((SECONDS - started)) s: $(grep -vc '^go: ' "$log") packages compiled"
  done
  wait $builder || { tail -n 20 "$log" >&2; die "the control plane could not be built; the whole output is in $log"; }
  say "built in $((SECONDS - started)) s"
}

main() {
  if [[ -n ${KUBEBUILDER_ASSETS:-} ]] && has_all "$KUBEBUILDER_ASSETS"; then
    echo "$KUBEBUILDER_ASSETS"
    return
  fi
  local key dir part
  key=$(cat "$ROOT"/hack/controlplane/{go.mod,go.sum,main.go} | sha256sum | cut -c1-16)
  dir=$CACHE/controlplane/$key
  mkdir -p "$dir"
  exec 9>"$dir/.lock"
  flock 9
  if [[ ! -x $dir/controlplane ]]; then
    build "$dir/controlplane.new"
    mv "$dir/controlplane.new" "$dir/controlplane"
  fi
  for part in "${PARTS[@]}"; do ln -sf controlplane "$dir/$part"; done
  echo "$dir"
}
main
