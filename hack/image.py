#!/usr/bin/python3
"""Makes the image of hack/image.sh: the program, the libraries that it loads, and nothing that could be run beside them."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import tempfile
from urllib.parse import quote

from lib import oci

USER = 65532  # "nonroot", as in other images without a shell
ENTRYPOINT = "/usr/bin/sallyport"
# Compiled into the program: no file of theirs is in the image.
COMPILED_IN = ["libboost1.81-dev", "rapidjson-dev", "nlohmann-json3-dev", "libcli11-dev"]


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries(binary):
    """Where the dynamic loader finds each, itself included, in the order of their names."""
    found = set()
    for line in output_of("ldd", binary).splitlines():
        path = re.search(r"(?:=> )?(/\S+) \(0x", line)
        if path:
            found.add(path.group(1))
        elif "not found" in line:
            raise SystemExit(f"error: {binary} needs a library that is not here: {line.strip()}")
    return sorted(found)


def debian_package(path):
    """The package that a library belongs to; it is registered under /usr/lib or /lib, as the package was built."""
    real = os.path.realpath(path)
    for name in (real, real.removeprefix("/usr"), path):
        done = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise SystemExit(f"error: no Debian package has {path}")


def package_facts(name):
    version, source = output_of("dpkg-query", "-W", "-f=${Version}\t${source:Package}\n", name).splitlines()[0].split("\t")
    return {"name": name, "version": version, "source": source}


def stripped(binary):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "sallyport"
        subprocess.run(["llvm-strip-19", "-o", out, binary], check=True)
        return out.read_bytes()


def files_of(binary):
    """Path in the image -> (mode, content), and the Debian packages that they come from."""
    files = {ENTRYPOINT: (0o755, stripped(binary))}
    packages = set()
    for library in libraries(binary):
        files[library] = (0o755, pathlib.Path(library).read_bytes())
        packages.add(debian_package(library))
    for package in sorted(packages):
        # Their licences ask that the notice goes where the library goes.
        notice = pathlib.Path("/usr/share/doc") / package / "copyright"
        files[str(notice)] = (0o644, notice.read_bytes())
    files["/etc/passwd"] = (0o644, f"nonroot:x:{USER}:{USER}:nonroot:/:/sbin/nologin\n".encode())
    files["/etc/group"] = (0o644, f"nonroot:x:{USER}:\n".encode())
    return files, sorted(packages)


def image_of(files, version, date):
    """The archive, and the digest of its manifest."""
    labels = {
        "org.opencontainers.image.title": "sallyport",
        "org.opencontainers.image.description": "A person's judgement at the privileged actions of AI agents on Kubernetes",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": oci.rfc3339(date),
    }
    config = {"User": f"{USER}:{USER}", "Entrypoint": [ENTRYPOINT], "WorkingDir": "/", "Labels": labels,
              "ExposedPorts": {"9443/tcp": {}, "8081/tcp": {}, "8080/tcp": {}}}
    return oci.image_of(files, f"docker.io/library/sallyport:{version}", date, config)


def bill_of_materials(files, packages, version, date, digest):
    """SPDX 2.3: the program, what it loads, and what is compiled into it."""
    def described(facts):
        name, package_version = facts["name"], facts["version"]
        purl = f"pkg:deb/debian/{quote(name, safe='')}@{quote(package_version, safe='')}?arch={oci.ARCHITECTURE}&distro=debian-12"
        return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name, "versionInfo": package_version, "supplier": "Organization: Debian",
                "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
                "sourceInfo": f"built by Debian from its source package {facts['source']}",
                "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                  "referenceLocator": purl}]}

    program = {"SPDXID": "SPDXRef-sallyport", "name": "sallyport", "versionInfo": version, "downloadLocation": "NOASSERTION",
               "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
               "copyrightText": "NOASSERTION", "primaryPackagePurpose": "CONTAINER",
               "checksums": [{"algorithm": "SHA256", "checksumValue": oci.sha256(files[ENTRYPOINT][1])}]}
    loaded = [described(package_facts(name)) for name in packages]
    compiled_in = [described(package_facts(name)) for name in COMPILED_IN]

    def relation(kind, other):
        return {"spdxElementId": "SPDXRef-sallyport", "relationshipType": kind, "relatedSpdxElement": other}

    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"sallyport-{version}",
        # Unique for each content, as the specification asks.
        "documentNamespace": f"https://sallyport.dev/spdx/sallyport-{version}-{digest.removeprefix('sha256:')}",
        "creationInfo": {"created": oci.rfc3339(date), "creators": ["Tool: hack/image.sh"]},
        "comment": f"The image whose manifest has the digest {digest}",
        "packages": [program, *loaded, *compiled_in],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-sallyport"},
            *[relation("DYNAMIC_LINK", each["SPDXID"]) for each in loaded],
            *[relation("STATIC_LINK", each["SPDXID"]) for each in compiled_in]],
    }


def write(path, content):
    """At once: somebody may be reading the one before."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(content)
    new.rename(path)


def write_rootfs(files, folder):
    for path, (mode, content) in files.items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--date", required=True, type=int, help="seconds since 1970, on everything in the image")
    parser.add_argument("--out", type=pathlib.Path, help="the folder for the archive and its bill of materials")
    parser.add_argument("--rootfs", type=pathlib.Path, help="the folder for only the files")
    options = parser.parse_args()
    version = output_of(options.binary, "version", "--client").split()[-1]
    files, packages = files_of(options.binary)
    if options.rootfs:
        write_rootfs(files, options.rootfs)
        return
    archive, digest = image_of(files, version, options.date)
    bill = bill_of_materials(files, packages, version, options.date, digest)
    path = options.out / f"sallyport-{version}.tar"
    write(path.with_suffix(".spdx.json"), json.dumps(bill, indent=1, sort_keys=True).encode() + b"\n")
    write(path, archive)
    print(path)


main()
