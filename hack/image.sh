#!/usr/bin/env bash
# The image that a cluster runs: an OCI archive and beside it its bill of materials (SPDX 2.3), without a container engine.
#   hack/image.sh [--binary FILE] [--out DIR]
#   hack/image.sh --rootfs DIR [--binary FILE]     only the files that are in it, for hack/Dockerfile
# FILE: default build/release/sallyport, which is built. DIR: default build/image. The same sources make the same bytes.
# To standard output: the archive's path.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/release.sh"

parse() {
  BINARY=
  OUT=$ROOT/build/image
  ROOTFS=
  while (($#)); do
    case $1 in
      --binary) BINARY=${2:?--binary needs a file}; shift 2 ;;
      --out) OUT=${2:?--out needs a directory}; shift 2 ;;
      --rootfs) ROOTFS=${2:?--rootfs needs a directory}; shift 2 ;;
      *) usage ;;
    esac
  done
}

# The time that stands on everything in it: of the sources, not of the build.
source_date() {
  git -C "$ROOT" log -1 --format=%ct 2>/dev/null || echo "${SOURCE_DATE_EPOCH:-0}"
}

main() {
  parse "$@"
  need_packages build cluster
  if [[ -z $BINARY ]]; then
    build_release "$ROOT/build/release.log"
    BINARY=$RELEASE_BINARY
  fi
  local arguments=(--binary "$BINARY" --date "$(source_date)")
  if [[ -n $ROOTFS ]]; then
    "$PYTHON" "$ROOT/hack/image.py" "${arguments[@]}" --rootfs "$ROOTFS"
    return
  fi
  mkdir -p "$OUT"
  "$PYTHON" "$ROOT/hack/image.py" "${arguments[@]}" --out "$OUT"
}
main "$@"
