// The Worker's routes, spoken to with the admin secret. The secret stays in this tab: session storage, nothing else.
import { signal } from "@preact/signals";
import { supplyFrom, type Problem } from "./engine.js";

const KEY = "apropos-secret";
export const secret = signal(sessionStorage.getItem(KEY) ?? "");
if (secret.value) supplyFrom(secret.value);

/** What a route said was wrong. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly problems: Problem[] = []) {
    super(message);
  }
}

/** A call; the answer's text. */
export async function ask(path: string, init: RequestInit = {}): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${secret.value}` } });
  } catch {
    throw new Refusal(0, "The Worker can’t be reached. Check the connection, then try again.");
  }
  const text = await answer.text();
  if (answer.ok) return text;
  if (answer.status === 401) signOut("That secret isn’t known here. It is ADMIN_SECRET of the deployment; in `cargo xtask dev` it is printed at the start.");
  let said: { error?: string; problems?: Problem[] } = {};
  try { said = JSON.parse(text); } catch { /* no JSON: the status says it */ }
  throw new Refusal(answer.status, said.error ?? `The Worker answered ${answer.status}.`, said.problems);
}

export const json = async <T>(path: string, init?: RequestInit): Promise<T> => JSON.parse(await ask(path, init)) as T;
/** The same, or nothing when there is nothing of that name or no such route. */
export async function perhaps<T>(path: string): Promise<T | undefined> {
  try {
    return await json<T>(path);
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 405)) return undefined;
    throw error;
  }
}

/** Why somebody is asked to sign in again. */
export const refused = signal("");

export async function signIn(text: string): Promise<void> {
  const answer = await fetch("/v1/campaigns", { headers: { authorization: `Bearer ${text}` } });
  if (answer.status === 401) throw new Refusal(401, "That secret isn’t known here. It is ADMIN_SECRET of the deployment; `cargo xtask dev` prints it.");
  // an older Worker doesn't list campaigns, and knows the secret all the same
  if (!answer.ok && answer.status !== 404) throw new Refusal(answer.status, ((await answer.json().catch(() => ({}))) as { error?: string }).error ?? `The Worker answered ${answer.status}. Try again in a minute.`);
  sessionStorage.setItem(KEY, text);
  refused.value = "";
  supplyFrom(text);
  secret.value = text;
}

export function signOut(why = ""): void {
  sessionStorage.removeItem(KEY);
  refused.value = why;
  secret.value = "";
}
