// Workers in plain workerd, one process each, on loopback and with no way out, and the processor time that they take.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const MODULES = { ".js": "esModule", ".wasm": "wasm", ".bin": "data" };

/** Bundles Workers and starts them. `root` is the folder with the tools, `folder` where everything is written. */
export class Runtime {
  constructor(root, folder) {
    const tools = createRequire(join(root, "package.json"));
    this.workerd = tools("workerd").default;
    this.esbuild = tools("esbuild");
    this.folder = folder;
    this.running = new Set();
    process.on("exit", () => this.running.forEach((worker) => worker.stop()));
  }

  /** `alias` are modules by the names under which the entry imports them. */
  bundle(name, entry, alias = {}) {
    const folder = join(this.folder, name);
    rmSync(folder, { recursive: true, force: true });
    this.esbuild.buildSync({
      entryPoints: { main: entry }, outdir: folder, bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "warning", alias,
      loader: { ".wasm": "copy", ".bin": "copy" }, assetNames: "[name]", conditions: ["workerd", "worker"], external: ["cloudflare:*", "node:*"],
    });
  }

  /**
   * Starts a bundle in a new process. `data` are files by their bindings, `text` texts. With `storage`, the file of a Worker that speaks the protocols of KV, R2 and queues, it
   * has these as KV, BUCKET and EVENTS, and `objects`: classes of Durable Objects by their bindings, kept in memory or, where there is no such folder, on disk; `assets` is a folder of files.
   */
  async start(name, data = {}, text = {}, { storage, main = "main.js", objects = {}, assets } = {}) {
    const folder = join(this.folder, name);
    const modules = readdirSync(folder).filter((file) => /\.(js|wasm|bin)$/.test(file)).sort((a, b) => Number(b === main) - Number(a === main));
    const module = (file) => `(name = "${file}", ${MODULES[file.slice(file.lastIndexOf("."))]} = embed "${file}")`;
    mkdirSync(join(folder, "data"), { recursive: true });
    for (const [binding, file] of Object.entries(data)) copyFileSync(file, join(folder, "data", binding));
    const bindings = [
      ...Object.keys(data).map((binding) => `(name = "${binding}", data = embed "data/${binding}")`),
      ...Object.entries(text).map(([binding, value]) => `(name = "${binding}", text = ${JSON.stringify(value)})`),
    ];
    const services = [], namespaces = [];
    // in memory where that can be had: how long a disk takes is the disk's affair
    const disk = existsSync("/dev/shm") ? join("/dev/shm", `apropos-bench-${process.pid}-${name}`) : join(folder, "disk");
    if (storage) {
      copyFileSync(storage, join(folder, "storage.mjs"));
      rmSync(disk, { recursive: true, force: true });
      mkdirSync(disk, { recursive: true });
      for (const [binding, entry, kind] of [["KV", "kv", "kvNamespace"], ["BUCKET", "r2", "r2Bucket"], ["EVENTS", "queue", "queue"]]) {
        services.push(`(name = "${entry}", worker = (modules = [(name = "main", esModule = "import { ${entry} } from \\"./storage.mjs\\"; export default ${entry};"), (name = "storage.mjs", esModule = embed "storage.mjs")], compatibilityDate = "2026-10-01"))`);
        bindings.push(`(name = "${binding}", ${kind} = "${entry}")`);
      }
      services.push(`(name = "disk", disk = (path = "${disk}", writable = true))`);
      for (const [binding, className] of Object.entries(objects)) {
        namespaces.push(`(className = "${className}", uniqueKey = "${className}", enableSql = true)`);
        bindings.push(`(name = "${binding}", durableObjectNamespace = "${className}")`);
      }
    }
    if (assets) {
      services.push(`(name = "assets", disk = (path = "${assets}"))`);
      bindings.push('(name = "ASSETS", service = "assets")');
    }
    const kept = namespaces.length ? `durableObjectNamespaces = [${namespaces.join(", ")}],\n  durableObjectStorage = (localDisk = "disk"),` : "";
    writeFileSync(join(folder, "config.capnp"), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), ${[...services, '(name = "internet", network = (allow = []))'].join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.map(module).join(", ")}],
  compatibilityDate = "2026-10-01",
  bindings = [${bindings.join(", ")}],
  ${kept}
);
`);
    const child = spawn(this.workerd, ["serve", join(folder, "config.capnp"), "--control-fd=3"], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
    const worker = new Worker(name, child, this.running);
    if (storage) process.on("exit", () => rmSync(disk, { recursive: true, force: true }));
    await worker.ready();
    return worker;
  }
}

class Worker {
  constructor(name, child, running) {
    Object.assign(this, { name, child, running });
    running.add(this);
  }

  async ready() {
    let said = "";
    for await (const part of this.child.stdio[3]) {
      said += part;
      const line = said.split("\n").find((line) => line.includes('"listen"'));
      if (line) {
        this.base = `http://127.0.0.1:${JSON.parse(line).port}`;
        break;
      }
    }
    if (!this.base) throw new Error(`workerd ended before it served ${this.name}`);
  }

  async get(path) {
    const response = await fetch(`${this.base}/${path}`, { signal: AbortSignal.timeout(120_000) });
    const file = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${this.name} answered ${path} with ${response.status}: ${file.subarray(0, 400)}`);
    return file;
  }

  /** Milliseconds of the processor that the thread which runs JavaScript and wasm has taken so far. */
  cpu() {
    const { pid } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  }

  /** Milliseconds of it for each of `count` files. */
  async time(job, count) {
    const before = this.cpu();
    await this.get(`${job}?n=${count}`);
    return (this.cpu() - before) / count;
  }

  stop() {
    if (this.running.delete(this)) this.child.kill();
  }

  async stopped() {
    const ended = once(this.child, "exit");
    this.stop();
    await ended;
  }
}
