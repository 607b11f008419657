// Serves a Python Worker on a free port, as workerd does. Arguments: the package pyodide, the
// package workers of Cloudflare's SDK, the folder of the Worker. Node's environment is the Worker's
// env. A dead interpreter ends it with 70.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodideFolder, sdkFolder, workerFolder] = process.argv.slice(2);

function stop(failure) {
  console.error(String(failure));
  process.exit(70);
}
// Else Node prints the line of the source that threw, and Pyodide's is a megabyte long.
process.on("uncaughtException", stop);

const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, "pyodide.mjs")));
const pyodide = await loadPyodide({ stdout: (line) => console.log(line) });
// What the SDK expects of workerd itself.
pyodide.registerJsModule("_cloudflare_compat_flags", {});
pyodide.registerJsModule("_pyodide_entrypoint_helper", { patchWaitUntil() {} });
pyodide.FS.mkdirTree("/sdk/workers");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: sdkFolder }, "/sdk/workers");
pyodide.FS.mkdir("/worker");
for (const name of readdirSync(workerFolder)) {
  pyodide.FS.writeFile(`/worker/${name}`, readFileSync(join(workerFolder, name)));
}
const fetch = pyodide.runPython(`
import sys
sys.path[:0] = ["/worker", "/sdk"]
from worker_entry import Default
from workers import Request

async def fetch(request, env):
    return (await Default(None, env).fetch(Request(request))).js_object
fetch
`);

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url, "http://127.0.0.1");
  const { method, headers } = incoming;
  const request = new Request(url, { method, headers, body: Buffer.concat(chunks) });
  try {
    const response = await fetch(request, { ...process.env });
    outgoing.writeHead(response.status).end(await response.text());
  } catch (failure) {
    stop(failure);
  }
});
server.listen(0, "127.0.0.1", () => {
  console.log(`Listening at: http://127.0.0.1:${server.address().port}`);
});
