#!/usr/bin/env bash
# Makes what is copied or rendered: charts/sallyport/files/crds from crds/, manifests/install.yaml from the chart.
#   hack/render_manifests.sh [--check]     --check: changes nothing, and fails if a copy is not current
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

COPIES=$ROOT/charts/sallyport/files/crds
INSTALL=$ROOT/manifests/install.yaml

# To standard output: all that `helm install` would make, with the namespace before it.
render() {
  cat <<'Y'
# Sallyport without Helm: kubectl apply --server-side -f install.yaml
# Rendered by hack/render_manifests.sh with manifests/values.yaml, which names the agents. Do not edit it.
apiVersion: v1
kind: Namespace
metadata: {name: sallyport-system}
Y
  "$("$ROOT/hack/helm.sh")" template sallyport "$ROOT/charts/sallyport" --namespace sallyport-system \
    --values "$ROOT/manifests/values.yaml" --skip-tests | without_gaps
}

# Helm's versions differ in the empty lines that they leave between documents.
without_gaps() { awk '/^$/ { gap = gap "\n"; next } /^---$/ { gap = "" } { printf "%s%s\n", gap, $0; gap = "" }'; }

write() {
  mkdir -p "$COPIES"
  rm -f "$COPIES"/*.yaml
  cp "$ROOT"/crds/*.yaml "$COPIES"
  render >"$INSTALL"
}

check() {
  local stale=0
  diff -ru "$ROOT/crds" "$COPIES" || stale=1
  render | diff -u "$INSTALL" - || stale=1
  ((stale == 0)) || die "these are not current: run hack/render_manifests.sh and commit what it changes"
}

case ${1:-} in
  "") write ;;
  --check) check ;;
  *) die "usage: hack/render_manifests.sh [--check]" ;;
esac
