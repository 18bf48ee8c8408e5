#!/usr/bin/env bash
# A real Kubernetes control plane on this machine: etcd, kube-apiserver, kube-controller-manager, without a node.
#   hack/cluster.sh up|down|status [--dir DIR]      DIR: where it lives, default .cluster
#   hack/cluster.sh restart-apiserver [--dir DIR]   on the same port
#   hack/cluster.sh save-store|restore-store FOLDER [--dir DIR]   copies etcd's data to FOLDER, or puts it back from there
# After `up`: DIR/kubeconfig (admin), DIR/users/{alice,bob,mallory,agent}.kubeconfig, DIR/env (source it: kubectl and
# KUBECONFIG), DIR/audit.log, and of each part DIR/pids/NAME and DIR/log/NAME.log. `up` begins anew: nothing is kept.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/daemon.sh"
source "$ROOT/hack/lib/pki.sh"

PARTS=(etcd kube-apiserver kube-controller-manager)

parse() {
  COMMAND=${1:-}
  DIR=$ROOT/.cluster
  FOLDER=
  shift || true
  if [[ $COMMAND == *-store ]]; then
    FOLDER=$(realpath -m "${1:?$COMMAND needs a folder}")
    shift
  fi
  while (($#)); do
    case $1 in
      --dir) DIR=${2:?--dir needs a directory}; shift 2 ;;
      *) usage ;;
    esac
  done
  DIR=$(realpath -m "$DIR")
}

# NAME COMMAND...: one of the parts
run_part() { run_as_daemon "$DIR/pids/$1" "$DIR/log/$1.log" "${@:2}"; }

# NAME COMMAND...: until the command succeeds
wait_for_part() { wait_for_daemon 60 "$DIR/pids/$1" "$DIR/log/$1.log" "${@:2}"; }

# Between the choice of a port and its use somebody else may take it: then again, with another one.
on_free_ports() { # NAME NUMBER_OF_PORTS START READY
  local name=$1 log=$DIR/log/$1.log
  for _ in {1..5}; do
    free_ports "$2" >"$DIR/ports/$name"
    "$3"
    if wait_for_part "$name" "$4"; then return; fi
    grep -q 'address already in use' "$log" || return 1
    say "somebody has taken its port: trying others"
    mv "$log" "$log.port-taken"
  done
  return 1
}

start_etcd() {
  local client peer
  read -r client peer <"$DIR/ports/etcd"
  run_part etcd "$BIN/etcd" --name=e --data-dir="$DIR/etcd" --unsafe-no-fsync=true \
    --listen-client-urls="http://127.0.0.1:$client" --advertise-client-urls="http://127.0.0.1:$client" \
    --listen-peer-urls="http://127.0.0.1:$peer" --initial-advertise-peer-urls="http://127.0.0.1:$peer" \
    --initial-cluster="e=http://127.0.0.1:$peer"
}

# Its own word: another etcd may answer at this port.
etcd_ready() { grep -q 'ready to serve client requests' "$DIR/log/etcd.log"; }

etcd_url() {
  local client _
  read -r client _ <"$DIR/ports/etcd"
  echo "http://127.0.0.1:$client"
}

start_apiserver() {
  local p=$DIR/pki
  run_part kube-apiserver "$BIN/kube-apiserver" \
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$(<"$DIR/ports/kube-apiserver")" \
    --tls-cert-file="$p/apiserver.crt" --tls-private-key-file="$p/apiserver.key" --client-ca-file="$p/ca.crt" \
    --etcd-servers="$(etcd_url)" --authorization-mode=RBAC --allow-privileged=true \
    --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$p/sa.pub" \
    --service-account-signing-key-file="$p/sa.key" --service-account-max-token-expiration=48h \
    --audit-policy-file="$DIR/audit-policy.yaml" --audit-log-path="$DIR/audit.log" --audit-log-maxsize=100000
}

apiserver_ready() { curl -fsS --max-time 5 --cacert "$DIR/pki/ca.crt" "$(server_url)/readyz"; }

start_controller_manager() {
  local config=$DIR/pki/controller-manager.kubeconfig
  run_part kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$config" \
    --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" \
    --service-account-private-key-file="$DIR/pki/sa.key" --root-ca-file="$DIR/pki/ca.crt" \
    --use-service-account-credentials=true --leader-elect=false --secure-port=0
}

write_audit_policy() {
  cat >"$DIR/audit-policy.yaml" <<'Y'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: RequestResponse
  resources: [{group: sallyport.dev}]
- level: Metadata
Y
}

admin() { KUBECACHEDIR=$DIR/cache "$BIN/kubectl" --kubeconfig "$DIR/kubeconfig" "$@"; }

write_kubeconfigs() {
  local user
  certificate_kubeconfig "$DIR/kubeconfig" admin
  certificate_kubeconfig "$DIR/pki/controller-manager.kubeconfig" controller-manager
  for user in alice bob mallory; do certificate_kubeconfig "$DIR/users/$user.kubeconfig" "$user"; done
}

create_users() {
  admin create -f "$ROOT/hack/users.yaml" >/dev/null
  token_kubeconfig "$DIR/users/agent.kubeconfig" "$(admin -n agents create token deployer --duration=24h)"
}

write_env() {
  # shellcheck disable=SC2016  # $PATH is for whoever sources it
  printf 'export KUBECONFIG=%q\nexport KUBECACHEDIR=%q\nexport PATH=%q:$PATH\n' \
    "$DIR/kubeconfig" "$DIR/cache" "$BIN" >"$DIR/env"
}

# What a start leaves half done is ended, whether it fails or Ctrl-C stops it.
start_parts() {
  trap 'trap "" INT TERM; say "stopped by a signal: ending what runs"; exit 130' INT TERM
  trap '(($? == 0)) || down' EXIT
  say "making keys and certificates"
  make_pki
  say "starting etcd"
  on_free_ports etcd 2 start_etcd etcd_ready
  say "starting kube-apiserver"
  on_free_ports kube-apiserver 1 start_apiserver apiserver_ready
  say "starting kube-controller-manager"
  write_kubeconfigs
  start_controller_manager
  create_users
  wait_for_part kube-controller-manager admin get serviceaccount default
}

up() {
  local began=$SECONDS
  if is_up 2>/dev/null; then
    say "a cluster is up in $DIR already"
    return
  fi
  down
  rm -rf "${DIR:?}"/{etcd,pki,pids,ports,log,users,cache,audit*.log,env}
  mkdir -p "$DIR"/{pki,pids,ports,log,users}
  chmod 0700 "$DIR/pki"
  write_audit_policy
  start_parts
  write_env
  say "cluster ready after $((SECONDS - began)) s. To use it: source $DIR/env"
}

# In the order in which no part waits for another. Nothing is kept, so none gets long to tidy up.
down() {
  local part
  for part in kube-controller-manager kube-apiserver etcd; do stop "$DIR/pids/$part" 5; done
}

is_up() {
  local part ended=0
  for part in "${PARTS[@]}"; do describe_daemon "$part" "$DIR/pids/$part" || ended=1; done
  return $ended
}

status() {
  is_up || die "no whole cluster in $DIR; to start one: hack/cluster.sh up --dir $DIR"
  say "in $DIR, API server at $(server_url). To use it: source $DIR/env"
}

# Asked to end it would wait for the controllers' watches, which do not.
restart_apiserver() {
  stop "$DIR/pids/kube-apiserver" 2
  start_apiserver
  wait_for_part kube-apiserver apiserver_ready
}

# etcd stands still meanwhile, so that the copy is whole. What controllers have cached is then another past's: they
# start anew as well.
with_store_at_rest() { # COMMAND...
  local part
  for part in kube-controller-manager kube-apiserver etcd; do stop "$DIR/pids/$part" 5; done
  "$@"
  mv "$DIR/log/etcd.log" "$DIR/log/etcd.before.log"
  start_etcd
  wait_for_part etcd etcd_ready
  start_apiserver
  wait_for_part kube-apiserver apiserver_ready
  start_controller_manager
}

save_store() {
  mkdir -p "$FOLDER"
  cp -a "$DIR/etcd/." "$FOLDER"
}

restore_store() {
  [[ -d $FOLDER/member ]] || die "$FOLDER holds no store that save-store has saved"
  rm -rf "${DIR:?}/etcd"
  cp -a "$FOLDER" "$DIR/etcd"
}

main() {
  parse "$@"
  case $COMMAND in
    up)
      need_packages cluster
      BIN=$("$ROOT/hack/controlplane.sh")
      up
      ;;
    down) down ;;
    status) status ;;
    restart-apiserver)
      BIN=$("$ROOT/hack/controlplane.sh")
      restart_apiserver
      ;;
    save-store | restore-store)
      BIN=$("$ROOT/hack/controlplane.sh")
      with_store_at_rest "${COMMAND/-/_}"
      ;;
    *) usage ;;
  esac
}
main "$@"
