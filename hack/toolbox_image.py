#!/usr/bin/python3
"""toolbox_image.py ARCHIVE NAME:TAG: an OCI image of Debian's static busybox, for the pods of tests and demo, and for the
sandbox that holds each pod's namespaces. Without arguments of its own a container of it sleeps."""
import pathlib
import subprocess
import sys

from lib import oci

BUSYBOX = "/bin/busybox"


def main():
    archive, name = sys.argv[1:]
    tools = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    files = {f"/bin/{tool}": BUSYBOX for tool in tools} | {
        BUSYBOX: (0o755, pathlib.Path(BUSYBOX).read_bytes()),
        "/etc/passwd": (0o644, b"root:x:0:0:root:/:/bin/sh\nnonroot:x:65532:65532:nonroot:/:/bin/sh\n"),
    }
    config = {"User": "65532:65532", "Env": ["PATH=/bin"], "Cmd": [BUSYBOX, "sleep", "1000000000"]}
    pathlib.Path(archive).write_bytes(oci.image_of(files, name, 0, config)[0])


main()
