"""What writes to other projects' kinds do: rows of src/effects/effects.custom, held to a second, hand-written opinion."""
import pytest

from tables import CUSTOM, check_effects, effects_table, names, TABLE

# Whoever may write this place gets that effect in a cluster where the project runs.
KNOWN = """
argoproj.io/applications spec.source.targetRevision RunsCode
argoproj.io/applications operation.sync.prune Deletes
argoproj.io/applications metadata.finalizers Deletes
argoproj.io/appprojects spec.destinationServiceAccounts.defaultServiceAccount Identity
argoproj.io/applicationsets spec.generators RunsCode
kustomize.toolkit.fluxcd.io/kustomizations spec.patches.patch RunsCode
kustomize.toolkit.fluxcd.io/kustomizations spec.prune Deletes
kustomize.toolkit.fluxcd.io/kustomizations spec.serviceAccountName Identity
helm.toolkit.fluxcd.io/helmreleases spec.valuesFrom.name UsesSecret
source.toolkit.fluxcd.io/gitrepositories spec.ref.branch RunsCode
source.toolkit.fluxcd.io/ocirepositories status.artifact.url RunsCode
image.toolkit.fluxcd.io/imagepolicies spec.policy.semver.range RunsCode
helm.cattle.io/helmcharts spec.jobImage RunsCode
tekton.dev/taskruns spec.serviceAccountName Identity
tekton.dev/taskruns spec.taskSpec.steps.image RunsCode
tekton.dev/tasks spec.volumes.secret.secretName UsesSecret
triggers.tekton.dev/triggertemplates spec.resourcetemplates RunsCode
external-secrets.io/externalsecrets spec.data.remoteRef.key UsesSecret
external-secrets.io/externalsecrets spec.target.template.type IssuesToken
external-secrets.io/secretstores spec.provider.vault.server UsesSecret
external-secrets.io/pushsecrets spec.selector.secret.name UsesSecret
pkg.crossplane.io/providers spec.package RunsCode
apiextensions.crossplane.io/compositeresourcedefinitions spec.versions Serving
keda.sh/scaledobjects spec.minReplicaCount Deletes
keda.sh/scaledobjects metadata.annotations.* Deletes
keda.sh/scaledjobs spec.jobTargetRef.template.spec.containers.image RunsCode
keda.sh/triggerauthentications spec.secretTargetRef.name UsesSecret
velero.io/backups spec.hooks.resources.pre.exec.command Connects
velero.io/backups spec.ttl Deletes
velero.io/downloadrequests spec.target.name ShowsSecret
velero.io/restores spec.backupName Identity
serving.knative.dev/services spec.template.spec.containers.image RunsCode
serving.knative.dev/services spec.template.spec.serviceAccountName Identity
serving.knative.dev/services spec.traffic.percent Traffic
sources.knative.dev/apiserversources spec.resources.kind UsesSecret
gateway.networking.k8s.io/httproutes spec.rules.backendRefs.name Traffic
gateway.networking.k8s.io/gateways spec.listeners.tls.certificateRefs.name UsesSecret
gateway.networking.k8s.io/referencegrants spec.to.kind UsesSecret
autoscaling.k8s.io/verticalpodautoscalers spec.updatePolicy.updateMode Deletes
snapshot.storage.k8s.io/volumesnapshotcontents spec.deletionPolicy Deletes
""".split("\n")[1:-1]


@pytest.mark.parametrize("line", KNOWN)
def test_a_write_has_the_effect_that_is_known(line):
    resource, path, effect = line.split(" ")
    assert effect in names(CUSTOM.of_place(resource, effects_table.steps_of(path)) or ())


@pytest.mark.parametrize("resource", ["example.com/widgets", "argoproj.io/applications", "tekton.dev/tasks"])
def test_what_holds_for_every_kind_holds_here(resource):
    assert "Deletes" in CUSTOM.of_operation(resource, "delete")
    assert "moved" in CUSTOM.of_place(resource, ("metadata", "managedFields"))
    assert names(CUSTOM.of_place(resource, ("metadata", "ownerReferences"))) >= {"Deletes"}
    assert names(CUSTOM.of_place(f"{resource}/scale", ("spec", "replicas"))) == {"RunsCode", "Deletes"}


def test_a_kind_that_nobody_knows_has_nothing_else():
    assert CUSTOM.of_place("example.com/widgets", ("spec", "size")) is None
    assert not CUSTOM.of_operation("example.com/widgets", "create")


@pytest.mark.parametrize("line, told", [("core/pods spec -", "Kubernetes' own"), ("example.com/widgets spec Own", "no project")])
def test_a_row_in_the_wrong_place_is_noticed(line, told):
    found = check_effects.faults_of_custom(line + "\n", TABLE)
    assert any(told in fault for fault in found), found
