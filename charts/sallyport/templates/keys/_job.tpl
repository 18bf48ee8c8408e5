{{/* Whether a job makes the keys: where pods are to run. What runs elsewhere gets its keys there. */}}
{{- define "sallyport.makesKeys" -}}
{{- if and .Values.keys.create (not .Values.webhook.url) (gt (int .Values.replicaCount) 0) -}}yes{{- end -}}
{{- end -}}

{{/* Without the name by which Services and policies select Sallyport's own pods. */}}
{{- define "sallyport.keysLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-keys
{{ omit (include "sallyport.labels" . | fromYaml) "app.kubernetes.io/name" | toYaml }}
{{- end -}}

{{/* Before the job, and gone after it. */}}
{{- define "sallyport.keysHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: "-1"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
