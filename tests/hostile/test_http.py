"""Malformed and smuggling HTTP: one answer or none, never two, and nobody else's call suffers."""
import http_call
import pytest


def request(line, *fields, body=b"", end="\r\n\r\n"):
    return ("\r\n".join([line, *fields]) + end).encode("latin-1") + body


def with_path(target, data):
    return data.replace(b"PATH", target.path.encode())


# --- what is well-formed HTTP and no call of the API server ---


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "BREW"])
def test_only_post(target, method):
    body = b"{}" if method != "GET" else b""
    answer = target.exchange(target.head(len(body), method=method) + body)
    assert answer.status == 405, answer


def test_head_is_answered_without_a_body(target):
    with target.connect() as connection:
        connection.send(target.head(None, method="HEAD", more=["Connection: close"]))
        raw = connection.read_to_end()
    assert raw.startswith(b"HTTP/1.1 405 ") and raw.endswith(b"\r\n\r\n"), raw


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/yaml", "application/jsonx", "multipart/form-data",
                                          "application/x-www-form-urlencoded", "application/vnd.kubernetes.protobuf"])
def test_only_json(target, content_type):
    assert target.exchange(target.head(2, content_type=content_type) + b"{}").status == 415


@pytest.mark.parametrize("place", [
    "/", "/admit", "//admit", "/PATH", "/PATH/", "/PATH/other", "/PATH/admit/", "/PATH/admit/x", "/PATH//admit", "/PATHx/admit",
    "/xPATH/admit", "/SHORT/admit", f"/{'a' * 32}/admit", f"/{'a' * 31}/requests", f"/{'a' * 8000}/admit", "//PATH/admit",
    "/./PATH/admit", "/x/../PATH/admit", "/CODED/admit", "/PATH/Admit", "/PATH/%61dmit", "/PATH%00/admit", "/PATH;/admit",
    "https://localhost/PATH/admit", "*", "/livez", "/metrics",
])
def test_an_unproven_caller_is_refused(target, place):
    path = target.path
    place = place.replace("SHORT", path[:-1]).replace("CODED", f"%{ord(path[0]):02x}{path[1:]}").replace("PATH", path)
    unproven = target.metric("sallyport_callers_not_proven_total")
    body = http_call.head(place, len(good_body(target))) + good_body(target)
    answer = target.exchange(body)
    assert (answer.status, answer.body) == (403, b"forbidden\n"), answer
    assert target.metric("sallyport_callers_not_proven_total") == unproven + 1


def test_an_unproven_caller_is_refused_before_his_body(target):
    with target.connect() as connection:
        connection.send(http_call.head("/x/admit", 16 << 20))
        answer = connection.read_answer()
    assert (answer.status, answer.is_last) == (403, True), answer
    with target.connect() as connection:
        connection.send(http_call.head("/x/admit", 16 << 20, more=["Expect: 100-continue"]))
        assert connection.read_answer().status == 403


def good_body(target):
    return target.good_call().partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("query", ["", "?", "?timeout=", "?timeout=-5s", "?timeout=soon", "?timeout=" + "9" * 400 + "s", "?a=b",
                                   "?timeout=10s?timeout=1s", "?%00"])
def test_a_strange_query_changes_nothing(target, query):
    body = good_body(target)
    target.must_be_good(target.exchange(http_call.head(f"/{target.path}/admit{query}", len(body)) + body))


def test_a_connection_outlives_refusals_of_what_it_carries(target):
    with target.connect() as connection:
        for head, body, status in ((target.head(2), b"{}", 400), (target.head(2, content_type="text/plain"), b"{}", 415),
                                   (target.head(0, method="PUT"), b"", 405)):
            connection.send(head + body)
            answer = connection.read_answer()
            assert answer.status == status and not answer.is_last, answer
        connection.send(target.good_call())
        target.must_be_good(connection.read_answer())


# --- malformed ---

POST = "POST /PATH/admit HTTP/1.1"
HOST, JSON, LENGTH = "Host: localhost", "Content-Type: application/json", "Content-Length: 2"

MALFORMED = {
    "an empty line": b"\r\n\r\n",
    "a method alone": request("POST", HOST),
    "no version": request("POST /PATH/admit", HOST, LENGTH),
    "HTTP/0.9": request("GET /"),
    "HTTP/1.2": request("POST /PATH/admit HTTP/1.2", HOST, LENGTH, body=b"{}"),
    "HTTP/2.0": request("POST /PATH/admit HTTP/2.0", HOST, LENGTH, body=b"{}"),
    "HTTP/3": request("POST /PATH/admit HTTP/3", HOST, LENGTH, body=b"{}"),
    "http/1.1 in small letters": request("POST /PATH/admit http/1.1", HOST, LENGTH, body=b"{}"),
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "two blanks": request("POST  /PATH/admit HTTP/1.1", HOST, LENGTH, body=b"{}"),
    "tabs": request("POST\t/PATH/admit\tHTTP/1.1", HOST, LENGTH, body=b"{}"),
    "a blank in the path": request("POST /PATH /admit HTTP/1.1", HOST, LENGTH, body=b"{}"),
    "a NUL in the path": request("POST /PATH\0/admit HTTP/1.1", HOST, LENGTH, body=b"{}"),
    "a blank before": request(" POST /PATH/admit HTTP/1.1", HOST, LENGTH, body=b"{}"),
    "no target": request("POST HTTP/1.1", HOST, LENGTH, body=b"{}"),
    "no Host": request(POST, JSON, LENGTH, body=b"{}"),
    "two Hosts": request(POST, HOST, HOST, JSON, LENGTH, body=b"{}"),
    "a field without a colon": request(POST, HOST, JSON, "Content-Length 2", body=b"{}"),
    "a field without a name": request(POST, HOST, ": x", LENGTH, body=b"{}"),
    "a blank before a colon": request(POST, HOST, JSON, "Content-Length : 2", body=b"{}"),
    "a blank in a field's name": request(POST, HOST, JSON, "Content Length: 2", body=b"{}"),
    "a NUL in a field's name": request(POST, HOST, "X\0: 1", LENGTH, body=b"{}"),
    "a NUL in a field's value": request(POST, HOST, "X: \0", LENGTH, body=b"{}"),
    "a carriage return in a value": request(POST, HOST, "X: a\rContent-Length: 3", LENGTH, body=b"{}"),
    "a folded field": request(POST, HOST, "X: a", " b", LENGTH, body=b"{}"),
    "a field folded by a tab": request(POST, HOST, "Content-Length:", "\t2", body=b"{}"),
    "both lengths": request(POST, HOST, JSON, LENGTH, "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "both lengths, the other order": request(POST, HOST, JSON, "Transfer-Encoding: chunked", LENGTH, body=b"0\r\n\r\n"),
    "both lengths, an unknown coding": request(POST, HOST, JSON, LENGTH, "Transfer-Encoding: xchunked", body=b"{}"),
    "both lengths, a blank before the colon": request(POST, HOST, JSON, LENGTH, "Transfer-Encoding : chunked", body=b"{}"),
    "both lengths, folded": request(POST, HOST, JSON, LENGTH, "Transfer-Encoding:", " chunked", body=b"{}"),
    "the same length twice": request(POST, HOST, JSON, LENGTH, LENGTH, body=b"{}"),
    "two lengths": request(POST, HOST, JSON, LENGTH, "Content-Length: 3", body=b"{}"),
    **{f"length {length}": request(POST, HOST, JSON, f"Content-Length: {length}", body=b"{}")
       for length in ("-1", "-0", "+2", "2, 2", "2,3", "0x2", "2 2", "2a", "", "two", "1e1", "2.0",
                     "18446744073709551616", "9" * 300)},
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_is_refused_once(target, data):
    with target.connect() as connection:
        connection.send(with_path(target, data) + target.good_call())
        raw = connection.read_to_end()
    target.must_have_told_nothing(raw)
    answer = http_call.Answer(raw)
    assert (answer.status, answer.is_last) == (400, True), answer
    assert raw.count(b"\r\nDate: ") == 1, raw


@pytest.mark.parametrize("coding", ["chunked", "Chunked", "gzip, chunked", "chunked, chunked", "identity", "gzip", "xchunked",
                                    ""])
def test_a_coded_body_is_refused_once(target, coding):
    body = b"5\r\nhello\r\n0\r\n\r\n"
    with target.connect() as connection:
        connection.send(target.head(None, more=[f"Transfer-Encoding: {coding}"]) + body + target.good_call())
        raw = connection.read_to_end()
    answer = http_call.Answer(raw)
    assert (answer.status, answer.is_last) == (411, True), answer
    assert raw.count(b"\r\nDate: ") == 1, raw


@pytest.mark.parametrize("more", [["X: " + "a" * 17_000], [f"X-{i}: {i}" for i in range(2000)], ["a" * 17_000]],
                         ids=["one long field", "many fields", "a long name"])
def test_a_large_head_is_refused(target, more):
    answer = target.exchange(target.head(2, more=more) + b"{}")
    assert (answer.status, answer.is_last) == (431, True), answer


def test_a_head_without_end_is_refused_as_soon_as_it_is_large(target):
    answer = target.exchange(b"POST /" + b"a" * 17_000)
    assert (answer.status, answer.is_last) == (431, True), answer


# --- more in the bytes than one request ---


def test_of_two_requests_at_once_only_the_first_is_answered(target):
    """No client of ours does that, so the second is dropped with the connection."""
    with target.connect() as connection:
        connection.send(target.good_call() * 5)
        raw = connection.read_to_end()
    assert raw.count(b"\r\nDate: ") == 1, raw
    answer = http_call.Answer(raw)
    target.must_be_good(answer)
    assert answer.is_last


@pytest.mark.parametrize("size", [0, 2])
def test_a_request_behind_a_short_body_is_dropped(target, size):
    with target.connect() as connection:
        connection.send(target.head(size) + b"{}"[:size] + target.good_call())
        raw = connection.read_to_end()
    assert raw.count(b"\r\nDate: ") == 1 and raw.startswith(b"HTTP/1.1 400 "), raw


def test_a_request_in_a_body_is_a_body(target):
    inner = target.good_call()
    with target.connect() as connection:
        connection.send(target.head(len(inner)) + inner)
        assert connection.read_answer().status == 400
        connection.send(target.good_call())
        target.must_be_good(connection.read_answer())
        assert connection.unread == b""


def test_a_get_with_a_request_in_its_body(target):
    inner = target.good_call()
    with target.connect() as connection:
        connection.send(target.head(len(inner), method="GET", more=["Connection: close"]) + inner)
        raw = connection.read_to_end()
    assert raw.count(b"\r\nDate: ") == 1 and raw.startswith(b"HTTP/1.1 405 "), raw


@pytest.mark.parametrize("keep", [[], ["Connection: keep-alive"]])
def test_http_10_is_answered_and_ends(target, keep):
    body = good_body(target)
    with target.connect() as connection:
        connection.send(target.head(len(body), version="HTTP/1.0", host=None, more=keep) + body)
        raw = connection.read_to_end()
    target.must_be_good(http_call.Answer(raw))


def test_whoever_asks_may_continue(target):
    body = good_body(target)
    with target.connect() as connection:
        connection.send(target.head(len(body), more=["Expect: 100-continue"]))
        assert connection.read_answer().status == 100
        connection.send(body)
        target.must_be_good(connection.read_answer())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_who_hangs_up_halfway_leaves_nothing(target, share):
    call = target.good_call()
    with target.connect() as connection:
        connection.send(call[:int(len(call) * share)])
