// Requests over connections that stay open, with as little work for each as can be: the one who asks shares the machine with the one who is asked.
import net from "node:net";

/** One connection: requests one after another. */
class Line {
  constructor(port) {
    this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.waiting = undefined;
    this.parts = [];
    this.socket.on("data", (part) => this.#heard(part));
    this.socket.on("error", (error) => this.waiting?.reject(error));
    this.socket.on("close", () => this.waiting?.reject(new Error("the connection was closed")));
  }

  /** The status of the answer. */
  ask(request) {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  #heard(part) {
    this.parts.push(part);
    const all = this.parts.length === 1 ? part : Buffer.concat(this.parts);
    this.parts = [all];
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = all.latin1Slice(0, end).toLowerCase();
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    const whole = length === undefined ? head.includes("chunked") && all.subarray(-5).equals(LAST) : all.length >= end + 4 + Number(length);
    if (!whole) return;
    this.parts = [];
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve(Number(head.slice(9, 12)));
  }
}
/** How long a paced load takes to become even. */
const SETTLED_MS = 1000;
const LAST = Buffer.from("0\r\n\r\n");

export class Load {
  constructor(base, connections) {
    this.host = new URL(base).host;
    this.port = Number(new URL(base).port);
    this.connections = connections;
  }

  /** Connections for one round: a server closes those that are idle for long. */
  async #connected(work) {
    const lines = Array.from({ length: this.connections }, () => new Line(this.port));
    try {
      return await work(lines);
    } finally {
      for (const line of lines) line.socket.destroy();
    }
  }

  request({ path, method = "GET", headers = {}, body = "" }) {
    const all = { host: this.host, ...headers, ...(body && { "content-length": Buffer.byteLength(body) }) };
    return Buffer.from(`${method} ${path} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);
  }

  /** Each connection asks as soon as it was answered, for so many milliseconds. How many answers, and in how many seconds. */
  most(next, expected, milliseconds) {
    return this.#connected((lines) => this.#most(lines, next, expected, milliseconds));
  }

  async #most(lines, next, expected, milliseconds) {
    const began = performance.now(), until = began + milliseconds;
    let answers = 0;
    await Promise.all(lines.map(async (line) => {
      while (performance.now() < until) {
        const status = await line.ask(next());
        if (status !== expected) throw new Error(`answered with ${status}, not ${expected}`);
        answers++;
      }
    }));
    return { answers, seconds: (performance.now() - began) / 1000 };
  }

  /** So many requests a second, whether or not the ones before were answered: waiting for a free connection counts. The milliseconds of each, in order of size. */
  paced(next, perSecond, milliseconds) {
    return this.#connected((lines) => this.#paced(lines, next, perSecond, milliseconds));
  }

  async #paced(lines, next, perSecond, milliseconds) {
    const free = [...lines], due = [], took = [];
    const began = performance.now();
    let sent = 0, answered = 0, failed;
    const serve = () => {
      while (free.length && due.length) {
        const line = free.pop(), since = due.shift();
        line.ask(next()).then(() => {
          answered++;
          // while connections open, requests pile up
          if (since - began > SETTLED_MS) took.push(performance.now() - since);
          free.push(line);
          serve();
        }, (error) => (failed = error));
      }
    };
    while (performance.now() - began < milliseconds && !failed) {
      for (const until = ((performance.now() - began) / 1000) * perSecond; sent < until; sent++) due.push(began + (sent / perSecond) * 1000);
      serve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (answered < sent && !failed) await new Promise((resolve) => setImmediate(resolve));
    if (failed) throw failed;
    return took.sort((a, b) => a - b);
  }
}
