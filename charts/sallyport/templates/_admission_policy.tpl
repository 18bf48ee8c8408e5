{{/* The spec of the ValidatingAdmissionPolicy, with every field that the API server would fill in: `sallyport serve`
     finds the same in its configuration, and decides nothing unless the live one is equal. */}}
{{- define "sallyport.admissionPolicy" -}}
failurePolicy: Fail
matchConstraints:
  matchPolicy: Equivalent
  namespaceSelector: {}
  objectSelector: {}
  resourceRules:
  - apiGroups: [sallyport.dev]
    apiVersions: ["*"]
    operations: [CREATE, UPDATE]
    resources:
    - approvalrequests
    - approvalrequests/status
    - approvalpolicies
    - approvalpolicies/status
    - clusterapprovalpolicies
    - clusterapprovalpolicies/status
    scope: "*"
variables:
{{ include "sallyport.admissionVariables" . }}
validations:
{{ include "sallyport.admissionValidations" . }}
{{- end -}}

{{- define "sallyport.admissionBinding" -}}
policyName: {{ include "sallyport.fullname" . }}-requests
validationActions: [Deny]
{{- end -}}

{{- define "sallyport.admissionVariables" -}}
- name: caller
  expression: request.userInfo.username
- name: ours
  expression: variables.caller == {{ include "sallyport.username" . | toJson }}
- name: agent
  expression: >-
    {{ include "sallyport.callerIsAgent" . }}
- name: status
  expression: has(request.subResource) && request.subResource == "status"
- name: request
  expression: "!variables.status && request.resource.resource == \"approvalrequests\""
- name: before
  expression: >-
    variables.request && oldObject != null && has(oldObject.spec.reviews) ? oldObject.spec.reviews : []
- name: after
  expression: >-
    variables.request && has(object.spec.reviews) ? object.spec.reviews : []
- name: added
  expression: >-
    oldObject != null && size(variables.after) > 0
    && variables.after == variables.before + [variables.after[size(variables.after) - 1]]
    ? [variables.after[size(variables.after) - 1]] : []
- name: labels
  expression: "has(object.metadata.labels) ? object.metadata.labels : {}"
- name: oldLabels
  expression: "oldObject != null && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}"
- name: annotations
  expression: "has(object.metadata.annotations) ? object.metadata.annotations : {}"
- name: oldAnnotations
  expression: "oldObject != null && has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}"
- name: owners
  expression: "has(object.metadata.ownerReferences) ? object.metadata.ownerReferences : []"
- name: oldOwners
  expression: "oldObject != null && has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences : []"
- name: finalizers
  expression: "has(object.metadata.finalizers) ? object.metadata.finalizers : []"
- name: oldFinalizers
  expression: "oldObject != null && has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []"
- name: withdraws
  expression: >-
    variables.agent && variables.labels == variables.oldLabels && variables.annotations == variables.oldAnnotations
    && variables.added.exists(r, r.verdict == "Withdraw" && r.reviewer == variables.caller
    && oldObject.spec.requester.username == variables.caller)
{{- end -}}

{{- define "sallyport.admissionValidations" -}}
- expression: "!variables.status || variables.ours"
  message: >-
    Only Sallyport writes the status of its objects. To review a request, patch spec.decision of the ApprovalRequest.
  reason: Forbidden
- expression: >-
    !variables.request || request.operation != "CREATE" || variables.ours
  message: >-
    Only Sallyport makes ApprovalRequests. Do the action itself, and a request is opened where a policy asks for one.
  reason: Forbidden
- expression: >-
    !variables.request || request.operation != "CREATE" || (!has(object.spec.decision) && size(variables.after) == 0)
  message: An ApprovalRequest starts without decision and reviews. Leave both out.
  reason: Forbidden
- expression: >-
    !variables.request || !has(object.spec.decision)
    || (oldObject != null && has(oldObject.spec.decision) && oldObject.spec.decision == object.spec.decision)
  message: >-
    Nobody took up what this write put into spec.decision: the webhook that checks and stamps reviews was not called.
    Ask whoever runs Sallyport to look at its MutatingWebhookConfiguration, then send the review again.
  reason: Forbidden
- expression: variables.after == variables.before || size(variables.added) == 1
  message: >-
    Reviews are only appended, one by a write. Leave spec.reviews alone and patch spec.decision.
  reason: Forbidden
- expression: >-
    !variables.agent || !variables.request || variables.withdraws
  message: >-
    An agent may change nothing of an ApprovalRequest but withdraw its own, by patching spec.decision with the verdict
    Withdraw.
  reason: Forbidden
- expression: >-
    variables.added.all(r, variables.ours ? r.via != "kubectl" : r.via == "kubectl" && r.reviewer == variables.caller
    && (has(r.uid) ? r.uid : "") == (has(request.userInfo.uid) ? request.userInfo.uid : ""))
  message: >-
    A review by patch is its author's own: reviewer and uid are the caller's, and via is kubectl. Leave spec.reviews
    alone and patch spec.decision.
  reason: Forbidden
- expression: variables.added.all(r, variables.withdraws || !r.reviewer.startsWith("system:"))
  message: >-
    Service accounts and other system: users cannot review a request. Have a person review it under their own name.
  reason: Forbidden
- expression: >-
    variables.added.all(r, variables.withdraws || (r.reviewer != oldObject.spec.requester.username
    && !(r.reviewer in {{ include "sallyport.agentUsers" . }})))
  message: >-
    Neither who asked for the action nor any agent can review it. Have another person review it.
  reason: Forbidden
- expression: variables.added.all(r, variables.withdraws || r.verdict != "Withdraw")
  message: Only the agent that asked can withdraw a request. To stop it, use the verdict Deny or Revoke.
  reason: Forbidden
- expression: >-
    (variables.owners == variables.oldOwners && variables.finalizers == variables.oldFinalizers) || variables.ours
    || variables.caller in ["system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:namespace-controller", "system:kube-controller-manager"]
  message: >-
    ownerReferences and finalizers of Sallyport's objects are not changed by hand, since they delete or keep an object
    without anybody deleting it. Leave both as they are, and delete the object if it is to go.
  reason: Forbidden
- expression: >-
    variables.ours || (variables.oldLabels.all(k, !k.startsWith("sallyport.dev/") || (k in variables.labels
    && variables.labels[k] == variables.oldLabels[k]))
    && variables.labels.all(k, !k.startsWith("sallyport.dev/") || k in variables.oldLabels))
  message: Labels that begin with sallyport.dev/ are Sallyport's own. Use a label with another prefix.
  reason: Forbidden
{{- end -}}
