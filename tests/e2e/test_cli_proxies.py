"""`sallyport` through an HTTP proxy, a real tinyproxy, on the way that kubectl takes with the same kubeconfig and environment."""
import re
import subprocess

import pytest

from harness import free_port, wait_for

# 127.0.0.1 to whoever connects, but nothing that whoever reads it takes for this machine: the environment's proxies are not for that.
ELSEWHERE = "127.1"


class Tinyproxy:
    def __init__(self, folder, settings):
        self.port, self.log = free_port(), folder / "tinyproxy.log"
        config = folder / "tinyproxy.conf"
        config.write_text(f'Port {self.port}\nListen 127.0.0.1\nLogFile "{self.log}"\nLogLevel Info\n' + settings)
        self.process = subprocess.Popen(["tinyproxy", "-d", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("tinyproxy", lambda: self.log.exists() and "Accepting connections" in self.log.read_text(), 10)

    @property
    def asked(self):
        """For which ways it was asked so far."""
        return re.findall(r"CONNECT (\S+)", self.log.read_text())

    def url(self, user=""):
        return f"http://{user}127.0.0.1:{self.port}"


@pytest.fixture
def start_proxy(tmp_path):
    started = []

    def start(settings=""):
        started.append(Tinyproxy(tmp_path, settings))
        return started[-1]

    yield start
    for proxy in started:
        proxy.process.kill()
        proxy.process.wait()


def config_for(cli, **cluster):
    """alice's kubeconfig, where the API server is elsewhere."""
    config = cli.config_of("alice")
    config["contexts"][0]["context"]["namespace"] = cli.shop.name
    known = config["clusters"][0]["cluster"]
    known["server"] = re.sub(r"//[^:]*:", f"//{ELSEWHERE}:", known["server"])
    known.update({"tls-server-name": "localhost", **cluster})
    return cli.write("elsewhere", config)


def server_of(cli):
    return f"{ELSEWHERE}:" + cli.config_of("alice")["clusters"][0]["cluster"]["server"].rpartition(":")[2]


def kubectl(cli, config, **env):
    command = [cli.shop.cluster.kubectl_binary, "--kubeconfig", config, "get", "approvalrequests", "-o", "name"]
    return subprocess.run(command, env={**cli.env, **env}, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("named_by", ["proxy-url", "HTTPS_PROXY", "https_proxy"])
def test_the_proxy_that_kubectl_takes_is_taken(cli, shop, request_name, start_proxy, named_by):
    proxy = start_proxy()
    way = server_of(cli)
    cluster, env = ({"proxy-url": proxy.url()}, {}) if named_by == "proxy-url" else ({}, {named_by: proxy.url()})
    config = config_for(cli, **cluster)
    assert kubectl(cli, config, **env).stdout == f"approvalrequest.sallyport.dev/{request_name}\n"
    by_kubectl = len(proxy.asked)
    assert by_kubectl > 0 and set(proxy.asked) == {way}
    assert cli.run(None, "list", "-o", "name", "--kubeconfig", config, **env).must().stdout == f"approvalrequest.sallyport.dev/{request_name}\n"
    assert proxy.asked[by_kubectl:] == [way]
    # A watch and a decision, too.
    waiting = cli.terminal(None, "wait", request_name, "--kubeconfig", config, **env).wait_for("waiting for")
    cli.run(None, "approve", request_name, "-y", "--kubeconfig", config, **env).must()
    assert waiting.finish().code == 0
    assert shop.get("approvalrequest", request_name)["spec"]["reviews"][0]["reviewer"] == "alice"


@pytest.mark.parametrize("none_for", ["127.1", "10.0.0.0/8,*"])
def test_no_proxy_is_for_what_the_environment_names_alone(cli, request_name, start_proxy, none_for):
    proxy = start_proxy()
    env = {"HTTPS_PROXY": proxy.url(), "NO_PROXY": none_for}
    config = config_for(cli)
    assert "lookup 127.1" in kubectl(cli, config, **env).stderr  # Go's resolver knows it not, but it was asked, not the proxy
    assert request_name in cli.run(None, "list", "--kubeconfig", config, **env).must().stdout
    assert proxy.asked == []
    config = config_for(cli, **{"proxy-url": proxy.url()})
    assert request_name in kubectl(cli, config, **env).stdout
    by_kubectl = len(proxy.asked)
    assert by_kubectl > 0
    assert request_name in cli.run(None, "list", "--kubeconfig", config, **env).must().stdout
    assert len(proxy.asked) > by_kubectl


def test_a_proxy_wants_to_know_who_comes(cli, request_name, start_proxy):
    proxy = start_proxy("BasicAuth me s3cret\n")
    config = config_for(cli)
    assert request_name in kubectl(cli, config, HTTPS_PROXY=proxy.url("me:s3cret@")).stdout
    assert request_name in cli.run(None, "list", "--kubeconfig", config, HTTPS_PROXY=proxy.url("me:s3cret@")).must().stdout
    for user, why in (("", "407: it wants a user and a password, http://USER:PASSWORD@HOST:PORT"),
                      ("me:secr3t@", "401: it does not accept the user and password of its URL")):
        assert kubectl(cli, config, HTTPS_PROXY=proxy.url(user)).returncode == 1
        refused = cli.run(None, "list", "--kubeconfig", config, HTTPS_PROXY=proxy.url(user))
        assert (refused.code, refused.stdout, refused.stderr) == (
            4, "", f"error: the API server of context c, https://{server_of(cli)}, cannot be reached (the proxy 127.0.0.1:{proxy.port} "
                   f"does not let us through to {server_of(cli)} (HTTP {why})); check the proxy: the kubeconfig's proxy-url, or "
                   "HTTPS_PROXY and NO_PROXY\n")


def test_a_proxy_that_leads_nowhere_is_named(cli, start_proxy):
    forbids = start_proxy("ConnectPort 443\n")
    nobody = free_port()
    for url, why in ((forbids.url(), f"the proxy 127.0.0.1:{forbids.port} does not let us through to {server_of(cli)} (HTTP 403)"),
                     (f"http://127.0.0.1:{nobody}", f"connecting to the proxy 127.0.0.1:{nobody}: Connection refused")):
        for arguments in (["list"], ["list", "-w"], ["approve", "x", "-y"]):
            refused = cli.run(None, *arguments, "--kubeconfig", config_for(cli, **{"proxy-url": url}))
            assert (refused.code, refused.stdout) == (4, ""), arguments
            assert f"cannot be reached ({why}); check the proxy" in refused.stderr
    socks = config_for(cli, **{"proxy-url": "socks5://me:s3cret@127.0.0.1:1080"})
    refused = cli.run(None, "list", "--kubeconfig", socks)
    assert (refused.code, refused.stderr) == (
        4, f"error: the kubeconfig {socks} cannot be used: proxy-url: the proxy socks5://127.0.0.1:1080 is not supported; only http:// "
           "proxies are\n")
