"""The checks of the project, one session a purpose: `nox` runs what CI runs, `nox -l` lists all."""

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"

PROJECT = nox.project.load_toml("pyproject.toml")
# CPython 3.14 is tested in WebAssembly, by the session pyodide.
PYTHONS = [version for version in nox.project.python_versions(PROJECT) if version != "3.14"]
WEBASSEMBLY = "pyemscripten_2026_0_wasm32"  # the platform of Pyodide 314


def install(session: nox.Session, *groups: str) -> None:
    """Install dependency groups, and the project as users have it: built, and never in place."""
    tools = nox.project.dependency_groups(PROJECT, *groups)
    session.install(*tools)
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
    """Try 50,000 new payloads on each property, which takes about an hour."""
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
    platform = ("--only-binary=:all:", "--python-version=3.14", f"--platform={WEBASSEMBLY}")
    session.run(*install_there, *platform, *nox.project.dependency_groups(PROJECT, "tests"))
    session.run(*install_there, "--no-deps", ".")
    session.run("npm", "install", "--silent", "--prefix", folder, "pyodide@314")
    run = ("node", "tests/pyodide/run.mjs", folder / "node_modules/pyodide", packages, Path.cwd())
    unable = ("-m", "not subprocess and not threads", "-p", "no:cacheprovider")
    session.run(*run, *unable, *session.posargs)


@nox.session(python=[PYTHONS[0], PYTHONS[-1]], default=False)
def bench(session: nox.Session) -> None:
    """Measure speed, memory and weight beside other libraries; `-- FILE` keeps the tables."""
    install(session, "bench")
    session.run("python", "tests/bench/run.py", *session.posargs)


@nox.session(python=PYTHONS[0])
def clients(session: nox.Session) -> None:
    """Send with each HTTP client, and retry, against a server that answers as Connectly does."""
    install(session, "clients")
    session.run("pytest", "tests/clients", *session.posargs)


@nox.session(python=PYTHONS[0])
def serverless(session: nox.Session) -> None:
    """Run the functions in the runtimes of AWS Lambda, Google Cloud and Cloudflare Workers."""
    install(session, "serverless")
    folder = Path(session.create_tmp()).absolute()
    session.run("npm", "install", "--silent", "--prefix", folder, "pyodide@314")
    package = str(folder / "node_modules/pyodide")
    session.run("pytest", "tests/serverless", *session.posargs, env={"PYODIDE": package})
