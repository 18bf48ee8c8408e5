# shellcheck shell=bash
# The one place that names the Debian packages this project needs, by what needs them. Sourced after common.sh.
# shellcheck disable=SC2034  # used by name
PACKAGES_build=(clang-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev ccache ninja-build cmake
  libboost1.81-dev libboost-url1.81-dev libssl-dev rapidjson-dev nlohmann-json3-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev libminizip-dev zlib1g-dev
  libgtest-dev libgmock-dev)
PACKAGES_cluster=(ca-certificates openssl curl jq python3)
PACKAGES_node=(runc nftables iproute2 conntrack procps busybox-static)
PACKAGES_test=(clang-tidy-22 python3-pytest python3-pytest-xdist python3-yaml python3-jsonschema python3-cryptography python3-jwcrypto shellcheck zsh fish rsyslog rsyslog-gnutls prometheus python3-websockets tinyproxy unzip)
PACKAGES_clients=(python3 python3-venv)
PACKAGES_bench=(nginx libnginx-mod-http-echo wrk libsqlite3-dev)

# need_packages GROUP...: installs what is missing of the groups.
need_packages() {
  local group package missing=()
  for group in "$@"; do
    local -n packages=PACKAGES_$group
    for package in "${packages[@]}"; do
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
  done
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

install_packages() {
  command -v apt-get >/dev/null ||
    die "this system has no apt-get: install what these Debian 12 packages hold, then run it again: $*"
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  say "installing $*"
  { "${as_root[@]}" update && "${as_root[@]}" install --yes --no-install-recommends "$@"; } >/dev/null ||
    die "apt-get could not install these packages of Debian 12 (see above): $*"
}

# Any Go that can fetch the newer one which the modules name.
need_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || version="no Go"
  [[ $version =~ ^go1\.(2[1-9]|[3-9][0-9])([^0-9]|$) ]] ||
    die "Go 1.21 or newer is needed, found: $version. Install it from https://go.dev/dl (Debian 12's own is too old)"
}

# Node.js with npm, whoever has packed them: Debian's npm does not go with other packages of Node.js.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || install_packages nodejs npm
}
