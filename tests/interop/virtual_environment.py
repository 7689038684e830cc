"""Other implementations from PyPI, each in a virtual environment of its own below the cache."""
import fcntl
import os
import subprocess
import sys


def cache():
    """The folder below which what tests bring is kept."""
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "atools")


def python_with(name, packages, modules):
    """The Python that has these packages (as pip is given them) in the environment `name`, made at the first run.
    modules: what is imported to see whether it is whole; an assertion may stand behind them."""
    folder = os.path.join(cache(), name)
    python = os.path.join(folder, "bin", "python")
    os.makedirs(cache(), exist_ok=True)
    with open(os.path.join(cache(), name + ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        probe = [python, "-c", "import " + modules]
        if not os.path.exists(python) or subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print("installing %s into %s" % (", ".join(packages), folder), file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q"] + packages, check=True)
    return python


def enter(name, packages, modules):
    """Goes on with this program in the Python of python_with, if it is another one."""
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.join(cache(), name)):
        python = python_with(name, packages, modules)
        os.execv(python, [python, os.path.abspath(sys.argv[0])] + sys.argv[1:])
