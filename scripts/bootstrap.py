"""Set the project up, and run one of its targets; needs nothing but Python 3.11 or newer, on Linux and Windows.

    python scripts/bootstrap.py             .venv with the pinned packages and the project itself
    python scripts/bootstrap.py demo        the same, then: invented rosters of the whole district, merged
    python scripts/bootstrap.py test        the same, then: every test (further words go to pytest: test -k ids)
    python scripts/bootstrap.py test-fast   the same, then: the tests that take no processes and hardly any time
    python scripts/bootstrap.py test-windows   the same, then: what runs Windows programs, under Wine on Linux
    python scripts/bootstrap.py lint        the same, then: formatter, linter and types

Run again it only looks whether requirements.lock or pyproject.toml changed. `make` does nothing but call this.
An older Python reads this file too, to look for a newer one or to say that it needs one: keep to the syntax of 3.6.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.sha256"
LOCK = ROOT / "requirements.lock"
SAMPLES = Path("out") / "samples"
SUMMARY = Path("out") / "district_summary.xlsx"

TARGETS = {
    "setup": (),
    "demo": [
        # one unit in its real size, to show the time of a real file; mistakes, so that there are files to return
        [
            "scripts/make_samples.py",
            "--scale",
            "0.01",
            "--full",
            "上岭桥镇",
            "--mistakes",
            "0.002",
            "--out",
            str(SAMPLES),
        ],
        ["-m", "addin.cli", "merge", str(SAMPLES), "--out", str(SUMMARY), "--papers"],
    ],
    # the tests of one file run on one core: they share what is costly to make (a LibreOffice, a district of samples)
    "test": [["-m", "pytest", "-n", "auto", "--dist", "loadfile"]],
    "test-fast": [["-m", "pytest", "-q", "-m", "not slow"]],
    "test-windows": [["-m", "pytest", "-m", "windows", "-n", "auto", "--dist", "loadfile"]],
    "lint": [["-m", "ruff", "check"], ["-m", "ruff", "format", "--check"], ["-m", "mypy"]],
}


def main(target: str = "setup", *words: str) -> None:
    """Prepare .venv, then run the target's commands until one fails; its exit code is ours."""
    if target not in TARGETS:
        sys.exit(f"Unknown target {target!r}; there are: {', '.join(TARGETS)}.")
    if sys.version_info < NEEDED:
        run_with_newer_python(target, *words)
    state = wanted_state()
    if not (PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == state):
        install(state)
    elif target == "setup":
        print("Nothing to do: .venv holds what requirements.lock asks for.")
    if target == "demo":
        # rosters of an earlier run would be merged with the new, and its summary compared with the new one
        shutil.rmtree(ROOT / SAMPLES, ignore_errors=True)
        for path in (ROOT / SUMMARY).parent.glob(f"{SUMMARY.stem}*{SUMMARY.suffix}"):
            path.unlink()
    commands = TARGETS[target]
    for command in commands:
        more = words if command is commands[-1] else ()
        # UTF-8 whatever the console's code page is
        code = subprocess.call([str(PYTHON), *command, *more], cwd=ROOT, env=dict(os.environ, PYTHONUTF8="1"))
        # of a merge 1 says that there are mistakes, as the demo wants
        if code and not (target == "demo" and command is commands[-1] and code == 1):
            sys.exit(code)


def run_with_newer_python(*words: str) -> None:
    """Hand over to a Python that is new enough, or say politely that there is none."""
    for minor in range(19, NEEDED[1] - 1, -1):
        name = f"python3.{minor}"
        command = ["py", f"-3.{minor}"] if os.name == "nt" else [name]
        # a name on the PATH may be a mere stand-in (pyenv): only what runs is a Python
        if shutil.which(command[0]) and subprocess.call([*command, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            say(f"This is Python {version()}; going on with {name}.")
            sys.exit(subprocess.call([*command, __file__, *words]))
    sys.exit(
        f"This needs Python {NEEDED[0]}.{NEEDED[1]} or newer. This one is {version()} ({sys.executable}), and no newer\n"
        "one was found. Install one (python.org, or your system's packages) and run the same line with it."
    )


def wanted_state() -> str:
    """A hash of all that decides what .venv must hold; the folder too, for a .venv that was moved points elsewhere."""
    state = hashlib.sha256(os.fsencode(str(ROOT)))
    for path in (LOCK, ROOT / "pyproject.toml"):
        state.update(path.read_bytes())
    return state.hexdigest()


def install(state: str) -> None:
    """Bring .venv to the lock from whatever state it is in; the stamp is written last."""
    if STAMP.exists():
        STAMP.unlink()
    if not usable():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit(
                f"This Python ({sys.executable}) can't make virtual environments: it came without ensurepip.\n"
                f"On Debian and Ubuntu: apt install python{version()}-venv; then run the same line again."
            )
        say(f"Making .venv with Python {version()} ...")
        must(sys.executable, "-m", "venv", "--clear", str(VENV))
    say("Installing what requirements.lock pins (the first time this takes a minute or two) ...")
    # --no-deps: what the lock does not name does not come in, and `pip check` says whether anything is missing.
    # No build isolation: a build would fetch a setuptools of any version; so the pinned one is installed first.
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input")
    install = (*pip, "install", "--quiet", "--no-deps", "--no-build-isolation")
    pinned = LOCK.read_text(encoding="utf-8").splitlines()
    must(*install, *(line.split()[0] for line in pinned if line.startswith("setuptools==")))
    must(*install, "-r", str(LOCK))
    must(*install, "-e", str(ROOT))
    must(*pip, "check")
    STAMP.write_text(state, encoding="ascii")


def usable() -> bool:
    """Whether .venv has a Python that runs, is new enough, and has pip."""
    question = f"import pip, sys; sys.exit(sys.version_info < {NEEDED})"
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", question], stderr=subprocess.DEVNULL) == 0


def must(*command: str) -> None:
    """Run a step of the setup; what went wrong it says itself."""
    if subprocess.call(command, cwd=ROOT):
        sys.exit(f"The setup stopped at: {' '.join(command)}\nMend what it says above and run the same line again.")


def say(text: str) -> None:
    """Print before the output of a command that follows, also where the output is a file."""
    print(text, flush=True)


def version() -> str:
    """The Python that runs this, as in 3.11."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


if __name__ == "__main__":
    main(*sys.argv[1:])
