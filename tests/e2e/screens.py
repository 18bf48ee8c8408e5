"""What `sallyport` shows of a request, word for word."""
import re

from harness import AGENT, AGENT_NAME

SPAN = r"\d+ (?:s|min|h|days?)(?: \d+ (?:s|min|h)\b)?"
TIME = re.compile(rf"just now|in {SPAN}|{SPAN} ago")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def plain(text):
    """Without what differs from run to run: times."""
    return STAMP.sub("TIME", TIME.sub("WHEN", text))


def digest_of(shop, name):
    return shop.get("approvalrequest", name)["spec"]["action"]["digest"]


def screen_of(shop, name, state="Pending", reason="the agent gave no reason"):
    return f"""\
Request   {name} in namespace {shop.name}: {state}
Who       agent {AGENT_NAME}, {AGENT}
          asked WHEN (TIME)
What      UPDATE deployments/api: runs code: image registry.example/api:1 -> registry.example/api:2
          UPDATE deployments.apps {shop.name}/api
          does: runs code

Change    spec.template.spec.containers[0].image
          - registry.example/api:1
          + registry.example/api:2

Why       {reason}

Asked by  ApprovalPolicy gate
          [ ] owner: 0 of 1, from group reviewers

Missing   1 approval for gate/owner, from group reviewers
Ends      WHEN (TIME), if nobody decides
Digest    {digest_of(shop, name)}
"""
