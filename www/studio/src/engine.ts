// The engine in the page: campaigns read, checked and decided by, with the very code of the Worker. Decisions are made here, at once; pictures are drawn by a worker beside the page.

export interface Problem { line: number; column: number; length: number; path: string; message: string; help?: string }

export interface Contribution { name: string; with?: string; value: unknown; effect: number; serves: string; purpose: string | null; why: string }
export interface Arm { id: string; utility: number; probability: number; chosen: boolean; learned?: { exposures: number; sentence: string } }
export interface Report {
  campaign: string; version: string; model: string; learned?: string;
  outcome: "show" | "suppress" | "hold_out" | "fall_back";
  cause: string | null; probability: number; decided_at: string;
  assembly: { slot: string; variant: string | null }[];
  reasons: string[]; for_recipient: string[];
  otherwise?: { signal: string; from: unknown; to: unknown; sentence?: string; [more: string]: unknown };
  guardrails: { name: string; verdict: "pass" | "narrow" | "forbid"; note: string }[];
  intent: { head: string; value: number; signals: Contribution[] }[];
  worth?: number;
  weighed: { slot: string; variants: Arm[] }[];
}

/** What an image slot shows; `picture` is what the painter draws. */
export interface Shown { slot: string; variant: string | null; alt: string; url: string | null; width: number; height: number; format: string; picture: string }

export interface Question {
  profile?: Record<string, unknown>; request?: Record<string, unknown>; live?: unknown; learned?: unknown; feeds?: unknown;
  now?: string | number; seed?: number; subject?: string; first_open?: string; session?: unknown;
}

export interface Engine {
  readonly version: string;
  decide(question: Question): Report;
  pictures(question: Question): Shown[];
  variants(question: Question): Shown[];
  snippet(esp: string, field: string, base: string): string;
  warnings(): Problem[];
  free(): void;
}

export interface Provider { name: string; title: string; place: string; tag: string }
export interface Signal { name: string; serves: string; purpose: string | null; why: string }

export interface Module {
  default(): Promise<unknown>;
  Engine: new (text: string) => Engine;
  check(text: string): Problem[];
  model(): string;
  signals(): Signal[];
  opener(name: string): Record<string, unknown> | undefined;
  providers(): Provider[];
  version(): string;
}

let loaded: Promise<Module> | undefined;

/** The engine's module, fetched once. */
export function engine(): Promise<Module> {
  loaded ??= (async () => {
    // @ts-expect-error the module is built beside the studio, not with it
    const module = (await import("/pkg/apropos.js")) as Module;
    await module.default();
    return module;
  })();
  return loaded;
}

// --- the painter

type Job = { resolve: (url: string) => void; reject: (error: Error) => void; type: string };

const MIME: Record<string, string> = { png: "image/png", jpg: "image/jpeg", gif: "image/gif" };
/** How many drawn pictures are kept. */
const KEPT = 240;

let painter: Worker | undefined, count = 0;
const jobs = new Map<number, Job>(), drawn = new Map<string, Promise<string>>();

/** Where files are read from; told once somebody has signed in. */
export function supplyFrom(secret: string): void {
  if (!painter) {
    painter = new Worker("/studio/dist/painter.js", { type: "module" });
    painter.onmessage = ({ data: { id, bytes, error } }: MessageEvent<{ id: number; bytes?: Uint8Array<ArrayBuffer>; error?: string }>) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (bytes) job?.resolve(URL.createObjectURL(new Blob([bytes], { type: job.type })));
      else job?.reject(new Error(error));
    };
  }
  painter.postMessage({ secret });
}

/** The address of a drawn picture. The same picture is drawn once. */
export function draw(picture: string, format: string): Promise<string> {
  const key = `${format}\n${picture}`;
  let url = drawn.get(key);
  if (!url) {
    url = new Promise<string>((resolve, reject) => {
      jobs.set(++count, { resolve, reject, type: MIME[format] ?? "image/png" });
      painter?.postMessage({ id: count, picture, format });
    });
    drawn.set(key, url);
    url.catch(() => drawn.delete(key));
    const oldest = drawn.size > KEPT ? drawn.entries().next().value : undefined;
    if (oldest) {
      drawn.delete(oldest[0]);
      void oldest[1].then((old) => setTimeout(() => URL.revokeObjectURL(old), 5000), () => {});
    }
  }
  return url;
}
