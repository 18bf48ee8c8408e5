import signal

import pytest

from forwarding import Forwarding


def pytest_configure(config):
    config.addinivalue_line("markers", "collector: needs what hack/collector.sh builds in minutes")


@pytest.fixture
def forwarding(tmp_path):
    made = Forwarding(tmp_path)
    yield made
    for process in made.processes:
        if process.poll() is None:
            made.stop(process, signal.SIGKILL)
