#!/usr/bin/env bash
# Prints a directory with the official Kubernetes clients that tests drive: python/bin/python has `kubernetes`, and node_modules
# has `@kubernetes/client-node`, at the versions and hashes of hack/clients. Installed once into the user's cache, in half a minute.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh" # for its lock

install_once() { # DIRECTORY
  [[ ! -e $1/complete ]] || return 0
  need_packages clients
  need_node
  say "installing the Kubernetes clients for Python and JavaScript, once, into $1"
  rm -rf "$1/python"
  {
    "$PYTHON" -m venv "$1/python" &&
      "$1/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes -r "$ROOT/hack/clients/requirements.txt" &&
      cp "$ROOT"/hack/clients/package{,-lock}.json "$1/" &&
      npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error
  } >"$1/install.log" 2>&1 || { tail -n 20 "$1/install.log" >&2; die "they could not be installed; the whole output is in $1/install.log"; }
  touch "$1/complete"
}

main() {
  (($# == 0)) || usage
  local directory
  directory=$SHARED_CACHE/clients/$(cat "$ROOT"/hack/clients/* | sha256sum | cut -c1-16)
  mkdir -p "$directory"
  locked "$directory/.lock" install_once "$directory"
  echo "$directory"
}
main "$@"
