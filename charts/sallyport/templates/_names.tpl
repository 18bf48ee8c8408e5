{{/* What every object's name begins with: "sallyport" for the release "sallyport". */}}
{{- define "sallyport.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sallyport.labels" -}}
{{ include "sallyport.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The keys that no account of ours may read: `sallyport keys` knows these names. */}}
{{- define "sallyport.sealKeySecret" -}}
{{ include "sallyport.fullname" . }}-seal-key
{{- end -}}
{{- define "sallyport.logKeySecret" -}}
{{ include "sallyport.fullname" . }}-log-key
{{- end -}}

{{/* The user that `sallyport serve` is to the API server. */}}
{{- define "sallyport.username" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "sallyport.fullname" . }}
{{- end -}}

{{/* The port behind the webhook Service: that of webhook.url, or the pods' own. */}}
{{- define "sallyport.webhookPort" -}}
{{- if .Values.webhook.url -}}
{{- regexFind "[0-9]+$" (urlParse .Values.webhook.url).host | default "443" -}}
{{- else -}}
9443
{{- end -}}
{{- end -}}

{{/* Where both webhook configurations point. The program owns path and caBundle beside it, by server-side apply: what
     is not rendered here, an upgrade leaves alone. */}}
{{- define "sallyport.clientConfig" -}}
service:
  namespace: {{ .Release.Namespace }}
  name: {{ include "sallyport.fullname" . }}-webhook
  port: {{ include "sallyport.webhookPort" . }}
{{- end -}}

{{/* A CRD of files/crds with our labels. Kept at uninstall unless told otherwise: every policy and request goes with it. */}}
{{- define "sallyport.crd" -}}
{{- $crd := .root.Files.Get (printf "files/crds/%s.yaml" .plural) | fromYaml -}}
{{- $_ := set $crd.metadata "labels" (include "sallyport.labels" .root | fromYaml) -}}
{{- if .root.Values.crds.keep -}}
{{- $_ := set $crd.metadata "annotations" (dict "helm.sh/resource-policy" "keep") -}}
{{- end -}}
{{- toYaml $crd -}}
{{- end -}}
