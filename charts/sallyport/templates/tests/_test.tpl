{{- define "sallyport.testLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
{{ omit (include "sallyport.labels" . | fromYaml) "app.kubernetes.io/name" | toYaml }}
{{- end -}}

{{/* Before the pod, and gone after it. */}}
{{- define "sallyport.testHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: "-1"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
