#!/usr/bin/env python3
"""TAP: the examples of services (scripts/units): systemd and kubectl read them as they are meant, where these are.

kubectl, which needs no cluster for it, decodes each object once as it stands and once into Kubernetes' own types: what
is not in the second is a member that they do not have, and what does not fit into them it refuses."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = os.path.join(ROOT, "scripts/units")
MANIFEST = os.path.join(UNITS, "atools.yaml")
CHANGED = {"image", "selector"}  # by the commands that decode

number = failures = 0


def tell(good, name, details=""):
    global number, failures
    number += 1
    failures += not good
    print(("ok" if good else "not ok"), number, "-", name)
    for line in details.splitlines() if not good else ():
        print("#", line)


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                            env=dict(os.environ, KUBECONFIG="/dev/null"))
    return result.returncode, result.stdout, result.stderr


def documents(text):
    found, at = [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = json.JSONDecoder().raw_decode(text, at)
        found += document["items"] if document["kind"] == "List" else [document]
    return found


def missing(wanted, there, path):
    """The paths of what `there` has not, or otherwise."""
    if isinstance(wanted, dict) and isinstance(there, dict):
        return [place for name, value in wanted.items() if name not in CHANGED
                for place in missing(value, there.get(name), path + "." + name)]
    if isinstance(wanted, list) and isinstance(there, list) and len(wanted) == len(there):
        return [place for at, (one, other) in enumerate(zip(wanted, there))
                for place in missing(one, other, f"{path}[{at}]")]
    return [] if wanted == there else [path]


def decode(kind, path):
    if kind == "Service":
        return run("kubectl", "set", "selector", "--local", "-f", path, "-o", "json", "a=b")
    return run("kubectl", "set", "image", "--local", "-f", path, "-o", "json", "*=decoded")


def check_manifest():
    status, text, errors = run("kubectl", "label", "--local", "-f", MANIFEST, "-o", "json", "a=b")
    tell(status == 0, "scripts/units/atools.yaml is YAML", errors)
    kinds = []
    for document in documents(text) if status == 0 else ():
        kind, name = document["kind"], document["metadata"]["name"]
        del document["metadata"]["labels"]
        kinds.append(kind)
        if kind == "ConfigMap":
            strange = [key for key, value in document["data"].items() if not isinstance(value, str)]
            strange += set(document) - {"apiVersion", "kind", "metadata", "data"}
            tell(not strange, f"{kind} {name}", " ".join(strange))
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            status, typed, errors = decode(kind, file.name)
        lost = missing(document, documents(typed)[0], kind) if status == 0 else []
        tell(status == 0 and not lost, f"{kind} {name}", errors + "no such member: " + ", ".join(lost))
    tell(sorted(kinds) == ["ConfigMap", "Service", "StatefulSet", "StatefulSet"], "what there is", " ".join(kinds))


def check_unit(name):
    """With the script where it is in the tree, and without looking whether the manual is installed."""
    with open(os.path.join(UNITS, name)) as file:
        text = file.read().replace("/usr/local/libexec/atools", UNITS)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        status, out, errors = run("systemd-analyze", "verify", "--man=no", path)
    wrong = [line for line in (out + errors).splitlines() if name.replace("@.", "@i.") in line or name in line]
    tell(not wrong, "systemd-analyze verify " + name, "\n".join(wrong) or f"status {status}")


def check_variables():
    """What the scripts ask for is in both examples."""
    with open(os.path.join(UNITS, "exams.env")) as file:
        given = set(re.findall(r"^([A-Z]+)=", file.read(), re.M))
    with open(MANIFEST) as file:
        manifest = file.read()
    for script in ("member", "speed"):
        with open(os.path.join(UNITS, script)) as file:
            wanted = set(re.findall(r"\$\{([A-Z]+):\?\}", file.read()))
        missed = wanted - given - {"NAME", "STATE"}
        missed |= {name for name in wanted if not re.search(rf"\b{name}\b", manifest)}
        tell(wanted and not missed, "what " + script + " asks for is there", " ".join(missed))


def main():
    check_variables()
    for tool, checks in (("systemd-analyze", [lambda name=name: check_unit(name) for name in sorted(os.listdir(UNITS))
                                              if name.endswith(".service")]),
                         ("kubectl", [check_manifest])):
        if shutil.which(tool):
            for check in checks:
                check()
        else:
            global number
            number += 1
            print("ok", number, "# skip there is no", tool)
    print(f"1..{number}")
    sys.exit(failures > 0)


main()
