"""The JSON Schemas for editors say of a file what the API server says of it."""
import copy
import json

import jsonschema
import pytest
import yaml

from cluster import ROOT
from samples import approval_policy

SCHEMAS = {kind: json.loads((ROOT / "docs" / "schemas" / f"{kind.lower()}-v1alpha1.json").read_text())
           for kind in ("ApprovalPolicy", "ClusterApprovalPolicy")}


def faults(policy):
    return [fault.message for fault in jsonschema.Draft7Validator(SCHEMAS[policy["kind"]]).iter_errors(policy)]


def test_the_samples_are_good():
    policies = [policy for path in ROOT.glob("charts/sallyport/samples/*/policy.yaml") for policy in yaml.safe_load_all(path.read_text())]
    assert len(policies) >= 10
    for policy in policies:
        assert faults(policy) == [], policy["metadata"]["name"]


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize(("path", "value", "said"), [
    (("spec", "enforcement"), "enforce", "'enforce' is not one of ['Enforce', 'Warn', 'Audit']"),
    (("spec", "waitfor"), "1m", "'waitfor' was unexpected"),
    (("spec", "actions"), [{"preset": "podPromotion"}], "'podPromotion' is not one of"),
    (("spec", "approval", "uses"), 0, "0 is less than the minimum of 1"),
    (("spec", "waitFor"), "soon", "does not match"),
    (("kind",), "Approvalpolicy", "is not one of"),
    (("metadata",), {}, "'name' is a required property"),
    (("status",), {}, "'status' was unexpected"),
])
def test_what_an_editor_marks(kind, path, value, said):
    policy = approval_policy(kind=kind)
    schema = SCHEMAS[kind]
    assert not list(jsonschema.Draft7Validator(schema).iter_errors(policy))
    spoilt = copy.deepcopy(policy)
    place = spoilt
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    messages = [fault.message for fault in jsonschema.Draft7Validator(schema).iter_errors(spoilt)]
    assert any(said in message for message in messages), messages
