"""A lab with other files in its guest, without a change to the lab: what the kernel unpacks last is what it has."""

import pathlib
import shutil
import subprocess


def lay(entry, folder, files):
    """Makes `folder` a folder of labs (CONFORMANCE_LAB_DIR) that has `entry` alone, with `files`: path in the guest -> bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    tree = folder / "overlay"
    names = set()
    for path, content in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        names.update(str(name) for name in [pathlib.Path(path), *pathlib.Path(path).parents][:-1])
    listed = "".join(f"{name}\n" for name in sorted(names)).encode()
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "--owner=0:0"], input=listed, stdout=subprocess.PIPE, cwd=tree, check=True).stdout
    lab = folder / entry.name
    lab.mkdir()
    for file in entry.iterdir():
        if file.name == "initrd":
            (lab / "initrd").write_bytes(file.read_bytes() + packed)
        elif file.name != "work":
            (lab / file.name).symlink_to(file)
    return folder
