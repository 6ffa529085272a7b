// Draws pictures beside the page, so that the page never waits for one: files are fetched as the engine asks for them, and kept.

interface Painter { wants(picture: string): string[]; supply(path: string, bytes?: Uint8Array): void; draw(picture: string, extension: string): Uint8Array }

let secret = "";
const ready = (async () => {
  // @ts-expect-error the module is built beside the studio, not with it
  const module = await import("/painter/painter.js");
  await module.default();
  return new module.Painter() as Painter;
})();

/** A stored file: the Worker reads the bucket first, then its assets. */
async function file(path: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(`/v1/files/${encodeURIComponent(path)}`, { headers: { authorization: `Bearer ${secret}` } });
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
}

const files = new Map<string, Promise<Uint8Array | undefined>>();

async function draw(picture: string, format: string): Promise<Uint8Array> {
  const painter = await ready;
  await Promise.all(
    painter.wants(picture).map(async (path) => {
      if (!files.has(path)) files.set(path, file(path));
      const bytes = await files.get(path);
      if (!bytes) files.delete(path);
      painter.supply(path, bytes);
    }),
  );
  return painter.draw(picture, format);
}

self.onmessage = async ({ data }: MessageEvent<{ secret?: string; id?: number; picture?: string; format?: string }>) => {
  if (data.secret !== undefined) secret = data.secret;
  if (data.id === undefined) return;
  try {
    self.postMessage({ id: data.id, bytes: await draw(data.picture ?? "", data.format ?? "png") });
  } catch (error) {
    self.postMessage({ id: data.id, error: error instanceof Error ? error.message : String(error) });
  }
};
