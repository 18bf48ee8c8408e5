{{/* User names that are agents by themselves, as a JSON list, which is a CEL list, too. */}}
{{- define "sallyport.agentUsers" -}}
{{- $names := list -}}
{{- range .Values.agents -}}
{{- $names = concat $names (.users | default list) -}}
{{- range .serviceAccounts -}}
{{- $names = append $names (printf "system:serviceaccount:%s" (replace "/" ":" .)) -}}
{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* CEL: is the caller an agent? The same for the gate's matchConditions and for the admission policy. */}}
{{- define "sallyport.callerIsAgent" -}}
{{- $clauses := list (printf "request.userInfo.username in %s" (include "sallyport.agentUsers" .)) -}}
{{- $groups := list -}}
{{- range .Values.agents -}}
{{- range .namespaces -}}
{{- $prefix := printf "system:serviceaccount:%s:" . | toJson -}}
{{- $clauses = append $clauses (printf "request.userInfo.username.startsWith(%s)" $prefix) -}}
{{- end -}}
{{- $groups = concat $groups (.groups | default list) -}}
{{- end -}}
{{- if $groups -}}
{{- $among := printf "request.userInfo.groups.exists(g, g in %s)" (toJson $groups) -}}
{{- $clauses = append $clauses (printf "has(request.userInfo.groups) && %s" $among) -}}
{{- end -}}
{{- join " || " $clauses -}}
{{- end -}}

{{/* The agents as `sallyport serve` reads them: every list there, even if empty. */}}
{{- define "sallyport.agentsConfig" -}}
{{- range .Values.agents }}
- name: {{ .name }}
  users: {{ .users | default list | toJson }}
  groups: {{ .groups | default list | toJson }}
  serviceAccounts: {{ .serviceAccounts | default list | toJson }}
  namespaces: {{ .namespaces | default list | toJson }}
  retries429: {{ hasKey . "retries429" | ternary .retries429 true }}
{{- end }}
{{- end -}}

{{/* FlowSchema subjects: the agents once more. */}}
{{- define "sallyport.agentSubjects" -}}
{{- range .Values.agents }}
{{- range .users }}
- kind: User
  user: {name: {{ quote . }}}
{{- end }}
{{- range .groups }}
- kind: Group
  group: {name: {{ quote . }}}
{{- end }}
{{- range .serviceAccounts }}
- kind: ServiceAccount
  serviceAccount: {namespace: {{ dir . }}, name: {{ base . }}}
{{- end }}
{{- range .namespaces }}
- kind: ServiceAccount
  serviceAccount: {namespace: {{ . }}, name: "*"}
{{- end }}
{{- end }}
{{- end -}}

{{/* One agent's identities in a line, for NOTES. */}}
{{- define "sallyport.identities" -}}
{{- $all := list -}}
{{- range list .serviceAccounts .namespaces .users .groups -}}
{{- $all = concat $all (. | default list) -}}
{{- end -}}
{{- join ", " $all -}}
{{- end -}}
