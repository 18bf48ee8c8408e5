#!/usr/bin/env bash
# A real Kubernetes control plane on this machine: etcd, kube-apiserver, kube-controller-manager.
#   hack/cluster.sh up|down|status [--dir DIR]      DIR: where it lives, default .cluster
#   hack/cluster.sh up --node [--dir DIR]           with a node, too: kubelet, containerd, kube-proxy and kube-scheduler, and all
#                                                   of it in namespaces of its own (needs root; exit code 5 where that cannot be)
#   hack/cluster.sh import-image ARCHIVE [--dir DIR]   gives an OCI archive to the node
#   hack/cluster.sh stop-part|start-part NAME [--dir DIR]   one part of the node: kubelet or containerd
#   hack/cluster.sh restart-apiserver [--dir DIR]   on the same port
#   hack/cluster.sh save-store|restore-store FOLDER [--dir DIR]   copies etcd's data to FOLDER, or puts it back from there
# After `up`: DIR/kubeconfig (admin), DIR/users/{alice,bob,mallory,agent}.kubeconfig, DIR/env (source it: kubectl and
# KUBECONFIG), DIR/audit.log, and of each part DIR/pids/NAME and DIR/log/NAME.log. With a node, DIR/node/in COMMAND... runs
# a command in its network (kubectl of DIR/env does so by itself). `up` begins anew: nothing is kept.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/daemon.sh"
source "$ROOT/hack/lib/pki.sh"
source "$ROOT/hack/lib/node.sh"

PARTS=(etcd kube-apiserver kube-controller-manager)

parse() {
  COMMAND=${1:-}
  DIR=$ROOT/.cluster
  OPERAND=
  WITH_NODE=
  shift || true
  case $COMMAND in
    *-store | import-image) OPERAND=$(realpath -m "${1:?$COMMAND needs a path}"); shift ;;
    *-part) OPERAND=${1:?$COMMAND needs a name}; shift ;;
  esac
  while (($#)); do
    case $1 in
      --node) WITH_NODE=yes; shift ;;
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
  local p=$DIR/pki bind=127.0.0.1 authorization=RBAC reconciler=none to_kubelet=()
  if is_inside; then
    bind=0.0.0.0
    authorization=Node,RBAC
    reconciler=lease
    to_kubelet=(--kubelet-client-certificate="$p/apiserver-kubelet.crt" --kubelet-client-key="$p/apiserver-kubelet.key"
      --kubelet-certificate-authority="$p/ca.crt" --kubelet-preferred-address-types=InternalIP
      --enable-admission-plugins=NodeRestriction)
  fi
  run_part kube-apiserver "$BIN/kube-apiserver" \
    --bind-address="$bind" --advertise-address="$(<"$DIR/ports/address")" --secure-port="$(<"$DIR/ports/kube-apiserver")" \
    --tls-cert-file="$p/apiserver.crt" --tls-private-key-file="$p/apiserver.key" --client-ca-file="$p/ca.crt" \
    --etcd-servers="$(etcd_url)" --authorization-mode="$authorization" --allow-privileged=true \
    --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type="$reconciler" "${to_kubelet[@]}" \
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
  local programs=$BIN
  if has_node; then programs=$DIR/node/bin; fi
  # shellcheck disable=SC2016  # $PATH is for whoever sources it
  printf 'export KUBECONFIG=%q\nexport KUBECACHEDIR=%q\nexport PATH=%q:$PATH\n' \
    "$DIR/kubeconfig" "$DIR/cache" "$programs" >"$DIR/env"
}

# What a start leaves half done is ended, whether it fails or Ctrl-C stops it.
end_on_failure() {
  trap 'trap "" INT TERM; say "stopped by a signal: ending what runs"; exit 130' INT TERM
  trap '(($? == 0)) || down' EXIT
}

start_parts() {
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
    [[ $(has_node && echo yes) == "$WITH_NODE" ]] ||
      die "a cluster is up in $DIR, but $(if has_node; then echo "with"; else echo "without"; fi) a node: end it first, or use another --dir"
    say "a cluster is up in $DIR already"
    return
  fi
  down
  rm -rf "${DIR:?}"/{etcd,pki,pids,ports,log,users,cache,audit*.log,env,node}
  mkdir -p "$DIR"/{pki,pids,ports,log,users}
  chmod 0700 "$DIR/pki"
  write_audit_policy
  end_on_failure
  say "making keys and certificates"
  make_pki
  if [[ $WITH_NODE ]]; then
    echo $NODE_ADDRESS >"$DIR/ports/address"
    start_with_node
  else
    echo 127.0.0.1 >"$DIR/ports/address"
    start_parts
  fi
  write_env
  say "cluster ready after $((SECONDS - began)) s. To use it: source $DIR/env"
}

start_part() {
  case $OPERAND in
    kubelet) start_kubelet; wait_for_part kubelet node_ready ;;
    containerd) start_containerd; wait_for_part containerd ctr version ;;
    *) die "a part that can be started alone is kubelet or containerd, not $OPERAND" ;;
  esac
}

# The namespaces' first process. Its end is the end of all that is in them.
inside() {
  make_private
  make_network
  make_cgroups
  start_parts
  start_node
  touch "$DIR/node/started"
  sleep infinity &
  wait
}

# In the order in which no part waits for another. Nothing is kept, so none gets long to tidy up.
down() {
  local part
  if [[ -d $DIR/node ]]; then stop_node; fi
  for part in kube-controller-manager kube-apiserver etcd; do stop "$DIR/pids/$part" 5; done
}

is_up() {
  local part ended=0
  if has_node && ! is_inside; then
    describe_daemon "the cluster's first process" "$DIR/node/pid" && "$DIR/node/enter" "$ROOT/hack/cluster.sh" list-parts --dir "$DIR"
    return
  fi
  if is_inside; then PARTS+=("${NODE_PARTS[@]}"); fi
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
  mkdir -p "$OPERAND"
  cp -a "$DIR/etcd/." "$OPERAND"
}

restore_store() {
  [[ -d $OPERAND/member ]] || die "$OPERAND holds no store that save-store has saved"
  rm -rf "${DIR:?}/etcd"
  cp -a "$OPERAND" "$DIR/etcd"
}

# What a cluster with a node is told to do, it does inside.
acts_inside() { [[ $COMMAND =~ ^(restart-apiserver|.*-store|import-image|.*-part)$ ]]; }

main() {
  parse "$@"
  if acts_inside; then
    if has_node && ! is_inside; then
      exec "$DIR/node/enter" "$ROOT/hack/cluster.sh" "$COMMAND" ${OPERAND:+"$OPERAND"} --dir "$DIR"
    fi
    is_inside || [[ $COMMAND != import-image && $COMMAND != *-part ]] || die "no cluster with a node in $DIR"
    BIN=${BIN:-$("$ROOT/hack/controlplane.sh")}
  fi
  case $COMMAND in
    up)
      if [[ $WITH_NODE ]]; then
        need_namespaces
        need_packages node
        NODE_BIN=$("$ROOT/hack/node_parts.sh")
      fi
      need_packages cluster
      BIN=$("$ROOT/hack/controlplane.sh" ${WITH_NODE:+--node})
      up
      ;;
    down) down ;;
    status) status ;;
    list-parts) is_up ;;
    restart-apiserver) restart_apiserver ;;
    save-store | restore-store) with_store_at_rest "${COMMAND/-/_}" ;;
    import-image) import_image "$OPERAND" ;;
    stop-part) stop "$DIR/pids/$OPERAND" 5 ;;
    start-part) start_part ;;
    inside) inside ;;
    *) usage ;;
  esac
}
main "$@"
