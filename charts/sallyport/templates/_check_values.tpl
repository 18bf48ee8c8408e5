{{/* What values.schema.json cannot say, or not in words that help. */}}
{{- define "sallyport.checkValues" -}}
{{- if not .Values.agents -}}
{{- fail (print "agents is empty, so nothing would be gated: name at least one, for example "
  "agents: [{name: deployer, serviceAccounts: [agents/deployer]}]") -}}
{{- end -}}
{{- $seen := dict -}}
{{- range .Values.agents -}}
{{- include "sallyport.checkAgent" (dict "agent" . "root" $ "seen" $seen) -}}
{{- end -}}
{{- with .Values.holds -}}
{{- if lt (int .total) (int .perAgent) -}}
{{- fail (printf "holds.perAgent (%v) is more than holds.total (%v): lower the one or raise the other"
  .perAgent .total) -}}
{{- end -}}
{{- end -}}
{{- with .Values.webhook -}}
{{- if ne (empty .clientCAConfigMap) (empty .clientNames) -}}
{{- fail (print "webhook.clientCAConfigMap and webhook.clientNames belong together: the CA alone would let every certificate "
  "that it has signed call the webhooks. Set both, or none") -}}
{{- end -}}
{{- end -}}
{{- $sinks := list -}}
{{- range .Values.log.sinks -}}
{{- if has .name $sinks -}}
{{- fail (printf "log.sinks: two are called %q: name each differently, since it keeps by its name how far it has come" .name) -}}
{{- end -}}
{{- $sinks = append $sinks .name -}}
{{- end -}}
{{- range .Values.agentWide.extraRules -}}
{{- include "sallyport.checkExtraRule" (dict "rule" . "root" $) -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.checkAgent" -}}
{{- $name := .agent.name -}}
{{- $identities := list -}}
{{- range .agent.users -}}
{{- include "sallyport.checkUnprefixed" (dict "agent" $name "kind" "user" "value" .) -}}
{{- $identities = append $identities (printf "user %s" .) -}}
{{- end -}}
{{- range .agent.groups -}}
{{- include "sallyport.checkUnprefixed" (dict "agent" $name "kind" "group" "value" .) -}}
{{- $identities = append $identities (printf "group %s" .) -}}
{{- end -}}
{{- range .agent.serviceAccounts -}}
{{- include "sallyport.checkNamespace" (dict "agent" $name "value" . "namespace" (dir .) "root" $.root) -}}
{{- $identities = append $identities (printf "service account %s" .) -}}
{{- end -}}
{{- range .agent.namespaces -}}
{{- include "sallyport.checkNamespace" (dict "agent" $name "value" . "namespace" . "root" $.root) -}}
{{- $identities = append $identities (printf "namespace %s" .) -}}
{{- end -}}
{{- if not $identities -}}
{{- fail (printf "agents: agent %q has no identity: give it serviceAccounts, namespaces, users or groups" $name) -}}
{{- end -}}
{{- range append $identities (printf "agent name %s" $name) -}}
{{- if hasKey $.seen . -}}
{{- fail (printf "agents: %s stands there twice (agents %q and %q): an identity belongs to one agent"
  . (get $.seen .) $name) -}}
{{- end -}}
{{- $_ := set $.seen . $name -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.checkUnprefixed" -}}
{{- if hasPrefix "system:" .value -}}
{{- fail (printf (print "agents: agent %q cannot have the %s %q: system: names are the cluster's own parts, and are "
  "never gated. Name service accounts under serviceAccounts or namespaces") .agent .kind .value) -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.checkNamespace" -}}
{{- if eq .namespace "kube-system" -}}
{{- fail (printf "agents: agent %q cannot have %q: the accounts of kube-system run the cluster, and are never gated"
  .agent .value) -}}
{{- end -}}
{{- if eq .namespace .root.Release.Namespace -}}
{{- fail (printf (print "agents: agent %q cannot have %q: this is Sallyport's own namespace, whose accounts reach its "
  "keys. Install Sallyport into a namespace of its own") .agent .value) -}}
{{- end -}}
{{- end -}}

{{/* One rule against files/rights.json, as RBAC reads it: a star is all, and before a slash that part of each. */}}
{{- define "sallyport.checkExtraRule" -}}
{{- $rule := .rule -}}
{{- $name := include "sallyport.fullname" .root -}}
{{- $names := dict "gate" (list (printf "%s-gate" $name)) "requests" (list (printf "%s-requests" $name))
  "keys" (list (printf "%s-keys" $name) (printf "%s-seal-key" $name) (printf "%s-log-key" $name)) -}}
{{- range $right := (.root.Files.Get "files/rights.json" | fromJson).rights -}}
{{- $verbs := list -}}
{{- range $right.verbs -}}
{{- if or (has . $rule.verbs) (has "*" $rule.verbs) -}}{{- $verbs = append $verbs . -}}{{- end -}}
{{- end -}}
{{- $part := "" -}}
{{- if contains "/" $right.resource -}}{{- $part = printf "*/%s" (base $right.resource) -}}{{- end -}}
{{- $resource := or (has "*" $rule.resources) (has $right.resource $rule.resources) (and $part (has $part $rule.resources)) -}}
{{- $group := or (has "*" $rule.apiGroups) (has $right.group $rule.apiGroups) -}}
{{- $named := true -}}
{{- if $rule.resourceNames -}}
{{- $named = hasPrefix "impersonate" (first $right.verbs) -}}
{{- range $right.names -}}
{{- range get $names . -}}
{{- if has . $rule.resourceNames -}}{{- $named = true -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $verbs $resource $group $named (not (get $right "while")) (not (get $right "tells")) -}}
{{- fail (printf "agentWide.extraRules: with %s on %s%s an agent %s: name the groups, resources and verbs that agents need"
  (first $verbs) $right.resource (ternary "" (printf ".%s" $right.group) (eq $right.group "")) $right.why) -}}
{{- end -}}
{{- end -}}
{{- end -}}
