#!/usr/bin/env python3
"""TAP: shell scripts around jq (tests/golden/jq/scripts.txt) print the same and end the same with aslice under the name
jq as with jq itself."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASLICE = os.path.join(os.environ.get("ATOOLS_BIN", ROOT + "/bin"), "aslice")


def scripts():
    name, lines = None, []
    for line in open(ROOT + "/tests/golden/jq/scripts.txt", encoding="utf-8"):
        if line.startswith("## "):
            if name:
                yield name, "".join(lines)
            name, lines = line[3:].strip(), []
        elif name:
            lines.append(line)
    yield name, "".join(lines)


def run(script, path):
    """What it prints and its status, in an empty folder with `path` before all others."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PATH=path + ":" + os.environ["PATH"], LC_ALL="C.UTF-8", TZ="UTC")
        done = subprocess.run(["bash", "-c", script],
                              cwd=folder,
                              env=environment,
                              stdin=subprocess.DEVNULL,
                              capture_output=True,
                              timeout=60,
                              check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def main():
    found = list(scripts())
    print("1..%d" % len(found))
    failed = 0
    with tempfile.TemporaryDirectory() as names:
        os.mkdir(names + "/ours")
        os.symlink(ASLICE, names + "/ours/jq")
        os.mkdir(names + "/theirs")
        os.symlink(shutil.which("jq"), names + "/theirs/jq")
        for number, (name, script) in enumerate(found, 1):
            ours, theirs = run(script, names + "/ours"), run(script, names + "/theirs")
            wrong = ours[:2] != theirs[:2] or not theirs[1]
            failed += wrong
            print("%s %d - %s" % ("not ok" if wrong else "ok", number, name))
            if wrong:
                for who, (status, out, errors) in (("ours", ours), ("jq", theirs)):
                    print("# %s: status %d %r %r" % (who, status, out, errors))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
