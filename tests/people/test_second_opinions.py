"""The same tokens to three implementations: ours, npm's jose and Debian's jwcrypto. They take the same ones, but for what
tests/people/tokens.py names as a difference, with its reason."""
import json
import os
import pathlib
import subprocess
import time

import pytest
import tokens
from jwcrypto import jwk, jwt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RECORDED = ROOT / "tests" / "data" / "tokens.json"


@pytest.fixture(scope="module", params=["recorded", "new keys"])
def corpus_file(request, tmp_path_factory):
    if request.param == "recorded":
        return RECORDED
    path = tmp_path_factory.mktemp("tokens") / "tokens.json"
    path.write_text(json.dumps(tokens.corpus()))
    return path


def jose(corpus_file):
    """Why jose refuses, of each token; empty where it takes it."""
    clients = subprocess.run([ROOT / "hack" / "clients.sh"], check=True, capture_output=True, text=True, timeout=600).stdout.strip()
    ran = subprocess.run(["node", ROOT / "tests" / "people" / "jose.mjs", corpus_file, clients], check=True, capture_output=True, text=True, timeout=120)
    return json.loads(ran.stdout)


def jwcrypto(corpus, monkeypatch):
    keys = jwk.JWKSet.from_json(json.dumps(corpus["jwks"]))
    monkeypatch.setattr(time, "time", lambda: corpus["now"])
    wanted = {"iss": corpus["issuer"], "aud": corpus["audience"], "exp": None, "iat": None, "sub": None}
    refusals = {}
    for each in corpus["tokens"]:
        try:
            jwt.JWT(jwt=each["token"], key=keys, algs=corpus["algorithms"], check_claims=wanted)
            refusals[each["name"]] = ""
        except Exception as error:  # of what type is not part of its interface, either
            refusals[each["name"]] = f"{type(error).__name__}: {error}"
    return refusals


def differences(corpus, who, refusals):
    """Where this one does not say what stands in the corpus."""
    assert len(refusals) == len(corpus["tokens"]) > 100
    for each in corpus["tokens"]:
        if each["oidc"]:
            continue
        expected = each["counts"] != (who in each["differs"])
        if expected != (refusals[each["name"]] == ""):
            yield f"{each['name']}: {refusals[each['name']] or 'taken'}"


def test_jose_takes_the_same_tokens(corpus_file):
    assert list(differences(json.loads(corpus_file.read_text()), "jose", jose(corpus_file))) == []


def test_jwcrypto_takes_the_same_tokens(corpus_file, monkeypatch):
    corpus = json.loads(corpus_file.read_text())
    assert list(differences(corpus, "jwcrypto", jwcrypto(corpus, monkeypatch))) == []


def test_we_take_the_same_tokens_under_new_keys(tmp_path):
    made = tmp_path / "tokens.json"
    made.write_text(json.dumps(tokens.corpus()))
    unit = pathlib.Path(os.environ.get("SALLYPORT_BUILD", ROOT / "build" / "asan")) / "tests" / "unit_people"
    ran = subprocess.run([unit, "--gtest_filter=SecondOpinions.*"], env=os.environ | {"SALLYPORT_TOKENS": str(made)}, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0 and "[  PASSED  ] 1 test" in ran.stdout, ran.stdout


def test_every_difference_has_its_reason():
    for each in json.loads(RECORDED.read_text())["tokens"]:
        assert not each["differs"] or each["why"], each["name"]
