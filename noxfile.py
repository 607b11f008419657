"""The checks of the project, one session a purpose: `nox` runs what CI runs, `nox -l` lists all."""

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"

PROJECT = nox.project.load_toml("pyproject.toml")
# CPython 3.14 is tested in WebAssembly, by the session pyodide.
PYTHONS = [
    version for version in nox.project.python_versions(PROJECT) if version != "3.14"
]
WEBASSEMBLY = "pyemscripten_2026_0_wasm32"  # the platform of Pyodide 314


def install(session: nox.Session, *groups: str) -> None:
    """Install dependency groups, and the project as users have it: built, and never in place."""
    if groups:
        session.install(*nox.project.dependency_groups(PROJECT, *groups))
    session.install("--force-reinstall", "--no-deps", ".")


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Check the style of all Python files."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Check the types of the module, the tests and this file."""
    install(session, "types")
    session.run("mypy", "connectly_errors.py", "noxfile.py", "tests")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the installed wheel."""
    install(session, "tests")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def coverage(session: nox.Session) -> None:
    """Run the tests once more, and require that they reach every branch of the module."""
    install(session, "coverage")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", env={"PYTHONSAFEPATH": "1"})
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session(python=PYTHONS[0])
def package(session: nox.Session) -> None:
    """Build the sdist, the wheel from it, and use the wheel as a stranger would."""
    install(session, "package")
    session.run("pytest", "tests/packaging")


@nox.session(python=PYTHONS[0], default=False)
def deep(session: nox.Session) -> None:
    """Try 50,000 new payloads on each property, which took 2 to 7 minutes each."""
    install(session, "tests")
    deep = "--hypothesis-profile=deep"
    session.run("pytest", "tests/test_properties.py", deep, *session.posargs)


@nox.session(python=PYTHONS[0])
def pyodide(session: nox.Session) -> None:
    """Run the tests in WebAssembly, where decoding what is nested deep kills the interpreter."""
    session.install(*nox.project.dependency_groups(PROJECT, "pyodide"))
    folder = Path(session.create_tmp()).absolute()
    packages = folder / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    install_there = ("pip", "install", "-q", "--target", packages)
    platform = (
        "--only-binary=:all:",
        "--python-version=3.14",
        f"--platform={WEBASSEMBLY}",
    )
    session.run(
        *install_there, *platform, *nox.project.dependency_groups(PROJECT, "tests")
    )
    session.run(*install_there, "--no-deps", ".")
    session.run("npm", "install", "--silent", "--prefix", folder, "pyodide@314")
    run = (
        "tests/pyodide/run.mjs",
        folder / "node_modules/pyodide",
        packages,
        Path.cwd(),
    )
    options = ("-m", "not subprocess and not threads", "-p", "no:cacheprovider")
    tests = ("-o", "testpaths=tests/test_*.py tests/pyodide/test_depth.py")
    session.run("node", *run, *options, *tests, *session.posargs)
    # A process of its own, in which little is taken, and 256 MB are all that there is.
    session.run(
        "node",
        "--wasm-max-mem-pages=4096",
        *run,
        *options,
        "tests/pyodide/test_memory.py",
    )


@nox.session(python=[PYTHONS[0], PYTHONS[-1]], default=False)
def bench(session: nox.Session) -> None:
    """Require the speed that is promised, and measure it beside other libraries: RESULTS.md."""
    install(session, "bench")
    folder = Path(session.create_tmp()).absolute()
    shutil.rmtree(folder)
    peers = nox.project.dependency_groups(PROJECT, "bench")
    for place in (".", *peers):  # each by itself, with its dependencies: its weight
        name = "connectly_errors" if place == "." else place.partition(">")[0]
        session.install("--no-compile", "--target", str(folder / name), place)
    run = ("python", "tests/tools/bench/run.py", str(folder), *session.posargs)
    session.run(*run, env={"PYTHONPATH": "tests/tools"})


@nox.session(python=PYTHONS[0])
def clients(session: nox.Session) -> None:
    """Send with each HTTP client, and retry, against a server that answers as Connectly does."""
    install(session, "clients")
    session.run("pytest", "tests/clients", *session.posargs)


@nox.session(python=PYTHONS[0])
def relaying(session: nox.Session) -> None:
    """Log errors, trace them, answer with them and queue them, with what services use for it."""
    install(session, "relaying")
    session.run("pytest", "tests/relaying", *session.posargs)


@nox.session(python=PYTHONS[0])
def serverless(session: nox.Session) -> None:
    """Run the functions in the runtimes of AWS Lambda, Google Cloud and Cloudflare Workers."""
    install(session, "serverless")
    folder = Path(session.create_tmp()).absolute()
    session.run("npm", "install", "--silent", "--prefix", folder, "pyodide@314")
    package = str(folder / "node_modules/pyodide")
    session.run(
        "pytest", "tests/serverless", *session.posargs, env={"PYODIDE": package}
    )


@nox.session(python=PYTHONS[0])
def vendoring(session: nox.Session) -> None:
    """Vendor the module by hand and with a tool, and check the copy as strictly as anyone may."""
    install(session, "vendoring")
    session.run("pytest", "tests/vendoring", *session.posargs)


@nox.session(python=PYTHONS[0])
def checkers(session: nox.Session) -> None:
    """Check uses of the API and mistakes with mypy, pyright, ty, pyrefly and the oldest mypy."""
    install(session, "checkers")
    session.run("pytest", "tests/typing", *session.posargs)
    session.install("mypy==0.950")
    session.run("pytest", "tests/typing", "-k", "mypy and not readme")


@nox.session(python=PYTHONS[0], default=False)
def spark(session: nox.Session) -> None:
    """Count a million failed sends with PySpark, which needs a JDK and takes minutes."""
    install(session, "spark")
    session.run("mypy", "tests/recipes/spark_count.py", "tests/spark")
    session.run("pytest", "tests/spark", *session.posargs)


@nox.session(python=PYTHONS[0], default=False)
def growth(session: nox.Session) -> None:
    """Require that time and memory grow with a body as they do in json.loads."""
    install(session)
    # glibc keeps what it has: the first use of new memory takes longer than the reading.
    keep = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "2000000000"}
    session.run("python", "tests/tools/growth.py", *session.posargs, env=keep)


@nox.session(python=PYTHONS[0], default=False)
def fuzz(session: nox.Session) -> None:
    """Look for a payload that breaks a property, for a minute or `-- SECONDS`."""
    install(session, "fuzz")
    session.run(
        "python",
        "tests/tools/fuzz.py",
        session.create_tmp(),
        *(session.posargs or ["60"]),
    )


@nox.session(python=PYTHONS[0], default=False)
def mutants(session: nox.Session) -> None:
    """Change the module in hundreds of small ways, of which the tests must notice 95 %."""
    session.install(*nox.project.dependency_groups(PROJECT, "mutants"))
    copy = Path(session.create_tmp()).absolute() / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".*"))
    session.chdir(copy)
    session.run("mutmut", "run")
    results = session.run("mutmut", "results", "--all", "true", silent=True)
    assert isinstance(results, str)
    outcomes = dict(
        line.strip().split(": ") for line in results.splitlines() if ": " in line
    )
    missed = [
        name
        for name, outcome in outcomes.items()
        if outcome not in ("killed", "timeout")
    ]
    for name in missed:
        session.run("mutmut", "show", name)
    noticed = 1 - len(missed) / len(outcomes)
    session.log(f"{noticed:.1%} of {len(outcomes)} mutants were noticed")
    if noticed < 0.95:
        session.error("that is less than 95 %")
