{{/* The webhooks of both configurations, with every field that the API server would fill in: `sallyport serve` finds the same in
     its configuration, and says so when the live ones differ. */}}
{{- define "sallyport.gateWebhooks" -}}
- name: gate.sallyport.dev
  admissionReviewVersions: [v1]
  clientConfig: {{- include "sallyport.clientConfig" . | nindent 4 }}
  failurePolicy: Fail
  matchPolicy: Equivalent
  namespaceSelector: {}
  objectSelector: {}
  sideEffects: NoneOnDryRun
  timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
  # Everything, so that nothing is converted to another version on its way here.
  rules:
  - apiGroups: ["*"]
    apiVersions: ["*"]
    operations: ["*"]
    resources: ["*/*"]
    scope: "*"
  # The cluster's own parts first: whatever the agents' list says, they never come here.
  matchConditions:
  - name: not-our-account
    expression: request.userInfo.username != {{ include "sallyport.username" . | toJson }}
  - name: not-kube-system
    expression: >-
      !request.userInfo.username.startsWith("system:serviceaccount:kube-system:")
      && !request.userInfo.username.startsWith("system:kube-")
  - name: not-a-node
    expression: >-
      !has(request.userInfo.groups) || !("system:nodes" in request.userInfo.groups)
  - name: not-system-masters
    expression: >-
      !has(request.userInfo.groups) || !("system:masters" in request.userInfo.groups)
  - name: is-an-agent
    expression: >-
      {{ include "sallyport.callerIsAgent" . }}
{{- end -}}

{{- define "sallyport.requestsWebhooks" -}}
- name: requests.sallyport.dev
  admissionReviewVersions: [v1]
  clientConfig: {{- include "sallyport.clientConfig" . | nindent 4 }}
  failurePolicy: Fail
  matchPolicy: Equivalent
  namespaceSelector: {}
  objectSelector: {}
  sideEffects: NoneOnDryRun
  reinvocationPolicy: Never
  timeoutSeconds: 10
  rules:
  - apiGroups: [sallyport.dev]
    apiVersions: ["*"]
    operations: [CREATE, UPDATE]
    resources: [approvalrequests, approvalpolicies, clusterapprovalpolicies]
    scope: "*"
  # Labels, annotations and deletion stay possible while no replica answers.
  matchConditions:
  - name: not-our-account
    expression: request.userInfo.username != {{ include "sallyport.username" . | toJson }}
  - name: spec-changes
    expression: oldObject == null || object.spec != oldObject.spec
{{- end -}}
