"""Malformed AdmissionReviews: a denial that the API server understands if the uid could be read, else HTTP 400."""
import time

import pytest

import reviews
from harness import wait_for
from reviews import CANARY, UID, nested, replaced, text

NAMESPACE = "hostile-shop"
GOOD = text(reviews.set_image(NAMESPACE))
IMAGE = b'"image":"registry.example/api:2"'
REQUEST = b'"request":{'


def changed(**more):
    return text(reviews.set_image(NAMESPACE, **more))


def user(**more):
    fields = {**reviews.AGENT, **more}
    return {key: value for key, value in fields.items() if value is not ...}


def resource(**more):
    return {"group": "apps", "version": "v1", "resource": "deployments", **more}


def cut(marker, behind=True):
    """The text up to (and with) the first `marker`."""
    end = GOOD.index(marker) + (len(marker) if behind else 0)
    return GOOD[:end]


def outer(**more):
    fields = {**reviews.set_image(NAMESPACE), **more}
    return text({key: value for key, value in fields.items() if value is not ...})


def number(literal):
    return replaced(GOOD, '"replicas":7', f'"replicas":{literal}')


def value(raw):
    """With these bytes in a text of the object."""
    return replaced(GOOD, b'"image":"', b'"image":"' + raw)


# The uid can be read: a real AdmissionReview denies.
DENIED = {
    "cut behind the uid": cut(UID.encode() + b'"'),
    "cut within userInfo": cut(b'"username":"system:'),
    "cut before object": cut(b'"object":', behind=False),
    "cut within object": cut(b'"spec":'),
    "cut within a key": cut(b'"repli'),
    "cut within oldObject": cut(b'"oldObject":{"apiVersion"'),
    "cut before the last brace": GOOD[:-1],
    "a word behind": GOOD + b"x",
    "a comma behind": GOOD + b",",
    "itself again behind": GOOD + GOOD,
    "an object behind": GOOD + b"{}",
    "a NUL behind": GOOD + b"\0",
    "lists 10,000 deep": replaced(GOOD, IMAGE, b'"image":' + nested(10_000)),
    "objects 10,000 deep": replaced(GOOD, IMAGE, b'"image":' + nested(10_000, b'{"a":', b"}", b"1")),
    "lists 10,000 deep that never end": cut(IMAGE, behind=False) + b'"image":' + b"[" * 10_000,
    "deep in options": replaced(GOOD, '"options":null', b'"options":{"a":' + nested(10_000) + b"}"),
    "deep in userInfo": replaced(GOOD, '"extra":{', b'"extra":{"a":' + nested(10_000) + b","),
    "uid twice": replaced(GOOD, '"kind":{', '"uid":"another","kind":{'),
    "uid twice, once by escapes": replaced(GOOD, '"kind":{', '"\\u0075id":"another","kind":{'),
    "uid again at the end": GOOD[:-2] + b',"uid":"another"}}',
    "object twice": replaced(GOOD, '"oldObject":', '"object":{},"oldObject":'),
    "object twice, once by escapes": replaced(GOOD, '"oldObject":', '"obj\\u0065ct":{},"oldObject":'),
    "oldObject twice": replaced(GOOD, '"dryRun":', '"oldObject":{},"dryRun":'),
    "dryRun twice": replaced(GOOD, '"dryRun":', '"dryRun":true,"dryRun":'),
    "request twice": replaced(GOOD[:-1], REQUEST, REQUEST) + b',"request":{"uid":"another"}}',
    "kind twice outside": replaced(GOOD, '"kind":', '"kind":"AdmissionReview","kind":'),
    "spec twice in the object": replaced(GOOD, '"spec":{', '"spec":{},"spec":{'),
    "image twice in the object": replaced(GOOD, IMAGE, b'"image":"registry.example/api:1",' + IMAGE),
    "image twice in the object by escapes": replaced(GOOD, IMAGE, b'"im\\u0061ge":"registry.example/api:1",' + IMAGE),
    "username twice": replaced(GOOD, '"username":', '"username":"alice","username":'),
    "groups twice": replaced(GOOD, '"groups":', '"groups":["system:masters"],"groups":'),
    "resource twice": replaced(GOOD, '"resource":{', '"resource":{"group":"","version":"v1","resource":"pods"},"resource":{'),
    "resource twice within": replaced(GOOD, '"resource":"deployments"', '"resource":"pods","resource":"deployments"'),
    "kind a number": changed(kind=1),
    "kind a text": changed(kind="Deployment"),
    "kind null": changed(kind=None),
    "kind empty": changed(kind={}),
    "kind.kind a list": changed(kind={"group": "apps", "version": "v1", "kind": ["Deployment"]}),
    "resource a text": changed(resource="deployments"),
    "resource a list": changed(resource=[resource()]),
    "resource.resource a number": changed(resource=resource(resource=1)),
    "resource.group an object": changed(resource=resource(group={})),
    "resource.version a list": changed(resource=resource(version=["v1"])),
    "resource not as it was sent": changed(requestResource=resource(version="v1beta1")),
    "requestResource a text": changed(requestResource="deployments"),
    "subResource a number": changed(subResource=1),
    "requestSubResource a list": changed(requestSubResource=["scale"]),
    "subResource not as it was sent": changed(requestSubResource="scale"),
    "name a number": changed(name=1),
    "name an object": changed(name={"name": "api"}),
    "namespace a list": changed(namespace=[NAMESPACE]),
    "namespace true": changed(namespace=True),
    "operation a number": changed(operation=1),
    "operation a list": changed(operation=["UPDATE"]),
    "operation null": changed(operation=None),
    "operation missing": changed(operation=...),
    "operation unknown": changed(operation="UPGRADE"),
    "operation in small letters": changed(operation="update"),
    "operation empty": changed(operation=""),
    "operation *": changed(operation="*"),
    "userInfo missing": changed(userInfo=...),
    "userInfo null": changed(userInfo=None),
    "userInfo a text": changed(userInfo="alice"),
    "userInfo a list": changed(userInfo=[reviews.AGENT]),
    "userInfo empty": changed(userInfo={}),
    "username missing": changed(userInfo=user(username=...)),
    "username empty": changed(userInfo=user(username="")),
    "username a number": changed(userInfo=user(username=1)),
    "username a list": changed(userInfo=user(username=["system:serviceaccount:agents:deployer"])),
    "user's uid a number": changed(userInfo=user(uid=1)),
    "groups a text": changed(userInfo=user(groups="system:masters")),
    "groups of numbers": changed(userInfo=user(groups=[1])),
    "extra a list": changed(userInfo=user(extra=["a"])),
    "extra's texts no list": changed(userInfo=user(extra={"authentication.kubernetes.io/pod-name": "deployer-0"})),
    "object missing": changed(object=...),
    "object null": changed(object=None),
    "object a text": changed(object="x"),
    "object a list": changed(object=[]),
    "oldObject missing": changed(oldObject=...),
    "oldObject null": changed(oldObject=None),
    "oldObject a number": changed(oldObject=7),
    "options a text": changed(options="x"),
    "dryRun a text": changed(dryRun="true"),
    "dryRun a number": changed(dryRun=1),
    "apiVersion of v1beta1": outer(apiVersion="admission.k8s.io/v1beta1"),
    "apiVersion missing": outer(apiVersion=...),
    "apiVersion a number": outer(apiVersion=1),
    "kind Pod outside": outer(kind="Pod"),
    "kind missing outside": outer(kind=...),
    "kind null outside": outer(kind=None),
    **{f"number {literal}": number(literal)
       for literal in ("1e999", "-1e999", "18446744073709551616", "-9223372036854775809", "9" * 5000, "01", "+1", ".5", "1.",
                       "1e", "-", "0x10", "NaN", "Infinity", "-Infinity", "1_000")},
    **{f"not UTF-8: {raw.hex()}": value(raw)
       for raw in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\x80", b"\xf8\x88\x80\x80\x80")},
    **{f"half a surrogate pair: {raw.decode()}": value(raw)
       for raw in (b"\\ud800", b"\\udc00", b"\\ud800\\u0041", b"\\ud800\\ud800", b"\\udc00\\ud800")},
    "not UTF-8 in a key": replaced(GOOD, '"image":', b'"im\xffage":'),
    "not UTF-8 in the username": replaced(GOOD, '"username":"', b'"username":"\xff'),
    "half a surrogate pair in a key": replaced(GOOD, '"image":', '"im\\ud800age":'),
    "a NUL in a text": value(b"\0"),
    "a NUL in a key": replaced(GOOD, '"image":', b'"im\0age":'),
    "a NUL between": replaced(GOOD, '"spec":{', b'"spec":\0{'),
    "a line feed in a text": value(b"\n"),
    "a bad escape": value(b"\\x41"),
    "a short escape": value(b"\\u00"),
    "a comma too many": replaced(GOOD, '"replicas":7,', '"replicas":7,,'),
    "a comma at the end of a list": replaced(GOOD, '"groups":["system:serviceaccounts",', '"groups":["system:serviceaccounts",,'),
    "a comment": replaced(GOOD, '"spec":{', '/* */"spec":{'),
    "single quotes": replaced(GOOD, IMAGE, "'image':'registry.example/api:2'"),
    "a key without quotes": replaced(GOOD, '"image":', "image:"),
    "a colon missing": replaced(GOOD, '"image":', '"image"'),
    "a list that an object's brace ends": replaced(GOOD, '"groups":["system:serviceaccounts"', '"groups":["system:serviceaccounts"}'),
}

# The uid cannot be read.
REFUSED = {
    "nothing": b"",
    "blanks": b" \n\t",
    "one brace": b"{",
    "an empty object": b"{}",
    "null": b"null",
    "a list": b"[" + GOOD + b"]",
    "a text": b'"AdmissionReview"',
    "a number": b"1",
    "a byte-order mark before": b"\xef\xbb\xbf" + GOOD,
    "a word before": b"x" + GOOD,
    "a NUL before": b"\0" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "YAML": b"kind: AdmissionReview\n",
    "random": bytes(range(256)) * 16,
    "cut before request": cut(REQUEST, behind=False),
    "cut within the uid": cut(UID[:8].encode()),
    "lists 10,000 deep": nested(10_000),
    "lists 10,000 deep that never end": b"[" * 10_000,
    "objects 10,000 deep that never end": b'{"a":' * 10_000,
    "deep before request": replaced(GOOD, '"kind":', b'"a":' + nested(10_000) + b',"kind":'),
    "request missing": outer(request=...),
    "request null": outer(request=None),
    "request a list": outer(request=[]),
    "request a text": outer(request=CANARY),
    "request empty": outer(request={}),
    "uid missing": changed(uid=...),
    "uid empty": changed(uid=""),
    "uid null": changed(uid=None),
    "uid a number": changed(uid=1),
    "uid a list": changed(uid=[UID]),
    "uid an object": changed(uid={}),
    "uid not UTF-8": replaced(GOOD, UID, b"\xff"),
    "uid with a NUL": replaced(GOOD, UID, b"a\0b"),
    "uid with half a surrogate pair": replaced(GOOD, UID, b"\\ud800"),
    "uid in another case": replaced(GOOD, '"uid"', '"UID"'),
}


def must_be_denied(answer, reason, code=403, uid=UID):
    assert answer.status == 200, answer
    response = answer.response
    assert (response["uid"], response["allowed"]) == (uid, False), answer
    assert (response["status"]["code"], response["status"]["reason"]) == (code, reason), answer
    assert "patch" not in response, answer
    assert len(answer.raw) < 8192, len(answer.raw)
    return response["status"]


def must_be_judged(answer):
    """A dry run that the policy would have asked about: it passes, and says so."""
    assert answer.status == 200, answer
    response = answer.response
    assert (response["uid"], response["allowed"], len(response["warnings"])) == (UID, True, 1), answer
    assert f"[code=WouldAsk policy={NAMESPACE}/" in response["warnings"][0], answer
    assert "patch" not in response, answer


@pytest.mark.parametrize("body", DENIED.values(), ids=DENIED)
def test_denied_with_its_uid(target, body):
    must_be_denied(target.post(body), "BadReview")


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_refused_as_no_review(target, body):
    answer = target.post(body)
    assert answer.status == 400, answer
    assert answer.body.startswith(b"this is no AdmissionReview"), answer


@pytest.mark.parametrize("name", ["cut within object", "uid twice", "lists 10,000 deep", "operation unknown", "userInfo null"])
def test_the_requests_webhook_denies_as_well(target, name):
    must_be_denied(target.post(DENIED[name], route="requests"), "BadReview")


@pytest.mark.parametrize("name", ["nothing", "a list", "uid missing", "request null", "lists 10,000 deep that never end"])
def test_the_requests_webhook_refuses_as_well(target, name):
    assert target.post(REFUSED[name], route="requests").status == 400


def test_the_requests_webhook_makes_no_request_of_anything(target):
    review = reviews.set_image(NAMESPACE, kind={"group": "sallyport.dev", "version": "v1alpha1", "kind": "ApprovalRequest"},
                               resource={"group": "sallyport.dev", "version": "v1alpha1", "resource": "approvalrequests"},
                               requestResource=..., operation="CREATE", oldObject=None)
    must_be_denied(target.post(text(review), route="requests"), "Guarded")


# --- well-formed, and answered by what they say ---


def reordered(request_order):
    """dryRun: judged as if it were real, but nobody is asked."""
    review = reviews.set_image(NAMESPACE, dryRun=True)
    request = {key: review["request"][key] for key in request_order(list(review["request"]))}
    return text({"request": request, "apiVersion": review["apiVersion"], "kind": review["kind"]})


@pytest.mark.parametrize("order", [list, lambda keys: keys[::-1], sorted, lambda keys: ["object", *sorted(set(keys) - {"object"})]],
                         ids=["as sent", "backwards", "sorted", "object first"])
def test_another_order_of_fields_is_judged_all_the_same(target, order):
    must_be_judged(target.post(reordered(order)))


def test_blanks_and_escapes_are_judged_all_the_same(target):
    review = text(reviews.set_image(NAMESPACE, dryRun=True))
    for each in (review.replace(b",", b" \r\n\t,  ").replace(b"{", b"{\n"), replaced(review, '"request"', '"\\u0072equest"'),
                 replaced(review, "registry.example/api:2", "registry.example\\/api:\\u0032")):
        must_be_judged(target.post(each))


def test_who_is_no_agent_is_refused(target):
    for name in ("alice", "system:serviceaccount:agents:other", "system:serviceaccount:agents:deployer ", "system:admin",
                 "System:serviceaccount:agents:deployer", "system:serviceaccount:agents:deployer\0"):
        must_be_denied(target.post(changed(userInfo=user(username=name))), "UnknownAgent")


def test_a_long_name_is_not_told_back_whole(target):
    must_be_denied(target.post(changed(userInfo=user(username="a" * 1_000_000))), "UnknownAgent")
    must_be_denied(target.post(changed(namespace="a" * 1_000_000)), "NotReady", 429)


def test_an_unknown_namespace_is_told_to_come_again(target):
    for namespace in ("nowhere", "../hostile-shop", "hostile-shop\0"):
        status = must_be_denied(target.post(changed(namespace=namespace)), "NotReady", 429)
        assert status["details"]["retryAfterSeconds"] >= 1


def test_behind_object_nothing_is_read_where_nobody_can_care(target):
    """The envelope has decided: what follows is counted, not parsed."""
    body = text(target.good_review)
    answer = target.post(body[:body.index(b'"data":')])
    target.must_be_good(answer)


def test_a_flood_of_them_is_a_few_lines_in_the_log_that_count_it(target):
    def told():
        return [record for record in target.journal() if record["event"] == "unjudged" and record["code"] == "BadReview"]
    before = len(told())
    begun = time.monotonic()
    for _ in range(300):
        target.post(cut(UID.encode() + b'"'))

    def told_of_many():
        """With the first that a thread refuses once the second is over of which it has told."""
        must_be_denied(target.post(cut(UID.encode() + b'"')), "BadReview")
        lines = told()[before:]
        return lines if sum(line["count"] for line in lines) > 100 else None
    new = wait_for("lines of which some count more than one", told_of_many)
    seconds = time.monotonic() - begun
    assert len(new) <= MOST_THREADS * (seconds + 1)
    assert {line["admission_uid"] for line in new} == {UID}


MOST_THREADS = 4
MOST = 16 * 1024 * 1024


def padded(review, size):
    """The review with an annotation that makes its text as long as this."""
    missing = size - len(text(review))
    return replaced(text(review), b'"metadata":{', b'"metadata":{"annotations":{"x":"' + b"x" * (missing - 23) + b'"},')


def test_the_largest_body_is_answered_by_what_it_says(target):
    body = padded(target.good_review, MOST)
    assert len(body) == MOST
    target.must_be_good(target.post(body))


def test_the_largest_body_of_a_gated_kind_is_judged(target):
    must_be_judged(target.post(replaced(changed(dryRun=True), '"value":"', b'"value":"' + b"x" * (15 << 20))))


def test_too_many_values_are_denied(target):
    must_be_denied(target.post(replaced(GOOD, IMAGE, b'"image":[' + b"0," * 3_000_000 + b"0]")), "BadReview")


@pytest.mark.parametrize("size", [MOST + 1, 1 << 40, (1 << 63) - 1])
def test_a_larger_body_is_refused_before_it_comes(target, size):
    answer = target.exchange(target.head(size))
    assert (answer.status, answer.is_last) == (413, True), answer


def test_a_larger_body_that_comes_all_the_same(target):
    body = padded(target.good_review, MOST + 1)
    answer = target.post(body)
    assert (answer.status, answer.is_last) == (413, True), answer
