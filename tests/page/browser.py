"""A headless Chromium, a served table with a pipe into it, and TAP results, for the suites of this folder. Selenium
comes from PyPI, axe-core from npm, each into the cache."""
import fcntl
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
from virtual_environment import enter  # noqa: E402 pylint: disable=wrong-import-position

AXE = "axe-core@4.10.3"
PATIENCE = 30  # seconds that something may take on a busy machine


def with_selenium():
    """Goes on in a Python that has Selenium."""
    enter("selenium-4", ["selenium>=4.20,<5"], "selenium")


def axe_source():
    """The text of axe-core, fetched at the first run."""
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "atools")
    folder = os.path.join(cache, AXE.replace("@", "-"))
    path = os.path.join(folder, "node_modules", "axe-core", "axe.min.js")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(cache, "axe.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, AXE],
                           check=True, stdout=sys.stderr)
    with open(path, encoding="utf-8") as file:
        return file.read()


class Table:
    """An aserve with a pipe into it; on the same port again after stop() and start()."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        self.options = options
        self.port = 0
        self.start()

    def start(self, *more):
        bin_folder = os.environ.get("ATOOLS_BIN", os.path.join(ROOT, "bin"))
        address = "127.0.0.1:%d" % self.port
        self.process = subprocess.Popen([os.path.join(bin_folder, "aserve"), "-l", address, *self.options, *more],
                                        stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder.name)
        said = b""
        while b"serving at" not in said:
            line = self.process.stderr.readline()
            if not line:
                raise RuntimeError("aserve ended: %r" % said)
            said += line
        self.url = re.search(rb"serving at (\S+)", said).group(1).decode()
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def send(self, *rows):
        for row in rows:
            self.process.stdin.write(row.encode() + b"\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


def eventually(what, probe):
    """Waits until probe() is true."""
    end = time.monotonic() + PATIENCE
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (PATIENCE, what))
        time.sleep(0.05)


def run(tests):
    """TAP: each function is a test, called by its first line of documentation."""
    print("1..%d" % len(tests))
    failed = 0
    for number, test in enumerate(tests, 1):
        begun = time.monotonic()
        name = test.__doc__.strip().split("\n")[0]
        try:
            test()
            print("ok %d - %s" % (number, name))
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print("not ok %d - %s" % (number, name))
            print("\n".join("# " + line for line in str(error).split("\n")[:30]))
        print("# %.1f s" % (time.monotonic() - begun), flush=True)
    return 1 if failed else 0
