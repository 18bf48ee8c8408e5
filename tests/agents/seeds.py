"""Filled objects of each kind, out of seeds/: what stands in a cell before the agent begins, and what it begins with itself."""
import base64
import copy
import datetime
import functools
import pathlib

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FOLDER = pathlib.Path(__file__).resolve().parent / "seeds"
# What an agent puts into the metadata of any object: labels that select, owners that are gone, what holds an object and what
# controllers go by.
GONE = "00000000-0000-4000-8000-000000000000"
METADATA = [
    {"labels": {"app": "web"}},
    {"labels": {"app": "db", "gather": "@"}},
    {"labels": {"cell": "none", "disk": "slow", "a": "b"}},
    {"annotations": {"a": "b", "example.com/x": "y"}},
    {"annotations": {"kubernetes.io/service-account.name": "default", "deprecated.deployment.rollback.to": "1"}},
    {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}},
    {"finalizers": ["example.com/hold"]},
    {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": GONE}]},
]


def load(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


PODS = load("pods")
STAGE = load("stage")
KINDS = [each for path in sorted(FOLDER.glob("*.yaml")) if path.stem not in ("pods", "stage") for each in load(path.stem)]


@functools.cache
def key_material():
    """A certificate request and a certificate, made once: nothing depends on what they say."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger")])
    now = datetime.datetime(2026, 1, 1)
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7) \
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9999)) \
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    pem = [each.public_bytes(serialization.Encoding.PEM) for each in (request, made)]
    return {"$csr": base64.b64encode(pem[0]).decode(), "$certificate": base64.b64encode(pem[1]).decode(), "$pem": pem[1].decode()}


def filled(value, cell, uid_of=lambda kind, name: GONE):
    """With the cell's name and what stands for something else put in."""
    if isinstance(value, dict):
        return {filled(key, cell): filled(inner, cell, uid_of) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, cell, uid_of) for inner in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$uid "):
        return uid_of(*value.split(" ")[1:])
    if value.startswith("$address "):
        return address_in(cell, int(value.split(" ")[1]))
    if value[:1] == "$" and value[1:] in PODS:
        return filled(copy.deepcopy(PODS[value[1:]]), cell, uid_of)
    return key_material().get(value, value).replace("@", cell)


def address_in(cell, number):
    """Of the cluster's Services, one that no other cell has."""
    place = int("".join(filter(str.isdigit, cell))) * 4 + number
    return f"10.96.{128 + place // 250 % 120}.{1 + place % 250}"


def kind_of(thing):
    return thing["apiVersion"].rpartition("/")[0], thing["kind"]


def seeds_of(kind, cell, uid_of=lambda kind, name: GONE):
    """The objects of a kind that an agent may begin with: it makes them, or turns others into them."""
    return [filled(each, cell, uid_of) for each in KINDS if kind_of(each) == kind]


def donors_of(kind, cell, uid_of=lambda kind, name: GONE):
    """What an agent takes fields from, to put them into another object of that kind."""
    return seeds_of(kind, cell, uid_of) + [filled(each, cell, uid_of) for each in STAGE if kind_of(each) == kind]


def metadata_of(cell):
    return [filled(each, cell) for each in METADATA]


def has_seeds(kind):
    return any(kind_of(each) == kind for each in KINDS)
