"""Whatever agents write, what a preset gates does not happen without being asked about."""
import itertools
import pathlib

import pytest

import planted
from fuzz import LEFT_OUT, Fuzz, lanes

SECONDS = 45
SECONDS_TO_FIND = 180


@pytest.fixture(scope="session")
def numbers():
    """Of the first cell of a test: they are all on one cluster."""
    return itertools.count(0, 200000)


def seconds_of(request):
    minutes = request.config.getoption("minutes") or (60 if request.config.getoption("long") else 0)
    return minutes * 60 or SECONDS


def test_agents_have_seeds_of_every_kind(world):
    assert len(world.kinds) > 50
    assert world.kinds_without_seeds() == []
    assert not set(LEFT_OUT) & set(world.kinds)


def test_no_agent_gets_anything_through(world, numbers, request, seed, capsys):
    fuzz = Fuzz(world, seed, lanes(told=14, each=1), first_cell=next(numbers))
    found = fuzz.run(seconds_of(request))
    with capsys.disabled():
        print(f"\n{fuzz.report()}")
    assert not found, fuzz.report()


@pytest.fixture
def without(cluster, tmp_path):
    """Starts the replica with a build that lacks a row of the table of effects."""
    program = pathlib.Path((cluster.folder / "binary").read_text().strip())

    def start(table, path):
        use(planted.build_without(program, table, path, tmp_path / "sallyport"))

    def use(binary):
        cluster.stop_replica(0)
        (cluster.folder / "binary").write_text(str(binary))
        cluster.start_replica(0)

    yield start
    use(program)


def rows(config):
    return planted.ROWS if config.getoption("long") else planted.ROWS[:1]


def pytest_generate_tests(metafunc):
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", rows(metafunc.config), ids=" ".join)


def test_a_row_that_is_missing_is_found(world, numbers, without, seed, row, capsys):
    without(*row)
    fuzz = Fuzz(world, seed, lanes(told=16, each=0), first_cell=next(numbers))
    found = fuzz.run(SECONDS_TO_FIND, stop_at_first=True)
    with capsys.disabled():
        print(f"\n{fuzz.report()}")
    assert found, fuzz.report()
