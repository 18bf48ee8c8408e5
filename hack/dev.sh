#!/usr/bin/env bash
# A cluster (hack/cluster.sh) with the chart installed, and replicas of `sallyport serve` on this machine, at one port.
#   hack/dev.sh up [--dir DIR] [--replicas N] [--binary FILE] [--values FILE]... [--set KEY=VALUE]...
#   hack/dev.sh up --node [...]                    the same with a node: the replicas are pods of the image (hack/image.sh)
#   hack/dev.sh down|status [--dir DIR]
#   hack/dev.sh start|stop|kill N [--dir DIR]      one replica: start it, end it by SIGTERM, end it by SIGKILL
#                                                  start N --webhook-port P: at a port of its own, not the common one
#                                                  start N --webhook-certificate-dir D: with the certificate in there
#                                                  start N --keys-dir D: with the keys in there, not those of DIR/keys
# DIR: where it lives, default .cluster. FILE: default build/release/sallyport, which `up` builds. A replica lives in
# DIR/replicas/N: pid, stderr.log, log/, health, metrics (the last two hold its addresses), kubeconfig. It gets the
# environment of this script.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/daemon.sh"
source "$ROOT/hack/lib/pki.sh"
source "$ROOT/hack/lib/release.sh"

NAMESPACE=sallyport-system
IN=() # how helm gets into the cluster's network

parse() {
  COMMAND=${1:-}
  DIR=$ROOT/.cluster
  REPLICAS=2
  BINARY=${SALLYPORT_BINARY:-}
  HELM_ARGS=(--values "$ROOT/hack/dev-values.yaml")
  NUMBER=
  PORT=
  KEYS_DIR=
  START_ARGS=()
  WITH_NODE=
  shift || true
  while (($#)); do
    case $1 in
      --dir) DIR=${2:?--dir needs a directory}; shift 2 ;;
      --replicas) REPLICAS=${2:?--replicas needs a number}; shift 2 ;;
      --binary) BINARY=${2:?--binary needs a file}; shift 2 ;;
      --values) HELM_ARGS+=(--values "${2:?--values needs a file}"); shift 2 ;;
      --set) HELM_ARGS+=(--set "${2:?--set needs KEY=VALUE}"); shift 2 ;;
      --node) WITH_NODE=yes; shift ;;
      --webhook-port) PORT=${2:?--webhook-port needs a number}; shift 2 ;;
      --webhook-certificate-dir) START_ARGS+=("$1" "${2:?$1 needs a directory}"); shift 2 ;;
      --keys-dir) KEYS_DIR=${2:?--keys-dir needs a directory}; shift 2 ;;
      [0-9]*) NUMBER=$1; shift ;;
      *) usage ;;
    esac
  done
  DIR=$(realpath -m "$DIR")
  if [[ $WITH_NODE ]]; then HELM_ARGS+=(--set "replicaCount=$REPLICAS"); fi
}

find_binary() {
  if [[ -z $BINARY ]]; then
    build_release "$DIR/build.log"
    BINARY=$RELEASE_BINARY
  fi
  [[ -f $BINARY && -x $BINARY ]] || die "$BINARY is no program: build it, or leave --binary and SALLYPORT_BINARY out"
  realpath "$BINARY" >"$DIR/binary"
}

# kubectl finds its plugins by their names in the PATH.
add_plugin() {
  local name
  mkdir -p "$DIR/plugin"
  for name in sallyport kubectl-sallyport kubectl_complete-sallyport; do ln -sfn "$(<"$DIR/binary")" "$DIR/plugin/$name"; done
  # shellcheck disable=SC2016  # $PATH is for whoever sources it
  grep -q "/plugin:" "$DIR/env" || printf 'export PATH=%q:$PATH\n' "$DIR/plugin" >>"$DIR/env"
}

fail_with_log() { # LOGFILE WHAT
  tail -n 30 "$1" >&2
  die "$2; the whole output is in $1"
}

install_chart() {
  local helm
  helm=$("$ROOT/hack/helm.sh")
  say "installing the chart"
  "${IN[@]}" "$helm" --kubeconfig "$KUBECONFIG" upgrade --install sallyport "$ROOT/charts/sallyport" \
    --namespace $NAMESPACE --create-namespace "${HELM_ARGS[@]}" "$@" >"$DIR/helm.log" 2>&1 ||
    fail_with_log "$DIR/helm.log" "helm could not install the chart"
  kubectl -n $NAMESPACE get configmap sallyport-config -o jsonpath='{.data.config\.yaml}' >"$DIR/config.yaml"
}

# A replica never runs as admin: it has a token of the chart's service account.
write_replica_kubeconfig() {
  token_kubeconfig "$1" "$(kubectl -n $NAMESPACE create token sallyport --duration=24h)"
}

prepare_replica() {
  local here=$DIR/replicas/$1 health metrics
  mkdir -p "$here/log"
  [[ -s $here/kubeconfig ]] || write_replica_kubeconfig "$here/kubeconfig" # there already: from before, or a test's own
  read -r health metrics < <(free_ports 2)
  echo "127.0.0.1:$health" >"$here/health"
  echo "127.0.0.1:$metrics" >"$here/metrics"
}

start_replica() {
  local here=$DIR/replicas/$1
  ! is_running "$here/pid" || die "replica $1 runs already"
  prepare_replica "$1"
  run_as_daemon "$here/pid" "$here/stderr.log" env -u KUBECONFIG "$(<"$DIR/binary")" serve --config "$DIR/config.yaml" \
    --kubeconfig "$here/kubeconfig" --name "replica-$1" --webhook-address "127.0.0.1:${PORT:-$(<"$DIR/webhook.port")}" \
    --health-address "$(<"$here/health")" --metrics-address "$(<"$here/metrics")" --log-dir "$here/log" \
    --keys-dir "${KEYS_DIR:-$DIR/keys}" "${START_ARGS[@]}"
}

replica_ready() { curl -fsS --max-time 5 "http://$(<"$DIR/replicas/$1/health")/readyz"; }

wait_for_replica() {
  local here=$DIR/replicas/$1
  wait_for_daemon 60 "$here/pid" "$here/stderr.log" replica_ready "$1" || {
    say "its readiness: $(curl -sS --max-time 5 "http://$(<"$here/health")/readyz" 2>&1)"
    die "replica $1 is not ready; its whole output is in $here/stderr.log"
  }
}

any_replica_runs() {
  local pidfile pods
  if [[ -e $DIR/node/bin/kubectl ]]; then
    # Says nothing where no pod is ready, or the cluster is gone.
    pods=$("$DIR/node/bin/kubectl" --kubeconfig "$DIR/kubeconfig" -n $NAMESPACE get statefulset sallyport \
      -o 'jsonpath={.status.readyReplicas}' 2>/dev/null) || pods=
    ((${pods:-0} == 0)) || return 0
  fi
  for pidfile in "$DIR"/replicas/*/pid; do ! is_running "$pidfile" || return 0; done
  return 1
}

# What an install hook does for pods: the keys of seals and of the log, which the replicas share. A new cluster has new ones.
make_keys() {
  rm -rf "$DIR/keys"
  "$(<"$DIR/binary")" keys create --dir "$DIR/keys" >/dev/null
}

start_replicas() {
  local n
  say "starting $REPLICAS replicas of $(<"$DIR/binary")"
  for ((n = 0; n < REPLICAS; n++)); do start_replica "$n"; done
  for ((n = 0; n < REPLICAS; n++)); do wait_for_replica "$n"; done
}

install_on_node() {
  local image
  IN=("$DIR/node/in")
  image=$("$ROOT/hack/image.sh" --binary "$(<"$DIR/binary")" --out "$DIR/image")
  say "giving the image to the node"
  "$ROOT/hack/cluster.sh" import-image "$image" --dir "$DIR" >/dev/null
  install_chart --set image.repository=docker.io/library/sallyport --wait --timeout 2m
}

# A failure or Ctrl-C ends all that `up` has started; a cluster that was there before stays.
clean_up_on_failure() {
  UNDO=down
  if "$ROOT/hack/cluster.sh" status --dir "$DIR" 2>/dev/null; then UNDO=stop_replicas; fi
  trap 'trap "" INT TERM; exit 130' INT TERM
  trap '(($? == 0)) || "$UNDO"' EXIT
}

up() {
  if any_replica_runs; then
    say "Sallyport runs in $DIR already; to begin anew: hack/dev.sh down --dir $DIR"
    return
  fi
  mkdir -p "$DIR"
  find_binary
  clean_up_on_failure
  "$ROOT/hack/cluster.sh" up --dir "$DIR" ${WITH_NODE:+--node}
  add_plugin
  use_cluster
  rm -rf "$DIR/replicas"
  if [[ $WITH_NODE ]]; then
    install_on_node
  else
    free_ports 1 >"$DIR/webhook.port"
    # The kernel knows at once which replicas listen at the port.
    install_chart --set "webhook.url=https://localhost:$(<"$DIR/webhook.port")" --set shutdownDelay=0s
    make_keys
    start_replicas
  fi
  say "Sallyport ready with $REPLICAS replicas. To use it: source $DIR/env"
}

use_cluster() {
  [[ -r $DIR/env ]] || die "no cluster in $DIR; to start one: hack/dev.sh up --dir $DIR"
  # shellcheck source=/dev/null
  source "$DIR/env"
}

stop_replicas() {
  local pidfile
  for pidfile in "$DIR"/replicas/*/pid; do stop "$pidfile"; done
}

down() {
  stop_replicas
  "$ROOT/hack/cluster.sh" down --dir "$DIR"
}

describe_all() {
  local here all=0
  for here in "$DIR"/replicas/*/; do
    [[ ! -d $here ]] || describe_daemon "replica $(basename "$here")" "${here}pid" || all=1
  done
  "$ROOT/hack/cluster.sh" status --dir "$DIR" || all=1
  return $all
}

# Said in one piece, so that whoever reads only its beginning (grep -q) does not end it.
status() {
  local text code=0
  text=$(describe_all 2>&1) || code=1
  cat <<<"$text" >&2
  return $code
}

# One replica: start, stop or kill.
act_on_replica() {
  local here=$DIR/replicas/$NUMBER
  [[ -n $NUMBER ]] || usage
  use_cluster
  case $1 in
    start) start_replica "$NUMBER" && wait_for_replica "$NUMBER" ;;
    stop) stop "$here/pid" ;;
    kill) kill_at_once "$here/pid" ;;
  esac
}

main() {
  parse "$@"
  case $COMMAND in
    up) need_packages cluster; up ;;
    down) down ;;
    status) status ;;
    start | stop | kill) act_on_replica "$COMMAND" ;;
    *) usage ;;
  esac
}
main "$@"
