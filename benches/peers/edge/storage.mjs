// KV, R2 and a queue for plain workerd, which knows these bindings but has no storage behind them: each is a service that speaks the binding's protocol, and here it keeps
// everything in memory. Only as much of it as the Worker uses.

const kept = new Map();

/** `GET`, `PUT` and `DELETE` of a key in the path. */
export const kv = {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === "PUT") kept.set(pathname, await request.arrayBuffer());
    if (request.method === "DELETE") kept.delete(pathname);
    if (request.method !== "GET") return new Response();
    return kept.has(pathname) ? new Response(kept.get(pathname)) : new Response(null, { status: 404 });
  },
};

const described = (name, bytes) =>
  new TextEncoder().encode(JSON.stringify({ name, version: "1", size: String(bytes.byteLength), etag: "1", uploaded: "0", httpFields: {}, customFields: [], checksums: {} }));
const answer = (name, bytes, body = bytes) => {
  const head = described(name, bytes);
  const all = new Uint8Array(head.byteLength + body.byteLength);
  all.set(head);
  all.set(new Uint8Array(body), head.byteLength);
  return new Response(all, { headers: { "cf-r2-metadata-size": String(head.byteLength) } });
};
const missing = () => new Response(null, { status: 404, headers: { "cf-r2-error": JSON.stringify({ version: 1, v4code: 10007, message: "no such object" }) } });

/** Reading says what it wants in a header, writing at the head of its body. */
export const r2 = {
  async fetch(request) {
    if (request.method === "GET") {
      const { object } = JSON.parse(request.headers.get("cf-r2-request"));
      return kept.has(object) ? answer(object, kept.get(object)) : missing();
    }
    const bytes = new Uint8Array(await request.arrayBuffer()), size = Number(request.headers.get("cf-r2-metadata-size"));
    const { method, object } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, size)));
    if (method !== "put") return new Response(null, { headers: { "cf-r2-metadata-size": "0" } });
    const value = bytes.slice(size).buffer;
    kept.set(object, value);
    return answer(object, value, new ArrayBuffer(0));
  },
};

let messages = 0;

/** Takes what it is given, and forgets it; a `GET` tells how much it was. */
export const queue = {
  async fetch(request) {
    if (request.method === "GET") return new Response(String(messages));
    await request.arrayBuffer();
    messages++;
    return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 } } });
  },
};

export default kv;
