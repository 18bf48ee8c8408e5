#!/usr/bin/env python3
"""Makes a corpus of good tokens and of attacks, signed with new keys: tests/people/tokens.py >tests/data/tokens.json

Python's `cryptography` signs, so that nothing of the code under test has a hand in it. Of each token stands whether it counts
(`counts`), and, where another implementation says otherwise on purpose, which one and why (`differs`).
"""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = 1_800_000_000
ISSUER, AUDIENCE, NONCE = "https://id.example.com/realm", "sallyport", "n-1"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
BOTH = ("jose", "jwcrypto")


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8))


class Keys:
    def __init__(self):
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.other = rsa.generate_private_key(65537, 2048)
        self.weak = rsa.generate_private_key(65537, 1024)
        self.p256, self.p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
        self.ed = ed25519.Ed25519PrivateKey.generate()

    def of(self, algorithm):
        return {"R": self.rsa, "P": self.rsa, "E": self.ed}[algorithm[0]] if not algorithm.startswith("ES") else {"ES256": self.p256, "ES384": self.p384}[algorithm]

    @staticmethod
    def jwk(key, kid, **more):
        public = key.public_key()
        if isinstance(key, rsa.RSAPrivateKey):
            n = public.public_numbers()
            return {"kty": "RSA", "n": number(n.n), "e": number(n.e), "kid": kid, **more}
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw)), "kid": kid, **more}
        n, size = public.public_numbers(), public.key_size // 8
        return {"kty": "EC", "crv": f"P-{public.key_size}", "x": number(n.x, size), "y": number(n.y, size), "kid": kid, **more}

    def jwks(self):
        return {"keys": [self.jwk(self.rsa, "r"), self.jwk(self.p256, "e", use="sig", alg="ES256"), self.jwk(self.p384, "e384", key_ops=["verify"]),
                         self.jwk(self.ed, "d"), self.jwk(self.weak, "weak"), self.jwk(self.other, "enc", use="enc"),
                         self.jwk(self.other, "ps", alg="PS256")]}


def sign(key, algorithm, text, der=False):
    text = text.encode()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(text)
    digest = HASHES[algorithm[2:]]()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(text, ec.ECDSA(digest))
        if der:
            return signature
        return b"".join(each.to_bytes(key.key_size // 8) for each in decode_dss_signature(signature))
    if algorithm.startswith("PS"):
        return key.sign(text, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(text, padding.PKCS1v15(), digest)


KID = {"R": "r", "P": "r", "E": "e"}


class Corpus:
    def __init__(self):
        self.keys = Keys()
        self.tokens = []

    def add(self, name, token, counts=False, differs=(), why="", oidc=False):
        """differs: which others take what does not count, or the other way. oidc: only a rule of logins says so, which they do not have."""
        self.tokens.append({"name": name, "token": token, "counts": counts, "differs": list(differs), "why": why, "oidc": oidc})

    def claims(self, without=(), **changes):
        claims = {"iss": ISSUER, "sub": "u-1", "aud": AUDIENCE, "nonce": NONCE, "iat": NOW - 10, "exp": NOW + 300} | changes
        return {name: value for name, value in claims.items() if name not in without}

    def parts(self, header, claims):
        text = [each if isinstance(each, (str, bytes)) else json.dumps(each) for each in (header, claims)]
        return f"{b64(text[0])}.{b64(text[1])}"

    def token(self, algorithm="RS256", claims=None, key=None, kid=None, header=None, **more):
        if header is None:
            header = {"alg": algorithm, "kid": kid or {"EdDSA": "d", "ES384": "e384"}.get(algorithm, KID[algorithm[0]]), "typ": "JWT"} | more
            header = {name: value for name, value in header.items() if value is not None}
        text = self.parts(header, self.claims() if claims is None else claims)
        return f"{text}.{b64(sign(key or self.keys.of(algorithm), algorithm, text))}"


def add_good(corpus):
    for algorithm in ALGORITHMS:
        corpus.add(f"good {algorithm}", corpus.token(algorithm), counts=True)
    corpus.add("good: a list of one audience", corpus.token(claims=corpus.claims(aud=[AUDIENCE])), counts=True)
    corpus.add("good: two audiences and azp", corpus.token(claims=corpus.claims(aud=["x", AUDIENCE], azp=AUDIENCE)), counts=True)
    corpus.add("good: no typ", corpus.token(typ=None), counts=True)
    corpus.add("good: a fraction in exp", corpus.token(claims=corpus.claims(exp=NOW + 300.5)), counts=True)
    corpus.add("good: 59 s past, within the skew", corpus.token(claims=corpus.claims(exp=NOW - 59)), counts=True)
    corpus.add("good: a claim with an object and a text of Unicode", corpus.token(claims=corpus.claims(address={"a": ["\u00e9\U0001f600"]})), counts=True)
    corpus.add("good: no kid, and one key that serves", corpus.token("EdDSA", header={"alg": "EdDSA"}), counts=True)
    corpus.add("good: PS256 under a key for PS256 alone", corpus.token("PS256", key=corpus.keys.other, kid="ps"), counts=True)


def add_forged(corpus):
    keys, add = corpus.keys, corpus.add
    good = corpus.token()
    head, body, signature = good.split(".")
    other = corpus.token(claims=corpus.claims(sub="admin")).split(".")
    add("claims exchanged", f"{head}.{other[1]}.{signature}")
    add("header exchanged", f"{b64(json.dumps({'alg': 'RS256', 'kid': 'r', 'x': 1}))}.{body}.{signature}")
    add("signature of another token", f"{head}.{body}.{other[2]}")
    add("no signature", f"{head}.{body}.")
    add("no third part", f"{head}.{body}")
    add("signed by another key", corpus.token(key=keys.other))
    add("signed by another key, named in the header", corpus.token(key=keys.other, jwk=keys.jwk(keys.other, "r")))
    add("signed by another key, jku", corpus.token(key=keys.other, jku="https://evil.example/keys"))
    add("signed by another key, x5u", corpus.token(key=keys.other, x5u="https://evil.example/cert"))
    add("unknown kid", corpus.token(kid="nobody"))
    add("kid of a key of another kind", corpus.token(kid="e"))
    add("kid with a path", corpus.token(kid="../../dev/null"))
    for algorithm in ("none", "None", "NONE", "nOnE"):
        for end in ("", signature):
            add(f"alg {algorithm}{' with a signature' if end else ''}", f"{corpus.parts({'alg': algorithm, 'kid': 'r'}, corpus.claims())}.{end}")
    pem = keys.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for what, secret in {"PEM": pem, "DER": keys.rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
                         "n": keys.jwk(keys.rsa, "r")["n"].encode(), "nothing": b""}.items():
        text = corpus.parts({"alg": "HS256", "kid": "r"}, corpus.claims())
        add(f"HS256 under the public key as {what}", f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}")


def add_wrong_signatures(corpus):
    keys, add = corpus.keys, corpus.add
    for named, real in (("PS256", "RS256"), ("RS256", "PS256"), ("RS512", "RS256"), ("PS384", "PS256")):
        text = corpus.parts({"alg": named, "kid": "r"}, corpus.claims())
        add(f"{named} in the header, signed as {real}", f"{text}.{b64(sign(keys.rsa, real, text))}")
    text = corpus.parts({"alg": "ES256", "kid": "e"}, corpus.claims())
    raw = sign(keys.p256, "ES256", text)
    add("ECDSA in DER", f"{text}.{b64(sign(keys.p256, 'ES256', text, der=True))}")
    order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    for name, r, s in (("zeros", 0, 0), ("r of zero", 0, 1), ("s of zero", 1, 0), ("the order", order, order), ("ones", 1, 1)):
        add(f"ECDSA of {name}", f"{text}.{b64(r.to_bytes(32) + s.to_bytes(32))}")
    s = int.from_bytes(raw[32:])
    add("ECDSA with the other s", f"{text}.{b64(raw[:32] + (order - s).to_bytes(32))}", counts=True, why="both are signatures of ECDSA, and JWS has no rule for it")
    add("ECDSA with a zero more", f"{text}.{b64(raw + bytes(1))}")
    add("ECDSA with a zero less", f"{text}.{b64(raw[:-1])}")
    wrong = corpus.parts({"alg": "ES384", "kid": "e"}, corpus.claims())
    add("ES384 under a key of P-256", f"{wrong}.{b64(sign(keys.p256, 'ES384', wrong))}", differs=["jwcrypto"], why="RFC 7518, 3.4: ES384 is P-384 with SHA-384")
    text = corpus.parts({"alg": "EdDSA", "kid": "d"}, corpus.claims())
    raw = sign(keys.ed, "EdDSA", text)
    order = 2**252 + 27742317777372353535851937790883648493
    add("Ed25519 with S beyond the order", f"{text}.{b64(raw[:32] + (int.from_bytes(raw[32:], 'little') + order).to_bytes(32, 'little'))}")
    add("Ed25519 of zeros", f"{text}.{b64(bytes(64))}")
    add("an RSA key of 1024 bits", corpus.token(key=keys.weak, kid="weak"), differs=["jwcrypto"], why="RFC 8725, 3.5: at least 2048 bits")
    add("a key for encryption", corpus.token(key=keys.other, kid="enc"))
    add("RS256 under a key for PS256 alone", corpus.token(key=keys.other, kid="ps"), differs=["jwcrypto"], why="RFC 7517, 4.4: the key names its algorithm")


def add_headers(corpus):
    keys, add = corpus.keys, corpus.add
    own = "what brings or names a key is refused, even where it is not used"
    for name, value in (("jwk", keys.jwk(keys.rsa, "r")), ("jku", f"{ISSUER}/keys"), ("x5u", f"{ISSUER}/cert"), ("x5c", ["MII"])):
        add(f"header {name}, and a good signature", corpus.token(**{name: value}), differs=BOTH, why=own)
    add("crit of an unknown member", corpus.token(crit=["x"], x=1))
    add("crit of nothing", corpus.token(crit=[]), differs=["jwcrypto"], why="RFC 7515, 4.1.11: it must not be empty")
    add("crit of exp", corpus.token(crit=["exp"], exp=1))
    add("b64 of false, not critical", corpus.token(b64=False), differs=["jose"], why="RFC 7797, 6: it must be critical, and is not supported")
    add("zip", corpus.token(zip="DEF"), differs=BOTH, why="a member of encrypted tokens")
    add("cty JWT", corpus.token(cty="JWT"), differs=BOTH, why="nested tokens are not supported")
    for typ in ("at+jwt", "logout+jwt", "dpop+jwt"):
        add(f"typ {typ}", corpus.token(typ=typ), oidc=True)
    add("typ jwt", corpus.token(typ="jwt"), counts=True, oidc=True)
    add("no kid, and several keys that serve", corpus.token("PS256", header={"alg": "PS256"}), differs=["jwcrypto"], why="it does not say which key signed it")
    add("kid of a number", corpus.token(header={"alg": "RS256", "kid": 1}))
    add("alg of a list", corpus.token(header={"alg": ["RS256"], "kid": "r"}))
    add("no alg", corpus.token(header={"kid": "r"}))
    twice = "a key that stands twice is read as the first or as the last, by whom is open"
    add("alg twice", corpus.token(header='{"alg":"none","alg":"RS256","kid":"r"}'), differs=BOTH, why=twice)
    claims = json.dumps(corpus.claims())[:-1]
    add("sub twice", corpus.token(claims=claims + ',"sub":"admin"}'), differs=BOTH, why=twice)
    add("iss twice, once escaped", corpus.token(claims=claims + ',"\\u0069ss":"' + ISSUER + '"}'), differs=BOTH, why=twice)
    for name, header in (("a list", "[]"), ("null", "null"), ("no JSON", "x"), ("empty", "")):
        add(f"header is {name}", corpus.token(header=header))
    for name, payload in (("a list", "[]"), ("null", "null"), ("no JSON", "x"), ("a text", '"x"'), ("with bytes that are not UTF-8", json.dumps(corpus.claims())[:-1].encode() + b',"x":"\xff"}')):
        add(f"claims are {name}", corpus.token(claims=payload))


def add_texts(corpus):
    add = corpus.add
    good = corpus.token()
    head, body, signature = good.split(".")
    lax = "base64url in one form alone (RFC 7515, 2), so that no token has a twin"
    add("padding", f"{good}==", differs=BOTH, why=lax)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    add("bits that no byte holds", good[:-1] + letters[letters.index(good[-1]) + 1], differs=BOTH, why=lax)
    add("a blank before", f" {good}")
    add("a line's end after", f"{good}\n", differs=["jose"], why=lax)
    add("a blank within", f"{head}.{body}.{signature[:8]} {signature[8:]}", differs=["jose"], why=lax)
    add("letters of plain base64", f"{head}.{body}.{signature.replace('-', '+').replace('_', '/')}", differs=["jwcrypto"], why=lax)
    add("four dots", f"{good}.AAAA.AAAA")
    add("a part more", f"{good}.AAAA")
    add("nothing", "")
    add("dots", "..")
    add("of 17 KiB", corpus.token(claims=corpus.claims(x="x" * 17 * 1024)), differs=BOTH, why="larger than any token of a person")
    add("nested 200 deep", corpus.token(claims=json.dumps(corpus.claims())[:-1] + ',"x":' + "[" * 200 + "]" * 200 + "}"), differs=BOTH, why="no claim is nested so deep")


def add_claims(corpus):
    def add(name, differs=(), why="", oidc=False, **changes):
        corpus.add(name, corpus.token(claims=corpus.claims(**changes)), differs=differs, why=why, oidc=oidc)

    for issuer in (ISSUER + "/", ISSUER.upper(), "https://evil.example", "", None, [ISSUER]):
        add(f"iss {issuer}", iss=issuer)
    for audience in ("kubernetes", "Sallyport", "", None, [], ["kubernetes"], {AUDIENCE: 1}, 1):
        add(f"aud {audience}", aud=audience)
    for name in ("iss", "aud", "exp", "sub", "iat"):
        corpus.add(f"no {name}", corpus.token(claims=corpus.claims(without=[name])))
    add("two audiences, no azp", aud=["x", AUDIENCE], oidc=True)
    add("azp of another client", azp="x", oidc=True)
    add("nonce of another login", nonce="n-2", oidc=True)
    corpus.add("no nonce", corpus.token(claims=corpus.claims(without=["nonce"])), oidc=True)
    add("expired 61 s ago", exp=NOW - 61)
    add("expired for a year", exp=NOW - 31_536_000)
    asked = "jwcrypto looks at these times only where a caller demands them"
    add("valid in 61 s", differs=["jwcrypto"], why=asked, nbf=NOW + 61)
    add("issued in an hour", differs=BOTH, why="they ask for a time, and not whether it has come", iat=NOW + 3600)
    for name in ("exp", "nbf", "iat"):
        for value in ("1800000300", True, None, [], {}):
            unread = name != "exp" and not isinstance(value, (list, dict))
            add(f"{name} of {json.dumps(value)}", differs=["jwcrypto"] if unread else (), why=asked if unread else "", **{name: value})
    add("exp of the year 10000", differs=BOTH, why="beyond what a time is", exp=253402300800)
    add("exp below zero", exp=-1)
    add("sub of a number", differs=["jose"], why="RFC 7519, 4.1.2: it is a text", sub=1)
    add("sub of nothing", differs=BOTH, why="OpenID Connect: it names somebody", sub="")
    add("sub of 256 bytes", differs=BOTH, why="OpenID Connect: at most 255", sub="s" * 256)


def corpus():
    made = Corpus()
    for part in (add_good, add_forged, add_wrong_signatures, add_headers, add_texts, add_claims):
        part(made)
    return {"now": NOW, "issuer": ISSUER, "audience": AUDIENCE, "nonce": NONCE, "algorithms": ALGORITHMS, "jwks": made.keys.jwks(), "tokens": made.tokens}


if __name__ == "__main__":
    print(json.dumps(corpus(), indent=1))
