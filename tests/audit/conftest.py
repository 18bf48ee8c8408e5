import pytest

from exported import Story
from logs import Key


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def story(key):
    return Story(key)


@pytest.fixture
def logs(story, tmp_path):
    return story.write(tmp_path / "logs")
