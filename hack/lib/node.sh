# shellcheck shell=bash
# A node for the cluster in $DIR: containerd, kubelet, kube-proxy and scheduler, with all parts of the cluster in network,
# mount and process namespaces of their own, which end with it. No packet leaves them or comes in but through DIR/node/in. On
# the machine itself stay empty folders, where there were none: /var/lib/cni, /var/lib/kubelet, /run/containerd. Sourced
# after common.sh, daemon.sh and pki.sh.
#
# The processes' first one runs hack/cluster.sh itself, inside; from outside only its own process is known.

NODE=node1
NODE_ADDRESS=172.30.0.1
PODS=10.244.0.0/24
TOOLBOX=localhost/toolbox:1
VOLUMES=6
NODE_PARTS=(containerd kube-proxy kube-scheduler kubelet)
# Who asks for a node where none can be gets an exit code of its own.
NO_NODE=5

has_node() { [[ -e $DIR/node/pid ]]; }
is_inside() { [[ ${SALLYPORT_INSIDE_NODE:-} == "$DIR" ]]; }

# The node's cgroup, in each hierarchy: of this DIR alone, so that several run side by side.
cgroup() { echo "sallyport-$(cksum <<<"$DIR" | cut -d' ' -f1)"; }

need_namespaces() {
  local why=
  if ((EUID != 0)); then
    why="only root can make one"
  elif ! unshare --mount --net --pid --fork --mount-proc true 2>/dev/null; then
    why="this machine lets nobody make network, mount and process namespaces"
  elif [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    why="this machine has cgroups of version 2 alone, and the node is made for version 1 so far"
  elif [[ ! -w /sys/fs/cgroup ]]; then
    why="/sys/fs/cgroup cannot be written here"
  fi
  [[ -n $why ]] || return 0
  say "error: a node cannot run here: $why"
  exit $NO_NODE
}

# --- from outside ---

# The command line must name $DIR/, by which daemon.sh knows its processes.
start_inside() {
  run_as_daemon "$DIR/node/pid" "$DIR/log/node.log" env SALLYPORT_INSIDE_NODE="$DIR" BIN="$BIN" NODE_BIN="$NODE_BIN" \
    unshare --mount --net --pid --fork --mount-proc --kill-child "$ROOT/hack/cluster.sh" inside --dir "$DIR/"
}

# Says what the start inside says, until it is over.
start_with_node() {
  local shown
  mkdir -p "$DIR/node"
  issue_for_node
  start_inside
  write_ways_in
  tail --pid="$(<"$DIR/node/pid")" -n +1 -f "$DIR/log/node.log" >&2 &
  shown=$!
  wait_for_daemon 180 "$DIR/node/pid" "$DIR/log/node.log" test -e "$DIR/node/started" || { kill $shown; return 1; }
  kill $shown
}

# DIR/node/in COMMAND...: in the cluster's network, e.g. kubectl. DIR/node/enter COMMAND...: among its processes and mounts,
# too, where the working directory is /.
write_ways_in() {
  local way
  for way in in:-n "enter:-m -n -p"; do
    cat >"$DIR/node/${way%%:*}" <<S
#!/usr/bin/env bash
export SALLYPORT_INSIDE_NODE=$(printf %q "$DIR") BIN=$(printf %q "$BIN") NODE_BIN=$(printf %q "$NODE_BIN")
exec nsenter -t \$(pgrep -P \$(<$(printf %q "$DIR/node/pid"))) ${way#*:} -- "\$@"
S
  done
  mkdir -p "$DIR/node/bin"
  printf '#!/usr/bin/env bash\nexec %q %q "$@"\n' "$DIR/node/in" "$BIN/kubectl" >"$DIR/node/bin/kubectl"
  chmod +x "$DIR/node/in" "$DIR/node/enter" "$DIR/node/bin/kubectl"
}

# The cgroups are the machine's own mounts: they stay when the namespaces have ended, and empty of processes only then.
remove_cgroups() {
  local folder
  for folder in /sys/fs/cgroup/*/"$(cgroup)"; do
    [[ ! -d $folder ]] || wait_until 10 "the end of what runs in $folder" remove_tree "$folder" || return 1
  done
}
remove_tree() { find "$1" -depth -type d -exec rmdir {} +; }

stop_node() {
  kill_at_once "$DIR/node/pid"
  remove_cgroups
}

# --- inside ---

# Paths that the parts have built in, and settings of the kernel that kubelet would change for the whole machine.
make_private() {
  local path setting
  mount --make-rshared /
  for path in /var/log /var/lib/cni /var/lib/kubelet /run/containerd; do
    mkdir -p "$path" "$DIR/node/own$path"
    mount --bind "$DIR/node/own$path" "$path"
  done
  for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
    path=/proc/sys/${setting%=*}
    mkdir -p "$DIR/node/own$(dirname "$path")"
    echo "${setting#*=}" >"$DIR/node/own$path"
    mount --bind "$DIR/node/own$path" "$path"
  done
}

make_network() {
  ip link set lo up
  ip link add node0 type bridge
  ip address add "$NODE_ADDRESS/24" dev node0
  ip link set node0 up
  ip route add default dev node0 # a Service's address must have a route before it is rewritten
  sysctl -qw net.ipv4.ip_forward=1
}

make_cgroups() {
  local hierarchy folder
  for hierarchy in /sys/fs/cgroup/*/; do
    [[ $hierarchy != */unified/ ]] || continue
    folder=$hierarchy$(cgroup)
    mkdir -p "$folder"
    [[ ! -e $folder/cpuset.cpus ]] || {
      cat "${hierarchy}cpuset.cpus" >"$folder/cpuset.cpus"
      cat "${hierarchy}cpuset.mems" >"$folder/cpuset.mems"
    }
  done
}

write_containerd_config() {
  local n=$DIR/node
  cat >"$n/containerd.toml" <<Y
version = 3
root = '$n/containerd'
state = '$n/containerd-state'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.snapshotter.v1.erofs', 'io.containerd.differ.v1.erofs',
  'io.containerd.snapshotter.v1.blockfile', 'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp', 'io.containerd.image-verifier.v1.bindir']
[grpc]
  address = '$n/containerd.sock'
[plugins.'io.containerd.internal.v1.opt']
  path = '$n/opt'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '$TOOLBOX'
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE, which containers' hosts often lack, runc could not lower it and would end.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['$NODE_BIN']
    conf_dir = '$n/cni'
    use_internal_loopback = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    runtime_path = '$NODE_BIN/containerd-shim-runc-v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '$(command -v runc)'
      SystemdCgroup = false
Y
}

write_network_config() {
  mkdir -p "$DIR/node/cni"
  cat >"$DIR/node/cni/10-node.conflist" <<Y
{"cniVersion": "1.0.0", "name": "node", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$DIR/node/cni-state", "ranges": [[{"subnet": "$PODS"}]]}}]}
Y
}

write_kubelet_config() {
  local n=$DIR/node
  : >"$n/resolv.conf"
  cat >"$n/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /$(cgroup)
failSwapOn: false
address: 0.0.0.0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $DIR/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $DIR/pki/kubelet-server.crt
tlsPrivateKeyFile: $DIR/pki/kubelet-server.key
containerRuntimeEndpoint: unix://$n/containerd.sock
podLogsDir: $n/pod-logs
volumePluginDir: $n/plugins
resolvConf: $n/resolv.conf
clusterDomain: cluster.local
makeIPTablesUtilChains: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
syncFrequency: 10s
nodeStatusUpdateFrequency: 5s
Y
}

# It says with each call that this kind of cgroup will not be supported for ever.
ctr() { "$NODE_BIN/ctr" -a "$DIR/node/containerd.sock" -n k8s.io "$@" 2> >(grep -v 'DEPRECATION: The support for cgroup v1' >&2); }

start_containerd() { run_part containerd "$NODE_BIN/containerd" -c "$DIR/node/containerd.toml"; }

start_kubelet() {
  run_part kubelet "$BIN/kubelet" --config="$DIR/node/kubelet.yaml" --kubeconfig="$DIR/pki/kubelet.kubeconfig" \
    --hostname-override=$NODE --node-ip=$NODE_ADDRESS --root-dir="$DIR/node/kubelet" --cert-dir="$DIR/node/kubelet/pki"
}

# The settings of connection tracking are the machine's.
start_proxy() {
  run_part kube-proxy "$BIN/kube-proxy" --kubeconfig="$DIR/pki/proxy.kubeconfig" --proxy-mode=nftables --cluster-cidr=$PODS \
    --hostname-override=$NODE --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 \
    --conntrack-tcp-timeout-close-wait=0 --nodeport-addresses=primary
}

start_scheduler() {
  local config=$DIR/pki/scheduler.kubeconfig
  run_part kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$config" --authentication-kubeconfig="$config" \
    --authorization-kubeconfig="$config" --leader-elect=false --bind-address=127.0.0.1
}

issue_for_node() {
  issue kubelet-server "/CN=$NODE" "IP:$NODE_ADDRESS,DNS:$NODE"
  issue apiserver-kubelet /O=system:masters/CN=apiserver-kubelet
  issue scheduler /CN=system:kube-scheduler
  issue proxy /CN=system:kube-proxy
  issue kubelet "/O=system:nodes/CN=system:node:$NODE"
}

node_ready() { admin get node $NODE -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' | grep -q True; }

# Volumes made by hand, each one a folder: nothing here makes them when they are asked for.
create_volumes() {
  local i
  admin apply -f - <<'Y'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: local, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
Y
  for ((i = 0; i < VOLUMES; i++)); do
    mkdir -p "$DIR/node/volumes/$i"
    chmod 0700 "$DIR/node/volumes/$i"
    admin apply -f - <<Y
apiVersion: v1
kind: PersistentVolume
metadata: {name: local-$i}
spec:
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: local
  local: {path: "$DIR/node/volumes/$i"}
  nodeAffinity:
    required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$NODE]}]}]}
Y
  done
}

import_image() { ctr images import "$1" >/dev/null; } # ARCHIVE

# After the control plane, whose parts are in the namespaces as well.
start_node() {
  local kind
  say "starting containerd, kube-proxy, kube-scheduler and kubelet"
  for kind in kubelet proxy scheduler; do certificate_kubeconfig "$DIR/pki/$kind.kubeconfig" $kind; done
  write_containerd_config
  write_network_config
  write_kubelet_config
  start_containerd
  start_proxy
  start_scheduler
  wait_for_part containerd ctr version
  "$PYTHON" "$ROOT/hack/toolbox_image.py" "$DIR/node/toolbox.tar" $TOOLBOX
  import_image "$DIR/node/toolbox.tar"
  local tag
  for tag in 2 3; do ctr images tag $TOOLBOX "${TOOLBOX%:*}:$tag" >/dev/null; done # so that a deployment has something to change to
  start_kubelet
  wait_for_part kubelet node_ready
  create_volumes >/dev/null
}
