// Runs pytest in Pyodide; the exit status is pytest's, or 1 where the interpreter died.
//
//     node run.mjs PYODIDE PACKAGES PROJECT [ARGUMENT OF PYTEST ...]

const [pyodide, packages, project, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
try {
  const python = await loadPyodide({
    env: { HOME: "/home/pyodide", PYTHONPATH: "/packages" },
    fsInit(FS) {
      for (const [path, root] of Object.entries({ "/packages": packages, "/project": project })) {
        FS.mkdir(path);
        FS.mount(FS.filesystems.NODEFS, { root }, path);
      }
      FS.chdir("/project");
    },
  });
  python.globals.set("args", python.toPy(args));
  // The module under test is the wheel's, never that of the folder that pytest starts in.
  python.runPython('import sys; sys.path.remove("")');
  process.exit(python.runPython("import pytest; int(pytest.main(args))"));
} catch (death) {
  console.error(death.stack); // left uncaught, it would be shown with a line of 1 MB around it
  process.exit(1);
}
