"""The image: what is in it, that it runs with nothing else, and that it is the same when it is made again."""
import gzip
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile

import pytest

from harness import ROOT


def make(folder):
    binary = ["--binary", os.environ["SALLYPORT_BINARY"]] if os.environ.get("SALLYPORT_BINARY") else []
    done = subprocess.run([ROOT / "hack" / "image.sh", "--out", folder, *binary], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return folder / os.path.basename(done.stdout.strip())


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return make(tmp_path_factory.mktemp("image"))


class Image:
    def __init__(self, archive):
        self.size = archive.stat().st_size
        with tarfile.open(archive) as outer:
            blobs = {entry.name: outer.extractfile(entry).read() for entry in outer if entry.isfile()}
        self.manifest = self.blob(blobs, json.loads(blobs["index.json"])["manifests"][0])
        self.digest = json.loads(blobs["index.json"])["manifests"][0]["digest"]
        self.config = json.loads(self.blob(blobs, json.loads(self.manifest)["config"]))
        layer, = json.loads(self.manifest)["layers"]
        self.layer = tarfile.open(fileobj=io.BytesIO(gzip.decompress(self.blob(blobs, layer))))

    @staticmethod
    def blob(blobs, described):
        return blobs["blobs/sha256/" + described["digest"].removeprefix("sha256:")]


@pytest.fixture(scope="module")
def image(archive):
    return Image(archive)


def test_made_again_it_is_the_same_to_the_byte(archive, tmp_path):
    again = make(tmp_path)
    assert again.read_bytes() == archive.read_bytes()
    assert again.with_suffix(".spdx.json").read_bytes() == archive.with_suffix(".spdx.json").read_bytes()


def test_it_holds_the_program_its_libraries_and_nothing_to_run_beside(image):
    files = {"/" + entry.name for entry in image.layer if entry.isfile()}
    allowed = ("/lib/", "/lib64/", "/usr/lib/", "/usr/share/doc/")
    rest = {path for path in files if not path.startswith(allowed)}
    assert rest == {"/usr/bin/sallyport", "/etc/passwd", "/etc/group"}
    assert all(".so" in path for path in files if path.startswith(allowed[:3]))
    assert all(path.endswith("/copyright") for path in files if path.startswith("/usr/share/doc/"))
    assert not [entry.name for entry in image.layer if entry.mode & 0o6000 or entry.uid or entry.gid]
    assert image.size < 60 << 20


def test_it_runs_as_nobody_with_nothing_else(image):
    if os.geteuid() != 0:
        pytest.skip("only root may change the root directory")
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        image.layer.extractall(root)
        done = subprocess.run(["chroot", "--userspec=65532:65532", root, *image.config["config"]["Entrypoint"], "version", "--client"],
                              capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sallyport ")
    assert image.config["config"]["User"] == "65532:65532"
    assert image.config["config"]["Labels"]["org.opencontainers.image.version"] == done.stdout.split()[1]


def test_its_bill_of_materials_names_all_that_is_in_it(archive, image):
    bill = json.loads(archive.with_suffix(".spdx.json").read_text())
    assert bill["spdxVersion"] == "SPDX-2.3" and image.digest in bill["comment"]
    named = {package["SPDXID"]: package for package in bill["packages"]}
    with_notice = {entry.name.split("/")[3] for entry in image.layer if entry.name.endswith("/copyright")}
    loaded = {each["relatedSpdxElement"] for each in bill["relationships"] if each["relationshipType"] == "DYNAMIC_LINK"}
    assert {named[each]["name"] for each in loaded} == with_notice and "libssl3" in with_notice
    assert len(named) == len(bill["packages"])
    for identity, package in named.items():
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", identity) and package["versionInfo"]
        for reference in package.get("externalRefs", []):
            assert re.fullmatch(r"pkg:deb/debian/[A-Za-z0-9.%_~-]+@[A-Za-z0-9.%_~-]+\?arch=\w+&distro=debian-12", reference["referenceLocator"])
