"""`sallyport approve` and `deny` of several requests at once: each is shown, and what was shown is what is decided."""
import pytest

from harness import AGENT_NAME
from screens import digest_of, plain, screen_of
from terminal import without_colour


@pytest.fixture
def names(shop):
    shop.gate(whilePending="Reject")
    return [shop.rejected_beside_others(tag) for tag in "234"]


def state(shop, name):
    return shop.get("approvalrequest", name)["status"]["state"]


def test_each_is_shown_and_those_that_were_named_are_approved(cli, shop, names):
    first, second, third = names
    # A name that stands there twice is one request.
    terminal = cli.terminal("alice", "approve", first, f"areq/{second}", first, columns=80)
    terminal.wait_for("Approve these 2 requests as alice? [y/N] ")
    screen = without_colour(terminal.screen)
    for name in (first, second):
        assert f"Request   {name} in namespace {shop.name}: Pending\n" in screen
        assert digest_of(shop, name) in screen.replace("\n          ", "")
    assert f"\nPending: 2 requests of agent {AGENT_NAME} in namespace {shop.name}\nWHAT " in screen
    assert len(shop.requests("Pending")) == 3
    done = terminal.type("y\n").finish()
    assert done.code == 0
    for name in (first, second):
        assert f"approvalrequest {name} is Approved: the agent may do it until " in without_colour(done.stdout)
    assert [state(shop, name) for name in names] == ["Approved", "Approved", "Pending"]
    assert third not in done.stdout


def test_what_is_opened_while_the_question_stands_is_not_in(cli, shop, names):
    terminal = cli.terminal("alice", "approve", "-l", f"agent={AGENT_NAME}").wait_for("Approve these 3 requests as alice? [y/N] ")
    late = shop.rejected_beside_others("5")
    assert terminal.type("y\n").finish().code == 0
    assert [state(shop, name) for name in names] == ["Approved"] * 3
    assert state(shop, late) == "Pending"


def test_one_that_cannot_be_decided_stops_all_before_the_question(cli, shop, names):
    first, second, third = names
    cli.run("bob", "deny", second, "-y").must()
    refused = cli.run("alice", "approve", *names, "-y")
    assert refused.code == 1
    assert plain(refused.stderr) == f"error: approvalrequest {second}: Denied already, by bob WHEN; a decision is final\n"
    unknown = cli.run("alice", "approve", first, "gate-unknown", "-y")
    assert (unknown.code, unknown.stdout) == (1, "")
    assert [state(shop, name) for name in (first, third)] == ["Pending"] * 2


def test_one_that_is_refused_does_not_stop_the_others(cli, shop, names):
    terminal = cli.terminal("alice", "deny", *names, columns=200).wait_for("Deny these 3 requests as alice? [y/N] ")
    shop.decide("bob", {"metadata": {"name": names[1]}}, "Deny").must()
    shop.wait_for_state({"metadata": {"name": names[1]}}, "Denied")
    done = terminal.type("y\n").finish()
    assert done.code == 1
    said = plain(without_colour(done.stdout))
    assert f"\nerror: approvalrequest {names[1]}: Denied already, by bob WHEN; a decision is final\n" in said
    assert said.endswith(f"approvalrequest {names[2]} is Denied\nerror: decided 2 of 3 requests; see the errors above\n")


def test_over_ten_want_their_very_number(cli, shop):
    shop.gate(whilePending="Reject")
    for tag in range(2, 13):
        shop.rejected_beside_others(str(tag))
    select = ["approve", "--agent", AGENT_NAME]
    by_yes = cli.run("alice", *select, "-y")
    assert (by_yes.code, by_yes.stderr) == (2, "error: --yes is for 10 requests at most, and there are 11; add --yes-to 11\n")
    wrong = cli.run("alice", *select, "--yes-to", "10")
    assert (wrong.code, wrong.stderr) == (1, "error: --yes-to says 10, and there are 11 requests: nothing was decided\n")
    asked = cli.terminal("alice", *select).wait_for("Approve these 11 requests as alice? Type their number: ").type("y\n").finish()
    assert asked.code == 1 and asked.stdout.endswith("error: nothing was decided\n")
    assert len(shop.requests("Pending")) == 11
    done = cli.run("alice", *select, "--yes-to", "11").must()
    assert done.stdout.count(" is Approved: the agent may do it until ") == 11
    assert len(shop.requests("Approved")) == 11


def test_a_selection_that_finds_nothing_says_so(cli, shop, request_name):
    refused = cli.run("alice", "deny", "--older-than", "1h", "-y")
    assert (refused.code, refused.stderr) == (1, f"error: no Pending approvalrequest in namespace {shop.name} matches\n")
    assert cli.run("alice", "deny", "--older-than", "0s", "-y").code == 2  # no duration
    assert plain(screen_of(shop, request_name)) in plain(cli.run("alice", "deny", request_name[:-2], "-y").must().stdout)
