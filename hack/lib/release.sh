# shellcheck shell=bash
# The program as it is shipped. Sourced after common.sh and packages.sh.

RELEASE_BINARY=$ROOT/build/release/sallyport

# build_release LOG: into build/release; the whole output goes to the log.
build_release() {
  need_packages build
  say "building sallyport (release)"
  mkdir -p "$(dirname "$1")" "$CACHE"
  (
    flock 9 # hack/test.sh builds in the background
    cd "$ROOT" && cmake --preset release && cmake --build --preset release --target sallyport
  ) >"$1" 2>&1 9>"$CACHE/build-release.lock" || { tail -n 30 "$1" >&2; die "the build failed; the whole output is in $1"; }
}
