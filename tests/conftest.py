"""What the tests of all folders share: how much of a long test runs, by which chance, and how often."""
import os
import random

import pytest


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run whole what is otherwise a sample")
    parser.addoption("--seed", type=int, default=int.from_bytes(os.urandom(4)), help="of what is left to chance (default: another each time)")
    parser.addoption("--times", type=int, default=0, help="run each test this many times")


def pytest_terminal_summary(terminalreporter, config):
    part = "everything ran" if config.getoption("long") else "of long tests a sample ran; --long runs everything"
    terminalreporter.write_line(f"--seed {config.getoption('seed')}: {part}")


def pytest_generate_tests(metafunc):
    if times := metafunc.config.getoption("times"):
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", range(times), ids=lambda turn: f"turn{turn}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """A file's tests of one turn stay with one worker (--dist loadgroup), so that its fixtures are made once."""
    if config.getoption("times"):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(f"{item.path.name}-{item.callspec.params['turn']}"))
        items.sort(key=lambda item: item.callspec.params["turn"])


@pytest.fixture
def sample(request):
    """Some of many, in their order: others with another --seed, and all with --long."""
    def some_of(all_of_them, count):
        everything = list(all_of_them)
        if request.config.getoption("long") or count >= len(everything):
            return everything
        chance = random.Random(f"{request.config.getoption('seed')} {request.node.name}")
        return [everything[index] for index in sorted(chance.sample(range(len(everything)), count))]
    return some_of
