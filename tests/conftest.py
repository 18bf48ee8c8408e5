"""What all tests share: how thoroughly they look, and how often."""
import os

import pytest


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="look at everything where a sample is looked at otherwise")
    parser.addoption("--seed", type=int, help="of samples and of moments chosen by chance (default: another each time)")
    parser.addoption("--times", type=int, default=0, help="run each test so often; those of one file and turn by one worker")


def pytest_configure(config):
    """All workers choose the same, and a failure can be had again."""
    if config.option.seed is None:
        config.option.seed = int(os.environ.setdefault("SALLYPORT_TEST_SEED", str(int.from_bytes(os.urandom(4)))))


def pytest_report_header(config):
    return f"seed: {config.option.seed} (again: --seed {config.option.seed})"


def pytest_generate_tests(metafunc):
    if times := metafunc.config.option.times:
        if "turn" not in metafunc.fixturenames:
            metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", range(times), ids=lambda turn: f"turn{turn}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """A file's tests of one turn stay with one worker (--dist loadgroup), so that its fixtures are made once."""
    if config.option.times:
        for item in items:
            item.add_marker(pytest.mark.xdist_group(f"{item.path.name}-{item.callspec.params['turn']}"))
        items.sort(key=lambda item: item.callspec.params["turn"])


@pytest.fixture
def seed(request):
    """Of what a test chooses by chance."""
    return request.config.option.seed
