#!/usr/bin/env python3
"""Makes tests/data/wycheproof.gz: of the Project Wycheproof (https://github.com/C2SP/wycheproof, Apache License 2.0) the vectors
for signatures that a person's token may have, a line each.
  hack/wycheproof.py CLONE    CLONE is a git clone, bare or not; the commit is the one that COMMIT names here

A line has what a test needs and no more: the key as a JWK, message and signature in hexadecimal, and what Wycheproof says of them.
The same key in DER, PEM and ASN.1, and the descriptions of flags, are left out. No vector of these files is, but for what is invalid
where already the valid ones have parameters that no JWS has.
"""
import base64
import gzip
import json
import pathlib
import subprocess
import sys

COMMIT = "dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166"
TARGET = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "wycheproof.gz"
FILES = {
    "rsa_signature_2048_sha256": "RS256", "rsa_signature_2048_sha384": "RS384", "rsa_signature_2048_sha512": "RS512",
    "rsa_pss_2048_sha256_mgf1_32": "PS256", "rsa_pss_2048_sha384_mgf1_48": "PS384", "rsa_pss_4096_sha512_mgf1_64": "PS512",
    # Valid with parameters that no JWS has: another length of the salt, another hash within.
    "rsa_pss_2048_sha256_mgf1_0": "PS256", "rsa_pss_2048_sha256_mgf1sha1_20": "PS256",
    "ecdsa_secp256r1_sha256_p1363": "ES256", "ecdsa_secp384r1_sha384_p1363": "ES384", "ed25519": "EdDSA",
}
TOKENS = ["json_web_signature", "json_web_key", "json_web_crypto"]


def number(hexadecimal):
    return base64.urlsafe_b64encode(bytes.fromhex(hexadecimal).lstrip(b"\0")).rstrip(b"=").decode()


def coordinate(hexadecimal, size):
    return base64.urlsafe_b64encode(int(hexadecimal, 16).to_bytes(size)).rstrip(b"=").decode()


def jwk_of(group):
    if "publicKeyJwk" in group:
        return {name: value for name, value in group["publicKeyJwk"].items() if name != "alg"}
    key = group["publicKey"]
    if "curve" in key:
        bits = key["keySize"]
        return {"kty": "EC", "crv": f"P-{bits}", "x": coordinate(key["wx"], bits // 8), "y": coordinate(key["wy"], bits // 8)}
    return {"kty": "RSA", "n": number(key["modulus"]), "e": number(key["publicExponent"])}


def vectors(clone):
    def read(name):
        text = subprocess.run(["git", "-C", clone, "show", f"{COMMIT}:testvectors_v1/{name}_test.json"], check=True, capture_output=True).stdout
        return json.loads(text)["testGroups"]

    for name, algorithm in FILES.items():
        for group in read(name):
            as_jws = "sLen" not in group or (group["mgfSha"] == group["sha"] and group["sLen"] * 8 == int(group["sha"][4:]))
            for test in group["tests"]:
                if not as_jws and test["result"] != "valid":
                    continue
                yield {"file": name, "id": test["tcId"], "alg": algorithm, "jwk": jwk_of(group), "msg": test["msg"], "sig": test["sig"],
                       "result": test["result"] if as_jws else "of other parameters", "flags": test["flags"]}
    for name in TOKENS:
        for group in read(name):
            for test in group["tests"]:
                if "jws" in test:
                    yield {"file": name, "id": test["tcId"], "key": group.get("public", group.get("private")), "jws": test["jws"],
                           "result": test["result"], "comment": f"{group['comment']}: {test.get('comment', '')}"}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in vectors(sys.argv[1]))
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{TARGET}: {text.count(chr(10))} vectors")


if __name__ == "__main__":
    main()
