// The Worker under test with faulty storage: the built Worker, unchanged, behind an `env` whose bindings can be told to
// fail. The product holds no code for this.
//
//   /__fault?binding=KV&mode=hang   switches a fault on (`off` ends it, `binding=*` means all)
//   /__call?binding=KV              calls the binding as the product sees it, in the Worker; what came back, as JSON
//   /__call?binding=KV&in=object    the same inside the Durable Object
//   /__events                       every line of the event log, as NDJSON
//   /__bucket?prefix=learned/       the names of what is in the bucket
//   /__tables                       every row of every table of every shard, as JSON
//   /__record                       every row of the record of operators; with `?alarm=1` its alarm rings
//   /__read?key=audit/…             what is in the bucket under a name
//   /__alarm?age=86400000           rings the alarm of every shard, as if what has a date were older by so many milliseconds
//   /__outside                      PUT: what the web answers, an object of texts by URL
//
// Modes: `error` rejects, `hang` never answers, `garbage` answers nonsense of the right type, `trap` ends the wasm instance.
import worker, * as exported from "../../build/index.js";

const BINDINGS = ["KV", "RECIPIENTS", "CAMPAIGNS", "REGISTER", "BUCKET", "ASSETS", "EVENTS"];
const OBJECTS = new Set(["RECIPIENTS", "CAMPAIGNS", "REGISTER"]);
const modes = new Map();

/** How a call of `method` fails. */
const FAULTS = {
  error: (name, method) => Promise.reject(new Error(`fault: ${name}.${method}`)),
  // a timer, since workerd ends a request early that nothing could ever answer
  hang: () => new Promise((resolve) => setTimeout(resolve, 600_000)),
  garbage: (_, method, args) => Promise.resolve(garbage(method, args)),
};

const NONSENSE = '\u0000{"garbage":';
const bytes = () => new TextEncoder().encode(NONSENSE).buffer;

function garbage(method, args) {
  switch (method) {
    case "fetch":
      return new Response(NONSENSE);
    case "get":
      return args.length > 1 || typeof args[1] === "string" ? ofType(args[1]?.type ?? args[1]) : NONSENSE;
    case "getWithMetadata":
      return { value: ofType(args[1]?.type ?? args[1]), metadata: { garbage: true }, cacheStatus: null };
    default:
      return undefined;
  }
}

function ofType(type) {
  if (type === "arrayBuffer") return bytes();
  if (type === "stream") return new Response(NONSENSE).body;
  return type === "json" ? { garbage: true } : NONSENSE;
}

/** Methods that answer at once and touch no storage. */
const HARMLESS = new Set(["idFromName", "idFromString", "newUniqueId", "jurisdiction"]);
/** Methods that give a stub, whose calls then fail. */
const STUBS = new Set(["get", "getByName"]);

/** `target` as long as no fault is set for `name`. The `worker` crate tells bindings by their constructor, which stays. */
function faulty(name, target) {
  return new Proxy(target, {
    get(_, key) {
      const mode = modes.get(name);
      if (key === "constructor" && mode === "trap") throw new WebAssembly.RuntimeError("unreachable");
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor") return value;
      return (...args) => {
        const real = () => value.apply(target, args);
        if (OBJECTS.has(name) && STUBS.has(key)) return faulty(name, real());
        return mode in FAULTS && !HARMLESS.has(key) ? FAULTS[mode](name, key, args) : real();
      };
    },
  });
}

function withFaults(env) {
  return new Proxy(env, {
    get: (target, key) => (BINDINGS.includes(key) ? faulty(key, target[key]) : target[key]),
  });
}

/** What the simplest call of each binding gives. */
const CALLS = {
  KV: (kv) => kv.get("__call", "text"),
  BUCKET: (bucket) => bucket.get("__call"),
  EVENTS: (queue) => queue.send({ __call: true }).then(() => "sent"),
  ASSETS: (assets) => assets.fetch("http://assets/__call").then((response) => response.text()),
  RECIPIENTS: (shards) => shards.getByName("__call").fetch("http://object/__control").then((response) => response.text()),
  CAMPAIGNS: (campaigns) => campaigns.getByName("__call").fetch("http://object/__control").then((response) => response.text()),
  REGISTER: (register) => register.getByName("__call").fetch("http://object/__control").then((response) => response.text()),
};

async function callBinding(url, env) {
  const name = url.searchParams.get("binding");
  try {
    return Response.json({ value: await CALLS[name](env[name]) });
  } catch (error) {
    return Response.json({ error: error.message });
  }
}

/** A Durable Object class of the product that sees the faults too. */
function faultyObject(Product) {
  return class extends Product {
    #env;
    #sql;
    constructor(state, env) {
      const seen = withFaults(env);
      super(state, seen);
      this.#env = seen;
      this.#sql = state.storage.sql;
    }
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/__alarm") {
        age(this.#sql, Number(url.searchParams.get("age")));
        await super.alarm();
        return Response.json("rang");
      }
      if (url.pathname === "/__record") {
        if (url.searchParams.has("alarm")) await super.alarm();
        return Response.json(tables(this.#sql));
      }
      if (url.pathname === "/__call") return callBinding(url, this.#env);
      if (url.pathname === "/__tables") return Response.json(tables(this.#sql));
      return url.pathname === "/__control" ? new Response("object") : super.fetch(request);
    }
  };
}

/** What has reached the bucket so far. */
async function events({ BUCKET }) {
  const { objects } = await BUCKET.list({ prefix: "events/" });
  const texts = objects.map(async ({ key }) => {
    const object = await BUCKET.get(key);
    return new Response(object.body.pipeThrough(new DecompressionStream("gzip"))).text();
  });
  return new Response((await Promise.all(texts)).join(""));
}

/** Every row of an object's tables; bytes in hexadecimal. */
function tables(sql) {
  const names = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'").toArray();
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const plain = (value) => (value instanceof ArrayBuffer ? hex(value) : value);
  const rows = (name) => sql.exec(`SELECT * FROM ${name}`).toArray().map((row) => Object.values(row).map(plain));
  return Object.fromEntries(names.map(({ name }) => [name, rows(name)]));
}

/** What every shard answers. */
async function ofShards({ RECIPIENTS, SHARDS }, path) {
  const shards = Array.from({ length: Number(SHARDS) }, (_, i) => RECIPIENTS.getByName(`shard-${i}`));
  return Response.json(await Promise.all(shards.map(async (shard) => (await shard.fetch(`http://object${path}`)).json())));
}

function age(sql, by) {
  for (const table of ["messages", "promises", "firsts"]) sql.exec(`UPDATE ${table} SET at = at - ?`, by);
}

/** What the web answers; told by tests, so that nothing leaves the machine. */
let outside = {};
const inside = globalThis.fetch;
globalThis.fetch = async (request, ...more) => {
  const url = request.url ?? String(request);
  return url in outside ? new Response(outside[url]) : inside(request, ...more);
};

async function names({ BUCKET }, prefix) {
  const { objects } = await BUCKET.list({ prefix });
  return Response.json(objects.map(({ key }) => key));
}

function setFault({ searchParams }) {
  const binding = searchParams.get("binding");
  for (const name of binding === "*" ? BINDINGS : [binding]) modes.set(name, searchParams.get("mode"));
  return new Response(null, { status: 204 });
}

export default {
  ...worker,
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/__fault") return setFault(url);
    if (url.pathname === "/__tables" || url.pathname === "/__alarm") return ofShards(env, url.pathname + url.search);
    if (url.pathname === "/__record") return env.REGISTER.getByName("register").fetch(`http://object${url.pathname}${url.search}`);
    if (url.pathname === "/__read") return new Response((await env.BUCKET.get(url.searchParams.get("key")))?.body ?? null);
    if (url.pathname === "/__outside") {
      outside = await request.json();
      return new Response(null, { status: 204 });
    }
    if (url.pathname === "/__events") return events(env);
    if (url.pathname === "/__bucket") return names(env, url.searchParams.get("prefix"));
    if (url.pathname !== "/__call") return worker.fetch(request, withFaults(env), ctx);
    const inObject = url.searchParams.get("in") === "object";
    return inObject ? env.RECIPIENTS.getByName("__call").fetch(request) : callBinding(url, withFaults(env));
  },
  queue: (batch, env, ctx) => worker.queue(batch, withFaults(env), ctx),
  scheduled: (event, env, ctx) => worker.scheduled(event, withFaults(env), ctx),
};

export const Recipients = faultyObject(exported.Recipients);
export const Campaigns = faultyObject(exported.Campaigns);
export const Register = faultyObject(exported.Register);
