"""What is checked, and how: `nox` runs the default sessions, `nox -l` lists all of them."""

import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False  # a Python that is not there is skipped, with a line

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
LEAST_NOTICED = 0.9  # of the mutants

# Another timezone and another hash seed than the developer's. Written as a rule (New Zealand's), because a zone by its
# name silently means UTC on a machine without zone files.
ELSEWHERE = {"TZ": "NZST-12NZDT,M9.5.0,M4.1.0/3", "PYTHONHASHSEED": "4242"}

# On all processors, each file on one of them: the examples of a page share their names.
TOGETHER = ("-n", "auto", "--dist", "loadfile")

nox.options.sessions = [
    "lint",
    "typing",
    "coverage",  # the tests on this Python
    "docs",
    "build",  # the tests on the wheel, elsewhere
]


def group(*names: str) -> tuple[str, ...]:
    """Return what the dependency groups of that name need."""
    return nox.project.dependency_groups(PYPROJECT, *names)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the direction of imports."""
    session.install("-e.", *group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: everything with mypy, the public signatures with pyright too."""
    session.install("-e.", *group("typing"), "nox")
    session.run("mypy")
    session.run("pyright")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on each Python that is there, in another timezone."""
    session.install("-e.", *group("tests"))
    session.run("pytest", *TOGETHER, *session.posargs, env=ELSEWHERE)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests on this Python and measure how much of the code they reach."""
    session.install("-e.", *group("tests"))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *TOGETHER, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    if not session.posargs:  # a part of the tests reaches a part of the code
        session.run("coverage", "report")


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest dependencies that are allowed."""
    oldest = [re.sub(r">=", "==", dependency) for dependency in PYPROJECT["project"]["dependencies"]]
    session.install("-e.", *oldest, *group("tests"))
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    session.install("-e.", *group("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-E", "-b", "html", "docs", "docs/_build/html", *session.posargs)


@nox.session(reuse_venv=False)
def build(session: nox.Session) -> None:
    """Build the wheel and test what is in it, away from the sources and in another timezone."""
    session.install("build", *group("tests"))
    work = Path(session.create_tmp()).resolve()
    shutil.rmtree(work)
    session.run("python", "-m", "build", "--outdir", str(work / "dist"))
    (wheel,) = (work / "dist").glob("*.whl")
    session.install(str(wheel))

    for name in ("tests", "docs", "examples", "README.md", "conftest.py", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, work / name)
    session.chdir(work)
    session.run("pytest", *TOGETHER, *session.posargs, env=ELSEWHERE)


@nox.session(default=False)
def laws(session: nox.Session) -> None:
    """Try the laws on many more random schools, other ones each time."""
    session.install("-e.", *group("tests"))
    session.run("pytest", "tests/laws", *session.posargs, env={"HYPOTHESIS_PROFILE": "deep"})


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Kill workers at hundreds of points, on each database, and compare with one that wasn't."""
    session.install("-e.", *group("tests"))
    session.run("pytest", "tests/faults", *session.posargs, env={"FAULT_POINTS": "300"})


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Break the core in small ways and see whether the tests notice at least nine times in ten."""
    session.install("-e.", *group("mutation"))
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    session.run("mutmut", "run", *session.posargs)
    results = session.run("mutmut", "results", "--all", "true", silent=True) or ""
    outcomes = dict(line.strip().split(": ") for line in results.splitlines() if "__mutmut_" in line)
    if not outcomes:
        session.error("mutmut found nothing to break; see [tool.mutmut] in pyproject.toml")

    modules: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mutant, outcome in outcomes.items():
        noticed = outcome in {"killed", "timeout"}
        modules[mutant.rpartition(".")[0]]["noticed" if noticed else "missed"] += 1
        if not noticed:
            print(f"{outcome:10} {mutant}")
    modules["all"] = sum(modules.values(), Counter())
    print(f"\n{'module':45} {'mutants':>8} {'noticed':>8} {'share':>7}")
    for module, counts in modules.items():
        print(f"{module:45} {counts.total():8} {counts['noticed']:8} {counts['noticed'] / counts.total():7.1%}")
    if modules["all"]["noticed"] < LEAST_NOTICED * modules["all"].total():
        session.error(f"fewer than {LEAST_NOTICED:.0%} of the mutants were noticed; `mutmut show NAME` shows one")


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Measure the speed beside that of what else one would use."""
    session.install("-e.", *group("benchmarks"))
    session.run("python", "-m", "benchmarks", *session.posargs)
