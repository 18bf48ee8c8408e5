#!/usr/bin/env bash
# Writes docs/cli.md from the definitions of the commands.
#   hack/cli_docs.sh [--check] [--binary FILE]     --check: changes nothing, and fails if the page is not current
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

PAGE=$ROOT/docs/cli.md
BINARY=${SALLYPORT_BINARY:-$ROOT/build/dev/sallyport}

main() {
  local check='' page
  while (($#)); do
    case $1 in
      --check) check=yes ; shift ;;
      --binary) BINARY=${2:?--binary needs a file}; shift 2 ;;
      *) usage ;;
    esac
  done
  [[ -x $BINARY ]] || die "no program $BINARY; build it, or name one with --binary"
  page=$("$BINARY" __docs)
  if [[ $check ]]; then
    diff -u "$PAGE" <(printf '%s\n' "$page") >&2 || die "docs/cli.md is not current: run hack/cli_docs.sh"
  else
    printf '%s\n' "$page" >"$PAGE"
  fi
}
main "$@"
