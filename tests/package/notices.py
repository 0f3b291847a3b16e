"""Prints the licences of the packages that are compiled into the program for a target, with the texts that the packages carry.

    notices.py TARGET
"""

import json
import pathlib
import subprocess
import sys

TEXTS = ("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*", "COPYRIGHT*")
RULE = "-" * 78


def compiled(target):
    """The packages of the program itself: no tests, and nothing that only a build needs."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    data = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    root = next(name for name, package in packages.items() if package["name"] == "assume-env")
    found, open_ends = set(), [root]
    while open_ends:
        for edge in nodes[open_ends.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in edge["dep_kinds"])
            if normal and edge["pkg"] not in found and not is_macro(packages[edge["pkg"]]):
                found.add(edge["pkg"])
                open_ends.append(edge["pkg"])
    return sorted((packages[name] for name in found), key=lambda package: (package["name"], package["version"]))


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    return sorted({path for pattern in TEXTS for path in folder.glob(pattern) if path.is_file()})


def main():
    packages = compiled(sys.argv[1])
    # A text that several packages carry is printed once.
    carried = {}
    for package in packages:
        for path in texts(package):
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip()
            carried.setdefault(text, []).append(f"{package['name']} {package['version']}")
    print("assume-env contains these packages, and the standard library of Rust (MIT OR Apache-2.0)", end="")
    print(" and musl (MIT):\n" if sys.argv[1].endswith("-musl") else ":\n")
    for package in packages:
        print(f"    {package['name']} {package['version']}: {package['license']}")
    for text, names in sorted(carried.items(), key=lambda item: item[1]):
        print(f"\n{RULE}\n{', '.join(sorted(set(names)))}\n{RULE}\n\n{text}")


main()
