"""The checks of the project, one session a purpose: `nox` runs what CI runs, `nox -l` lists all."""

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"

PROJECT = nox.project.load_toml("pyproject.toml")
# CPython 3.14 is tested in WebAssembly, by the session pyodide.
PYTHONS = [version for version in nox.project.python_versions(PROJECT) if version != "3.14"]


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
