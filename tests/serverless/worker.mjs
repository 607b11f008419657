// Runs a Python Worker as workerd does. Arguments: the package pyodide, the package workers of
// Cloudflare's SDK, the folder of the Worker. Each line of the input is a request with its env, in
// JSON. What the Worker prints is followed by a line with the status that it answers with.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [pyodideFolder, sdkFolder, workerFolder] = process.argv.slice(2);
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

for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body, env } = JSON.parse(line);
  const options = { method: "POST", headers, body: Buffer.from(body, "base64") };
  const response = await fetch(new Request("http://127.0.0.1/", options), env);
  console.log(`answered:${response.status}`);
}
