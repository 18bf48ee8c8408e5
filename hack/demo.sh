#!/usr/bin/env bash
# Sallyport on a real API server: an agent's command waits, a person approves it, and the same command goes through. People
# act with kubectl alone first, then with its plugin `kubectl sallyport`.
#   hack/demo.sh [--dir DIR] [--keep]     DIR: where its cluster lives (default .cluster/demo); --keep: leave it running
#   hack/demo.sh --node [...]             on a cluster with a node (root only): Sallyport and the deployment are pods, and the
#                                         agent wants a shell in one, too. DIR: by default .cluster/demo-node
# A cluster of hack/dev.sh that runs in DIR already is used, and left running. Exit code 0 says that every step was really
# seen; otherwise the last line names the one that was not.
#   --break policy|rights|plugin          for its own test: takes away the policy, the reviewers' rights or the plugin beforehand
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

PROD=payments-prod
STAGING=payments-staging
IMAGE=registry.example/api
PODS=0 # of the deployment
STEP=0
TITLE=start
AGENT_PID=

parse() {
  DIR=
  WITH_NODE=
  KEEP=
  BREAK=
  while (($#)); do
    case $1 in
      --dir) DIR=${2:?--dir needs a directory}; shift 2 ;;
      --keep) KEEP=yes; shift ;;
      --node) WITH_NODE=yes; shift ;;
      --break) BREAK=${2:?}; [[ $BREAK =~ ^(policy|rights|plugin)$ ]] || usage; shift 2 ;;
      *) usage ;;
    esac
  done
  if [[ $WITH_NODE ]]; then
    IMAGE=localhost/toolbox # what the node has
    PODS=1
  fi
  DIR=${DIR:-$ROOT/.cluster/demo${WITH_NODE:+-node}}
  mkdir -p "$DIR"
  DIR=$(cd "$DIR" && pwd)
  BOLD='' DIM='' GREEN='' RED='' PLAIN=''
  if [[ -t 1 ]]; then BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'; fi
}

# --- what is printed ---

step() {
  STEP=$((STEP + 1))
  TITLE=$1
  printf '\n%s%s. %s%s\n' "$BOLD" "$STEP" "$TITLE" "$PLAIN"
}

seen() { printf '  %s✓ %s%s\n' "$GREEN" "$1" "$PLAIN"; }

failed() {
  printf '  %s✗ %s%s\n' "$RED" "$1" "$PLAIN"
  printf '\nThe demo failed at step %s: %s\n' "$STEP" "$TITLE"
  exit 1
}

# As one would type it.
quoted() {
  local word line=
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]] || word="'$word'"
    line+="$word "
  done
  printf '%s' "${line% }"
}

prompt() { printf '  %s%s$%s %s\n' "$DIM" "$1" "$PLAIN" "$2"; }
indent() { sed 's/^/    /'; }

# --- who does what ---

as() { # WHO ARGUMENTS...: kubectl in that person's name
  local config=$DIR/users/$1.kubeconfig
  [[ $1 != admin ]] || config=$DIR/kubeconfig
  KUBECONFIG=$config kubectl "${@:2}"
}

# The same, shown with what it prints.
show() {
  prompt "$1" "kubectl $(quoted "${@:2}")"
  as "$@" 2>&1 | indent
}

# check WHAT COMMAND...: the step is over as soon as the command succeeds, and has failed if it does not within 20 s.
check() {
  local what=$1
  shift
  wait_until 20 "$what" "$@" 2>/dev/null || failed "not seen: $what"
  seen "$what"
}

# The agent's command in the background, in its own "terminal".
agent_runs() {
  prompt agent "kubectl $(quoted "$@")"
  as agent "$@" >"$DIR/agent.out" 2>&1 &
  AGENT_PID=$!
}
agent_sets_image() { agent_runs -n "$1" set image deployment/api "${IMAGE##*/}=$IMAGE:$2"; } # NAMESPACE TAG

agent_waits() { kill -0 "$AGENT_PID" 2>/dev/null; }
agent_is_done() { ! agent_waits; }

# agent_ends succeeds|fails: its command ends so; what it printed is shown.
agent_ends() {
  check "the agent's command ends" agent_is_done
  local code=0
  wait "$AGENT_PID" || code=$?
  AGENT_PID=
  fold -sw 110 "$DIR/agent.out" | indent
  if [[ $1 == succeeds ]]; then
    ((code == 0)) || failed "the agent's command failed with exit code $code"
  else
    ((code != 0)) || failed "the agent's command went through"
  fi
  seen "the agent's command $1"
}

image_is() { [[ $(as admin -n "$1" get deployment api -o 'jsonpath={.spec.template.spec.containers[0].image}') == "$IMAGE:$2" ]]; }

request_in() { # NAMESPACE: the name of its newest request
  as admin -n "$1" get areq --sort-by=.metadata.creationTimestamp -o 'jsonpath={.items[-1:].metadata.name}'
}

# has NAMESPACE REQUEST JQ_FILTER
has() { as admin -n "$1" get areq "$2" -o json | jq -e "$3"; }

# The agent's command waits, and its request can be seen; its name is in REQUEST.
agent_is_held() { # NAMESPACE
  check "a request is open" has_pending "$1"
  REQUEST=$(request_in "$1")
  sleep 2
  agent_waits || failed "the agent's command did not wait: $(cat "$DIR/agent.out")"
  seen "the agent's command waits: $1/$REQUEST is pending"
}

has_pending() {
  local name
  name=$(request_in "$1") && [[ -n $name ]] && has "$1" "$name" '.status.state == "Pending"'
}

# With kubectl alone; with_plugin does the same. --yes, since nobody sits at these keys.
decide() { # WHO NAMESPACE VERDICT COMMENT
  show "$1" -n "$2" patch areq "$REQUEST" --type=merge -p "{\"spec\":{\"decision\":{\"verdict\":\"$3\",\"comment\":\"$4\"}}}"
}

with_plugin() { # WHO NAMESPACE approve|deny COMMENT
  show "$1" sallyport "$3" "$REQUEST" -n "$2" -m "$4" --yes
}

# --- the ground ---

deployment_and_policy() { # NAMESPACE PENDING_TIMEOUT
  as admin create namespace "$1"
  as admin -n "$1" create deployment api --image="$IMAGE:1" --replicas=$PODS
  cat >"$DIR/policy-$1.yaml" <<Y
apiVersion: sallyport.dev/v1alpha1
kind: ApprovalPolicy
metadata: {name: promote-image, namespace: $1}
spec:
  enforcement: Enforce
  actions: [{preset: PodPromotion}]
  approval:
    requirements: [{name: owner, count: 1, approvers: [{kind: Group, name: reviewers}]}]
    pendingTimeout: $2
  whilePending: Hold
Y
  as admin apply -f "$DIR/policy-$1.yaml"
  as admin -n "$1" wait approvalpolicy/promote-image --for=condition=Ready --timeout=30s
}

policy_for_exec() {
  as admin apply -f - <<Y
apiVersion: sallyport.dev/v1alpha1
kind: ApprovalPolicy
metadata: {name: shells, namespace: $PROD}
spec:
  enforcement: Enforce
  actions: [{preset: Exec}]
  approval:
    requirements: [{name: owner, count: 1, approvers: [{kind: Group, name: reviewers}]}]
  whilePending: Hold
Y
  as admin -n $PROD wait approvalpolicy/shells --for=condition=Ready --timeout=30s
  as admin -n $PROD rollout status deployment/api --timeout=60s
}

take_away() {
  case $BREAK in
    policy) as admin -n $PROD delete approvalpolicy promote-image ;;
    rights) as admin delete clusterrolebinding reviewers-approve ;;
    plugin) rm "$DIR/plugin/kubectl-sallyport" ;;
  esac
}

bring_up() {
  step "A cluster with a policy"
  if "$ROOT/hack/cluster.sh" status --dir "$DIR" >/dev/null 2>&1; then KEEP=yes; fi
  "$ROOT/hack/dev.sh" up --dir "$DIR" ${WITH_NODE:+--node}
  # shellcheck source=/dev/null
  source "$DIR/env"
  as admin delete namespace $PROD $STAGING --ignore-not-found >/dev/null
  { deployment_and_policy $PROD 1h && deployment_and_policy $STAGING 15s && ${WITH_NODE:+policy_for_exec}; } >"$DIR/ground.log" 2>&1 ||
    { cat "$DIR/ground.log"; failed "namespaces and policies could not be made"; }
  prompt admin "kubectl apply -f policy.yaml"
  indent <"$DIR/policy-$PROD.yaml"
  seen "the policy is ready: what runs in $PROD needs one of the group reviewers"
  take_away >/dev/null
}

# --- the play ---

approval() {
  step "The agent wants another image, and its command waits"
  agent_sets_image $PROD 2
  agent_is_held $PROD

  step "A reviewer sees what would change"
  show alice -n $PROD get areq
  prompt alice "kubectl -n $PROD get areq $REQUEST -o json | jq .spec.action.kubernetes.changes"
  as alice -n $PROD get areq "$REQUEST" -o json | jq .spec.action.kubernetes.changes | indent
  check "the change is shown: $IMAGE:1 becomes $IMAGE:2" has $PROD "$REQUEST" \
    ".spec.action.kubernetes.changes | any(.from == \"$IMAGE:1\" and .to == \"$IMAGE:2\")"

  step "She approves it with kubectl patch"
  decide alice $PROD Approve "LGTM" || failed "the review was refused"
  check "her review is in the request" has $PROD "$REQUEST" '.spec.reviews | any(.reviewer == "alice" and .verdict == "Approve")'

  step "The agent's command, the same that waited, goes through"
  agent_ends succeeds
  check "the deployment runs $IMAGE:2" image_is $PROD 2
}

records() {
  step "The request's status says who decided"
  local filter='.status | {state, decision: (.decision | {verdict, reviewers, decidedAt, log}), uses: [.uses[] | {time, log}]}'
  prompt alice "kubectl -n $PROD get areq $REQUEST -o json | jq '$filter'"
  check "it is used, by alice's decision" has $PROD "$REQUEST" \
    '.status.state == "Used" and .status.decision.reviewers == ["alice"] and (.status.uses | length) == 1'
  as alice -n $PROD get areq "$REQUEST" -o json | jq "$filter" | indent

  step "So does the log, which an auditor can check without the cluster"
  prompt auditor "jq 'select(.request == \"$PROD/$REQUEST\")' *.jsonl"
  check "opened, reviewed, decided and used, each with its outcome" logged
  log_of_request | jq -c '{seq, time, event, kind, username, reviewer, verdict, result} | with_entries(select(.value != null))' |
    indent
}

log_of_request() {
  local files=("$DIR"/replicas/*/log/*.jsonl)
  if [[ $WITH_NODE ]]; then files=("$DIR"/node/volumes/*/*.jsonl); fi
  cat "${files[@]}" | jq -cs "map(select(.request == \"$PROD/$REQUEST\")) | sort_by(.time)[]"
}

logged() {
  log_of_request | jq -es 'map(.event) as $all | ["request_opened", "review_accepted", "intent", "outcome"] - $all == []
    and (map(select(.event == "outcome" and .result == "done")) | length) == 2'
}

# The same as the steps above, with less to type.
plugin() {
  step "The next change she approves with the plugin, which shows it first"
  agent_sets_image $PROD 3
  agent_is_held $PROD
  show alice sallyport list -n $PROD || failed "the requests were not listed"
  with_plugin alice $PROD approve "LGTM, too" || failed "the review was refused"
  agent_ends succeeds
  check "the deployment runs $IMAGE:3" image_is $PROD 3
  show alice sallyport why "$REQUEST" -n $PROD || failed "the decision was not explained"
  check "it is used, by alice's decision" has $PROD "$REQUEST" '.status.state == "Used" and .status.decision.reviewers == ["alice"]'
}

denial() {
  step "Another change is denied"
  agent_sets_image $PROD 4
  agent_is_held $PROD
  with_plugin bob $PROD deny "not on a Friday" || failed "the review was refused"
  agent_ends fails
  check "the request is denied" has $PROD "$REQUEST" '.status.state == "Denied" and .status.decision.reviewers == ["bob"]'
  check "the deployment still runs $IMAGE:3" image_is $PROD 3
}

running() { as admin -n $PROD rollout status deployment/api --timeout=30s; }
agent_saw() { tr -d "\n" <"$DIR/agent.out" | grep -q "$1"; }

execs() {
  step "The agent wants to run a command in the pod"
  running >/dev/null || failed "the deployment's pod does not run"
  agent_runs -n $PROD exec deployment/api -- id
  agent_is_held $PROD
  show alice -n $PROD get areq "$REQUEST" -o 'jsonpath={.spec.action.summary}{"\n"}'
  decide alice $PROD Approve "only id" || failed "the review was refused"
  agent_ends succeeds
  check "the pod's answer reached it" agent_saw 'uid=65532'

  step "Another command in the same pod is another question"
  agent_runs -n $PROD exec deployment/api -- cat /var/run/secrets/kubernetes.io/serviceaccount/token
  agent_is_held $PROD
  decide bob $PROD Deny "what for?" || failed "the review was refused"
  agent_ends fails
  check "the refusal says what was denied, and where to read why" agent_saw "get areq $REQUEST"
}

no_self_approval() {
  step "Nobody approves themselves"
  agent_sets_image $STAGING 2
  agent_is_held $STAGING
  if decide agent $STAGING Approve "trust me"; then failed "the agent approved its own request"; fi
  check "the agent's review is refused, and its request still pending" has $STAGING "$REQUEST" \
    '.status.state == "Pending" and (.spec.reviews // []) == []'
}

expiry() {
  step "What nobody decides in time expires (here after 15 s)"
  agent_ends fails
  check "the request is expired" has $STAGING "$REQUEST" '.status.state == "Expired"'
  check "the deployment still runs $IMAGE:1" image_is $STAGING 1
}

clean_up() {
  local code=$?
  trap - EXIT
  trap '' INT TERM  # whoever presses Ctrl-C twice leaves nothing behind either
  [[ -z $AGENT_PID ]] || kill "$AGENT_PID" 2>/dev/null || true
  if [[ $KEEP ]]; then
    say "the cluster is left running: export KUBECONFIG=$DIR/kubeconfig; hack/dev.sh down --dir $DIR ends it"
  else
    say "cleaning up"
    "$ROOT/hack/dev.sh" down --dir "$DIR"
  fi
  exit "$code"
}

main() {
  parse "$@"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  bring_up
  approval
  records
  plugin
  denial
  ${WITH_NODE:+execs}
  no_self_approval
  expiry
  printf '\n%sEvery step was seen.%s\n' "$BOLD" "$PLAIN"
}
main "$@"
