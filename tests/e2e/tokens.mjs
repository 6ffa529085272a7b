// Recipient tokens, made here a second time from their documented layout (src/token.rs), so that the Worker's reading of them is checked against
// something other than itself.
import { createHmac } from "node:crypto";
import { SECRETS } from "./harness.mjs";

const SHARDS = 16;

const mac = (key, ...parts) => {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, 16);
};

/** A token for the recipient `id`; `key` is `{ id, secret }`, the harness's own when left out. */
export function token(id, key = { id: 1, secret: Buffer.from(JSON.parse(SECRETS.TOKEN_KEYS)[0].key, "base64url") }) {
  const recipient = mac(SECRETS.RECIPIENT_SECRET, "apropos recipient 1\0", id);
  const shard = Number((BigInt(recipient.readUInt32BE(0)) * BigInt(SHARDS)) >> 32n);
  const body = Buffer.concat([Buffer.from([key.id, shard >> 8, shard & 255]), recipient]);
  return Buffer.concat([body, mac(key.secret, "apropos token 1\0", body)]).toString("base64url");
}
