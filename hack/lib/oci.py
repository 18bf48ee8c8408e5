"""OCI images (image-spec 1.0) of files, as archives. The same files and date make the same bytes."""
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import platform
import tarfile

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def rfc3339(date):
    return datetime.datetime.fromtimestamp(date, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def _entry(path, date, **more):
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = date, 0, 0, "", ""
    for key, value in more.items():
        setattr(entry, key, value)
    return entry


def tar_of(files, date):
    """Of path -> (mode, content), or path -> the target of a symbolic link; with the folders on the way, by name."""
    folders = {str(parent) for path in files for parent in pathlib.PurePath(path).parents} - {"/"}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folders | set(files)):
            if path in folders:
                archive.addfile(_entry(path, date, type=tarfile.DIRTYPE, mode=0o755))
            elif isinstance(files[path], str):
                archive.addfile(_entry(path, date, type=tarfile.SYMTYPE, linkname=files[path]))
            else:
                mode, content = files[path]
                archive.addfile(_entry(path, date, mode=mode, size=len(content)), io.BytesIO(content))
    return out.getvalue()


def _compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _described(kind, content):
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{sha256(content)}", "size": len(content)}


def image_of(files, name, date, config):
    """The archive, and the digest of the manifest. `name` as REPOSITORY:TAG, `config` as the specification's."""
    layer = tar_of(files, date)
    compressed = gzip.compress(layer, 9, mtime=0)
    platform_ = {"architecture": ARCHITECTURE, "os": "linux"}
    described = _compact({**platform_, "created": rfc3339(date), "config": config,
                          "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
                          "history": [{"created": rfc3339(date), "created_by": "hack/lib/oci.py"}]})
    manifest = _compact({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                         "config": _described("config.v1+json", described),
                         "layers": [_described("layer.v1.tar+gzip", compressed)],
                         "annotations": config.get("Labels", {})})
    entry = _described("manifest.v1+json", manifest) | {"platform": platform_, "annotations": {
        "org.opencontainers.image.ref.name": name.rpartition(":")[2], "io.containerd.image.name": name}}
    contents = {"/oci-layout": _compact({"imageLayoutVersion": "1.0.0"}),
                "/index.json": _compact({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                                         "manifests": [entry]})}
    contents |= {f"/blobs/sha256/{sha256(blob)}": blob for blob in (described, compressed, manifest)}
    return tar_of({path: (0o644, content) for path, content in contents.items()}, date), entry["digest"]
