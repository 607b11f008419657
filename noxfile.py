"""The checks of the project, one session per purpose.

`nox` runs what CI runs, and `nox -l` lists all sessions.
"""

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
OLDEST, NEWEST = PYTHONS[0], PYTHONS[-1]


def group(*names: str) -> tuple[str, ...]:
    """Return what dependency groups of pyproject.toml need."""
    return nox.project.dependency_groups(PROJECT, *names)


def install(session: nox.Session, *names: str) -> None:
    """Install dependency groups, and the project as users have it: as a wheel."""
    if names:
        session.install(*group(*names))
    session.install("--force-reinstall", "--no-deps", ".")


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Check the style of all Python files."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python=OLDEST)
def types(session: nox.Session) -> None:
    """Check the types of the module, the tests and this file."""
    install(session, "types")
    session.run("mypy", "connectly_errors.py", "noxfile.py", "tests")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the installed wheel."""
    install(session, "tests")
    session.run("pytest", *session.posargs)


@nox.session(python=OLDEST)
def coverage(session: nox.Session) -> None:
    """Require that the tests reach every branch of the module."""
    install(session, "coverage")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", env={"PYTHONSAFEPATH": "1"})
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session(python=OLDEST)
def package(session: nox.Session) -> None:
    """Build the sdist and a wheel from it, and use the wheel as a stranger would."""
    install(session, "package")
    session.run("pytest", "tests/packaging")


@nox.session(python=OLDEST)
def checkers(session: nox.Session) -> None:
    """Check uses of the API and mistakes with mypy, pyright, ty and pyrefly."""
    install(session, "checkers")
    session.run("pytest", "tests/typing", *session.posargs)
    session.install("mypy==0.950")  # the oldest that works
    session.run("pytest", "tests/typing", "-k", "mypy and not readme")


@nox.session(python=OLDEST)
def vendoring(session: nox.Session) -> None:
    """Vendor the module by hand and with a tool, and check the copy strictly."""
    install(session, "vendoring")
    session.run("pytest", "tests/vendoring", *session.posargs)


@nox.session(python=OLDEST)
def clients(session: nox.Session) -> None:
    """Send with each HTTP client, retry, send a campaign, and read its report."""
    install(session, "clients")
    session.run("pytest", "tests/clients", "tests/recipes", *session.posargs)


@nox.session(python=OLDEST)
def relaying(session: nox.Session) -> None:
    """Log errors, trace them, queue them, and answer with them."""
    install(session, "relaying")
    session.run("pytest", "tests/relaying", *session.posargs)


@nox.session(python=OLDEST)
def serverless(session: nox.Session) -> None:
    """Call the functions as AWS, Google Cloud and Cloudflare do."""
    install(session, "serverless")
    package = str(install_pyodide(session))
    session.run(
        "pytest", "tests/serverless", *session.posargs, env={"PYODIDE": package}
    )


@nox.session(python=OLDEST)
def pyodide(session: nox.Session) -> None:
    """Run the tests in WebAssembly, where decoding deep JSON kills the interpreter."""
    session.install(*group("pyodide"))
    packages = Path(session.create_tmp()).absolute() / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    pip = ("pip", "install", "-q", "--target", packages)
    platform = ("--python-version=3.14", "--platform=pyemscripten_2026_0_wasm32")
    session.run(*pip, "--only-binary=:all:", *platform, *group("tests"))
    session.run(*pip, "--no-deps", ".")

    run = ("tests/pyodide/run.mjs", install_pyodide(session), packages, Path.cwd())
    options = ("-m", "not subprocess and not threads", "-p", "no:cacheprovider")
    tests = ("-o", "testpaths=tests/test_*.py tests/pyodide/test_depth.py")
    session.run("node", *run, *options, *tests, *session.posargs)
    # In a process of its own, which has only 256 MB.
    less = "--wasm-max-mem-pages=4096"
    session.run("node", less, *run, *options, "tests/pyodide/test_memory.py")


def install_pyodide(session: nox.Session) -> Path:
    """Install Pyodide for Node.js, and return its folder."""
    folder = Path(session.create_tmp()).absolute()
    session.run("npm", "install", "--silent", "--prefix", folder, "pyodide@314")
    return folder / "node_modules" / "pyodide"


@nox.session(python=OLDEST, default=False)
def spark(session: nox.Session) -> None:
    """Count a million failed sends with PySpark. It needs a JDK, and takes minutes."""
    install(session, "spark")
    session.run("mypy", "tests/recipes/spark_count.py", "tests/spark")
    session.run("pytest", "tests/spark", *session.posargs)


@nox.session(python=[OLDEST, NEWEST], default=False)
def bench(session: nox.Session) -> None:
    """Require the promised speed, and measure it beside other libraries."""
    install(session, "bench")
    run = ("python", "tests/tools/bench/run.py", *session.posargs)
    session.run(*run, env={"PYTHONPATH": "tests/tools"})


@nox.session(python=[OLDEST, NEWEST], default=False)
def growth(session: nox.Session) -> None:
    """Require that time and memory grow in proportion to the body."""
    install(session)
    # glibc keeps what it has: the first use of new memory takes longer than reading.
    keep = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "2000000000"}
    session.run("python", "tests/tools/growth.py", *session.posargs, env=keep)


@nox.session(python=OLDEST, default=False)
def deep(session: nox.Session) -> None:
    """Try 50,000 new payloads on each property. It takes over an hour."""
    install(session, "tests")
    profile = "--hypothesis-profile=deep"
    session.run("pytest", "tests/test_properties.py", profile, *session.posargs)


@nox.session(python=OLDEST, default=False)
def fuzz(session: nox.Session) -> None:
    """Look for a payload that breaks a property, for a minute or `-- SECONDS`."""
    install(session, "fuzz")
    seconds = session.posargs or ["60"]
    session.run("python", "tests/tools/fuzz.py", session.create_tmp(), *seconds)


@nox.session(python=OLDEST, default=False)
def mutants(session: nox.Session) -> None:
    """Change the module in hundreds of small ways. The tests must notice 95%."""
    session.install(*group("mutants"))
    copy = Path(session.create_tmp()).absolute() / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".*"))
    session.chdir(copy)
    session.run("mutmut", "run")
    results = session.run("mutmut", "results", "--all", "true", silent=True)
    assert isinstance(results, str)
    lines = [line.strip().split(": ") for line in results.splitlines() if ": " in line]
    missed = [name for name, outcome in lines if outcome not in ("killed", "timeout")]
    for name in missed:
        session.run("mutmut", "show", name)
    noticed = 1 - len(missed) / len(lines)
    session.log(f"{noticed:.1%} of {len(lines)} mutants were noticed")
    if noticed < 0.95:
        session.error("that is less than 95%")
