#!/usr/bin/env bash
# A cluster (hack/cluster.sh) with the chart installed, and replicas of `sallyport serve` on this machine that share one port.
#   hack/dev.sh up [--dir DIR] [--replicas N] [--binary FILE] [--values FILE] [--set K=V]
#   hack/dev.sh down|status [--dir DIR]
#   hack/dev.sh start|stop|kill N [--dir DIR]      one replica: start it, end it by SIGTERM, end it by SIGKILL
# A replica lives in DIR/replicas/N: pid, stderr.log, log/, health, metrics (the last two hold its addresses).
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"

NAMESPACE=sallyport-system

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

parse() {
  COMMAND=${1:-}
  DIR=$ROOT/.cluster
  REPLICAS=2
  BINARY=${SALLYPORT_BINARY:-}
  HELM_ARGS=(--values "$ROOT/hack/dev-values.yaml")
  NUMBER=
  shift || true
  while (($#)); do
    case $1 in
      --dir) DIR=${2:?}; shift 2 ;;
      --replicas) REPLICAS=${2:?}; shift 2 ;;
      --binary) BINARY=$(realpath "${2:?}"); shift 2 ;;
      --values) HELM_ARGS+=(--values "${2:?}"); shift 2 ;;
      --set) HELM_ARGS+=(--set "${2:?}"); shift 2 ;;
      [0-9]*) NUMBER=$1; shift ;;
      *) usage ;;
    esac
  done
  mkdir -p "$DIR"
  DIR=$(cd "$DIR" && pwd)
}

build_binary() {
  need_packages build
  say "building sallyport (release)"
  (cd "$ROOT" && cmake --preset release && cmake --build --preset release --target sallyport) >"$DIR/build.log" 2>&1 ||
    { tail -n 30 "$DIR/build.log" >&2; die "the build failed; the whole output is in $DIR/build.log"; }
  BINARY=$ROOT/build/release/sallyport
}

install_chart() {
  local helm
  helm=$("$ROOT/hack/helm.sh")
  say "installing the chart"
  "$helm" --kubeconfig "$DIR/kubeconfig" upgrade --install sallyport "$ROOT/charts/sallyport" \
    --namespace $NAMESPACE --create-namespace "${HELM_ARGS[@]}" \
    --set "webhook.url=https://localhost:$(cat "$DIR/webhook.port")" >"$DIR/helm.log" 2>&1 ||
    { cat "$DIR/helm.log" >&2; die "helm could not install the chart"; }
  kubectl -n $NAMESPACE get configmap sallyport-config -o jsonpath='{.data.config\.yaml}' >"$DIR/config.yaml"
}

# A replica never runs as admin: it has a token of the chart's service account.
write_replica_kubeconfig() {
  local token
  token=$(kubectl -n $NAMESPACE create token sallyport --duration=24h)
  (source "$ROOT/hack/lib/pki.sh" && token_kubeconfig sallyport "$token" "$1")
}

start_replica() {
  local n=$1 here=$DIR/replicas/$1 ports
  mkdir -p "$here/log"
  [[ -s $here/kubeconfig ]] || write_replica_kubeconfig "$here/kubeconfig"
  read -r -a ports < <(free_ports 2)
  echo "127.0.0.1:${ports[0]}" >"$here/health"
  echo "127.0.0.1:${ports[1]}" >"$here/metrics"
  run_as_daemon "$here/pid" "$here/stderr.log" "$(cat "$DIR/binary")" serve --config "$DIR/config.yaml" \
    --kubeconfig "$here/kubeconfig" --name "replica-$n" --webhook-address "127.0.0.1:$(cat "$DIR/webhook.port")" \
    --health-address "$(cat "$here/health")" --metrics-address "$(cat "$here/metrics")" --log-dir "$here/log"
}

replica_ready() { curl -fsS -o "$DIR/replicas/$1/readyz" "http://$(cat "$DIR/replicas/$1/health")/readyz"; }

wait_for_replica() {
  wait_until 30 "replica $1" replica_ready "$1" ||
    { tail -n 15 "$DIR/replicas/$1/stderr.log" >&2; die "replica $1 is not ready"; }
}

up() {
  [[ -n $BINARY ]] || build_binary
  [[ -x $BINARY ]] || die "$BINARY is no program"
  trap 'trap - INT TERM EXIT; down; exit 130' INT TERM
  trap '(($? == 0)) || down' EXIT
  "$ROOT/hack/cluster.sh" up --dir "$DIR"
  source "$DIR/env"
  rm -rf "$DIR/replicas"
  echo "$BINARY" >"$DIR/binary"
  free_ports 1 >"$DIR/webhook.port"
  install_chart
  local n
  for ((n = 0; n < REPLICAS; n++)); do start_replica "$n"; done
  for ((n = 0; n < REPLICAS; n++)); do wait_for_replica "$n"; done
  say "Sallyport ready with $REPLICAS replicas: export KUBECONFIG=$DIR/kubeconfig"
}

down() {
  local pid
  for pid in "$DIR"/replicas/*/pid; do [[ -e $pid ]] && stop "$pid"; done
  "$ROOT/hack/cluster.sh" down --dir "$DIR"
}

status() {
  local here
  "$ROOT/hack/cluster.sh" status --dir "$DIR"
  for here in "$DIR"/replicas/*/; do
    if is_running "$here/pid"; then say "replica $(basename "$here") runs (pid $(cat "$here/pid"))"; else say "replica $(basename "$here") does not run"; fi
  done
}

main() {
  parse "$@"
  case $COMMAND in
    up) need_packages cluster; up ;;
    down) down ;;
    status) status ;;
    start) source "$DIR/env"; start_replica "${NUMBER:?which replica?}"; wait_for_replica "$NUMBER" ;;
    stop) stop "$DIR/replicas/${NUMBER:?which replica?}/pid" ;;
    kill) kill -KILL "$(cat "$DIR/replicas/${NUMBER:?which replica?}/pid")" ;;
    *) usage ;;
  esac
}
main "$@"
