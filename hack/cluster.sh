#!/usr/bin/env bash
# A real Kubernetes control plane on this machine: etcd, kube-apiserver, kube-controller-manager, without a node.
#   hack/cluster.sh up|down|status|restart-apiserver [--dir DIR]     DIR: where it lives, default .cluster
# After `up`: DIR/kubeconfig (admin), DIR/users/{alice,bob,mallory,agent}.kubeconfig, DIR/audit.log, DIR/log, DIR/env.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/pki.sh"

usage() { sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

parse() {
  COMMAND=${1:-}
  DIR=$ROOT/.cluster
  shift || true
  while (($#)); do
    case $1 in
      --dir) DIR=${2:?--dir needs a directory}; shift 2 ;;
      *) usage ;;
    esac
  done
  mkdir -p "$DIR"
  DIR=$(cd "$DIR" && pwd)
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

start_etcd() {
  local ports
  read -r -a ports < <(free_ports 2)
  echo "${ports[0]}" >"$DIR/etcd.port"
  run_as_daemon "$DIR/pids/etcd" "$DIR/log/etcd.log" "$BIN/etcd" --name=e --data-dir="$DIR/etcd" --unsafe-no-fsync=true \
    --listen-client-urls="http://127.0.0.1:${ports[0]}" --advertise-client-urls="http://127.0.0.1:${ports[0]}" \
    --listen-peer-urls="http://127.0.0.1:${ports[1]}" --initial-advertise-peer-urls="http://127.0.0.1:${ports[1]}" \
    --initial-cluster="e=http://127.0.0.1:${ports[1]}"
}

start_apiserver() {
  local p=$DIR/pki port
  port=$(cat "$DIR/port")
  run_as_daemon "$DIR/pids/kube-apiserver" "$DIR/log/kube-apiserver.log" "$BIN/kube-apiserver" \
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$port" \
    --tls-cert-file="$p/apiserver.crt" --tls-private-key-file="$p/apiserver.key" --client-ca-file="$p/ca.crt" \
    --etcd-servers="http://127.0.0.1:$(cat "$DIR/etcd.port")" --authorization-mode=RBAC --allow-privileged=true \
    --service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$p/sa.pub" \
    --service-account-signing-key-file="$p/sa.key" --service-account-max-token-expiration=48h \
    --audit-policy-file="$DIR/audit-policy.yaml" --audit-log-path="$DIR/audit.log" --audit-log-mode=blocking
}

start_controller_manager() {
  local p=$DIR/pki port
  port=$(free_ports 1)
  run_as_daemon "$DIR/pids/kube-controller-manager" "$DIR/log/kube-controller-manager.log" "$BIN/kube-controller-manager" \
    --kubeconfig="$p/kcm.kubeconfig" --authentication-kubeconfig="$p/kcm.kubeconfig" \
    --authorization-kubeconfig="$p/kcm.kubeconfig" --service-account-private-key-file="$p/sa.key" \
    --root-ca-file="$p/ca.crt" --use-service-account-credentials=true --leader-elect=false \
    --bind-address=127.0.0.1 --secure-port="$port"
}

apiserver_ready() { "$BIN/kubectl" --kubeconfig "$DIR/kubeconfig" get --raw /readyz; }

# Who acts in the demo and the tests, and what they may do. The roles named sallyport-* come with the chart.
create_users() {
  local kubectl=("$BIN/kubectl" --kubeconfig "$DIR/kubeconfig")
  "${kubectl[@]}" apply -f - >/dev/null <<'Y'
apiVersion: v1
kind: Namespace
metadata: {name: agents}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: agents}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: read-everything}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: mallory-reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: read-everything}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reviewers-review}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sallyport-reviewer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: reviewers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reviewers-approve}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sallyport-approver}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: reviewers}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent-acts}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sallyport-agent-wide}
subjects: [{kind: ServiceAccount, name: deployer, namespace: agents}]
Y
  local user token
  for user in alice bob; do client_kubeconfig "$user" "/O=reviewers/CN=$user" "$DIR/users/$user.kubeconfig"; done
  client_kubeconfig mallory /CN=mallory "$DIR/users/mallory.kubeconfig"
  token=$("${kubectl[@]}" -n agents create token deployer --duration=24h)
  token_kubeconfig agent "$token" "$DIR/users/agent.kubeconfig"
}

up() {
  if is_running "$DIR/pids/kube-apiserver"; then
    say "a cluster is up in $DIR already"
    return
  fi
  local started=$SECONDS
  rm -rf "${DIR:?}"/{etcd,pki,pids,log,users,audit.log}
  mkdir -p "$DIR"/{pki,pids,log,users}
  trap 'trap - INT TERM; say "stopping"; down; exit 130' INT TERM
  trap '(($? == 0)) || down' EXIT
  free_ports 1 >"$DIR/port"
  make_pki
  write_audit_policy
  start_etcd
  start_apiserver
  wait_until 60 "the API server (see $DIR/log/kube-apiserver.log)" apiserver_ready
  start_controller_manager
  wait_until 60 "the default service account (see $DIR/log/kube-controller-manager.log)" \
    "$BIN/kubectl" --kubeconfig "$DIR/kubeconfig" get serviceaccount default
  create_users
  printf 'export KUBECONFIG=%q\nexport PATH=%q:$PATH\n' "$DIR/kubeconfig" "$BIN" >"$DIR/env"
  say "cluster ready after $((SECONDS - started)) s: export KUBECONFIG=$DIR/kubeconfig"
}

down() {
  local part
  for part in kube-controller-manager kube-apiserver etcd; do stop "$DIR/pids/$part"; done
}

status() {
  local part
  for part in etcd kube-apiserver kube-controller-manager; do
    if is_running "$DIR/pids/$part"; then say "$part runs (pid $(cat "$DIR/pids/$part"))"; else say "$part does not run"; fi
  done
  say "directory $DIR"
}

main() {
  parse "$@"
  case $COMMAND in
    up) need_packages cluster; BIN=$("$ROOT/hack/controlplane.sh"); up ;;
    down) down ;;
    status) status ;;
    restart-apiserver)
      BIN=$("$ROOT/hack/controlplane.sh")
      stop "$DIR/pids/kube-apiserver"
      start_apiserver
      wait_until 60 "the API server" apiserver_ready
      ;;
    *) usage ;;
  esac
}
main "$@"
