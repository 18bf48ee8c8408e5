{{/* What `sallyport serve` reads. It refuses keys that it does not know. */}}
{{- define "sallyport.config" -}}
{{- include "sallyport.checkValues" . -}}
{{- $name := include "sallyport.fullname" . -}}
namespace: {{ .Release.Namespace }}
serviceAccount: {{ $name }}
release: {{ .Release.Name }}
agents:
{{- include "sallyport.agentsConfig" . }}
webhook:
  address: "0.0.0.0:9443"
  service: {{ $name }}-webhook
  timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
  gate: {{ $name }}-gate
  requests: {{ $name }}-requests
  {{- if .Values.webhook.certificateSecret }}
  certificateDir: /etc/sallyport-certificate
  {{- end }}
  {{- if .Values.webhook.clientCAConfigMap }}
  clientCAFile: /etc/sallyport-client-ca/ca.crt
  clientNames: {{- .Values.webhook.clientNames | toYaml | nindent 2 }}
  {{- end }}
health:
  address: "0.0.0.0:8081"
metrics:
  address: "0.0.0.0:8080"
log:
  dir: /var/lib/sallyport/log
  fileMiB: {{ .Values.log.fileMiB }}
  fileAge: {{ .Values.log.fileAge }}
  compress: {{ .Values.log.compress }}
  keep: {{ .Values.log.keep }}
  keyFile: /etc/sallyport-log/log.key
  {{- with .Values.log.sinks }}
  sinks:
  {{- range . }}
  - {{- omit . "secretName" | toYaml | nindent 4 }}
    {{- if .secretName }}
    secretDir: /etc/sallyport-sinks/{{ .name }}
    {{- end }}
  {{- end }}
  {{- end }}
sealKeyFile: /etc/sallyport-seal/seal.key
keysSecret: {{ $name }}-keys
holds:
  perAgent: {{ .Values.holds.perAgent }}
  total: {{ .Values.holds.total }}
limits:
  openPerAgent: {{ .Values.limits.openPerAgent }}
  openPerNamespace: {{ .Values.limits.openPerNamespace }}
  keptMiBPerNamespace: {{ .Values.limits.keptMiBPerNamespace }}
  keptMiB: {{ .Values.limits.keptMiB }}
  logMiBPerAgentPerDay: {{ .Values.limits.logMiBPerAgentPerDay }}
cooldown: {{ .Values.cooldown }}
history:
  retain: {{ .Values.history.retain }}
  maxPerNamespace: {{ .Values.history.maxPerNamespace }}
shutdownDelay: {{ .Values.shutdownDelay }}
guard: {{ .Values.guard }}
{{- with .Values.effects }}
effects: {{- toYaml . | nindent 0 }}
{{- end }}
# What stops agents, as it was installed. Where the live objects differ, agents may pass, and Sallyport says so.
webhookConfigurations:
  gate: {{- include "sallyport.gateWebhooks" . | fromYamlArray | toYaml | nindent 4 }}
  requests: {{- include "sallyport.requestsWebhooks" . | fromYamlArray | toYaml | nindent 4 }}
  tolerated: {{- .Values.gate.toleratedChanges | toYaml | nindent 4 }}
# The admission policy and its binding as they were installed: nothing is decided while the live ones differ.
admissionPolicy:
  name: {{ $name }}-requests
  policy: {{- include "sallyport.admissionPolicy" . | fromYaml | toYaml | nindent 4 }}
  binding: {{- include "sallyport.admissionBinding" . | fromYaml | toYaml | nindent 4 }}
{{- end -}}
