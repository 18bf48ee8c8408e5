# The one place that names the Debian packages this project needs. Sourced after common.sh.
PACKAGES_build=(clang-19 clang-tidy-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev ccache ninja-build cmake pkg-config
  libboost1.81-dev libssl-dev rapidjson-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev libgtest-dev libgmock-dev)
PACKAGES_cluster=(openssl curl jq git ca-certificates python3)
PACKAGES_test=(python3-pytest python3-yaml shellcheck)
PACKAGES_bench=(nginx libnginx-mod-http-echo)

# need_packages GROUP...: installs what is missing of the groups.
need_packages() {
  local group package missing=()
  for group in "$@"; do
    local -n packages=PACKAGES_$group
    for package in "${packages[@]}"; do
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "this is no Debian: please install what these Debian 12 packages hold, then run it again: ${missing[*]}"
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  say "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_go() {
  command -v go >/dev/null || die "Go is missing: install Go 1.21 or newer (https://go.dev/dl); it fetches the newer toolchain that it needs itself"
}
