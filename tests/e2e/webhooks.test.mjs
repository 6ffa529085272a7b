// What providers tell of messages: heard only with their real signatures, made here with keys of our own.
import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync, X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { start } from "./harness.mjs";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:mails";
const CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-test.pem";
const sendgridKeys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const spki = ({ publicKey }) => publicKey.export({ type: "spki", format: "der" }).toString("base64");
const app = await start({
  vars: {
    SENDGRID_WEBHOOK_KEY: `${spki(other)} ${spki(sendgridKeys)}`,
    MAILGUN_WEBHOOK_KEY: "mailgun-key",
    POSTMARK_WEBHOOK_AUTH: "postmark:p4ss",
    SNS_TOPICS: TOPIC,
  },
});
after(() => app.stop());
await publish(app, campaign("webhooks"));

const seconds = (ago = 0) => Math.floor(Date.now() / 1000) - ago;
const post = (path, body, headers = {}) => app.get(`/v1/webhooks/${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
const profile = async (id) => (await (await app.admin(`/v1/recipients/${id}`)).json()).profile;
const count = (value) => Math.round(value ?? 0);

function sendgrid(events, { keys = sendgridKeys, at = seconds(), body = JSON.stringify(events), sent = body } = {}) {
  const signature = createSign("sha256").update(`${at}${body}`).sign(keys.privateKey, "base64");
  return post("sendgrid", sent, { "x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": String(at) });
}

test("SendGrid", async () => {
  await importProfiles(app, consenting("sg"));
  const event = (name, id, more) => ({ email: "sg@example.com", timestamp: seconds(60), event: name, sg_event_id: id, sg_message_id: "m.filter", apropos_id: "sg", ...more });
  const events = [
    event("delivered", "1"),
    event("open", "2", { useragent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Thunderbird/91.0", sg_machine_open: false }),
    event("open", "3", { sg_machine_open: true }),
    event("click", "4", { url: "https://shop.example/tents" }),
    event("click", "5", { url: `${app.base}/c/webhooks/hero?r=x` }),
    event("delivered", "6", { apropos_id: undefined, email: "sg" }),
  ];
  for (let i = 0; i < 2; i++) assert.equal((await sendgrid(events)).status, 200);
  const { engagement } = await profile("sg");
  assert.deepEqual([engagement.delivered, engagement.opens, engagement.clicks].map(count), [1, 1, 1], JSON.stringify(engagement));
  assert.equal((await sendgrid([event("group_unsubscribe", "7")])).status, 200);
  assert.equal((await profile("sg")).consent.email.marketing.granted, false);

  const body = JSON.stringify([event("spamreport", "8")]);
  const wrong = [
    await sendgrid([], { body, sent: body.replace("spamreport", "delivered!") }),
    await sendgrid([], { body, at: seconds(2 * 86400) }),
    await sendgrid([], { body, at: seconds(-3600) }),
    await sendgrid([], { body, keys: generateKeyPairSync("ec", { namedCurve: "prime256v1" }) }),
    await post("sendgrid", body),
    await post("sendgrid", body, { "x-twilio-email-event-webhook-signature": "AAAA", "x-twilio-email-event-webhook-timestamp": String(seconds()) }),
  ];
  assert.deepEqual(wrong.map(({ status }) => status), [401, 401, 401, 401, 401, 401]);
  assert.equal((await sendgrid([], { body, keys: other })).status, 200, "keys rotate");
  assert.equal((await app.get("/v1/webhooks/sendgrid")).status, 405);
  assert.equal((await post("elsewhere", body)).status, 404);
});

test("Postmark", async () => {
  await importProfiles(app, consenting("pm"));
  const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  const record = JSON.stringify({ RecordType: "Bounce", ID: 42, Type: "HardBounce", MessageID: "883953f4", Metadata: { apropos_id: "pm" }, Email: "john@example.com", BouncedAt: new Date().toISOString() });
  for (let i = 0; i < 2; i++) assert.equal((await post("postmark", record, basic("postmark:p4ss"))).status, 200);
  assert.equal(count((await profile("pm")).engagement.bounces), 1);
  for (const text of ["postmark:", "postmark:p4ss2", ":", "p4ss"]) assert.equal((await post("postmark", record, basic(text))).status, 401, text);
  assert.equal((await post("postmark", record)).status, 401);
});

test("Mailgun, whose signature covers no event", async () => {
  await importProfiles(app, consenting("mg"));
  const sign = (timestamp, token, key = "mailgun-key") => ({ timestamp, token, signature: createHmac("sha256", key).update(timestamp + token).digest("hex") });
  const event = (name, id) => ({ event: name, id, timestamp: Date.now() / 1000, recipient: "alice@example.com", "user-variables": { apropos_id: "mg" } });
  const send = (signature, data) => post("mailgun", JSON.stringify({ signature, "event-data": data }));
  const now = String(seconds());
  const delivered = event("delivered", "a");
  for (let i = 0; i < 2; i++) assert.equal((await send(sign(now, "token-1"), delivered)).status, 200, "Mailgun tries again");
  assert.equal(count((await profile("mg")).engagement.delivered), 1);
  const wrong = [
    await send(sign(now, "token-1"), event("complained", "b")), // a captured signature around something else
    await send({ ...sign(now, "token-2"), token: "token-3" }, delivered),
    await send(sign(now, "token-4", "another-key"), delivered),
    await send(sign(String(seconds(2 * 86400)), "token-5"), delivered),
    await send({ ...sign(now, "token-6"), signature: "zz" }, delivered),
  ];
  assert.deepEqual(wrong.map(({ status }) => status), [401, 401, 401, 401, 401]);
  assert.equal((await profile("mg")).consent.email.marketing.granted, true);
  assert.equal((await send(sign(now, "token-7"), event("complained", "c"))).status, 200);
  assert.equal((await profile("mg")).consent.email.marketing.granted, false);
  assert.equal((await post("mailgun", "{}")).status, 400);
});

test("SES through SNS, with a certificate of its own", async () => {
  await importProfiles(app, consenting("ses"));
  const folder = mkdtempSync(join(tmpdir(), "apropos-sns-"));
  const file = (name) => join(folder, name);
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file("key"), "-out", file("pem"), "-days", "2", "-subj", "/CN=sns.amazonaws.com"], { stdio: "ignore" });
  const [pem, key] = [readFileSync(file("pem"), "utf8"), readFileSync(file("key"), "utf8")];
  rmSync(folder, { recursive: true });
  assert.ok(new X509Certificate(pem));
  const SUBSCRIBE = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t";
  const sign = (message, version = "2") => {
    const fields = message.Type === "Notification" ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"] : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
    const text = fields.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`).join("");
    return { ...message, SignatureVersion: version, Signature: createSign(version === "1" ? "sha1" : "sha256").update(text).sign(key, "base64"), SigningCertURL: CERTIFICATE };
  };
  const message = (id, event, more = {}) => ({ Type: "Notification", MessageId: id, TopicArn: TOPIC, Timestamp: new Date().toISOString(), Message: JSON.stringify({ mail: { tags: { apropos_id: ["ses"] } }, ...event }), ...more });
  const open = { eventType: "Open", open: { timestamp: new Date().toISOString(), userAgent: "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
  const send = (body) => post("ses", JSON.stringify(body), { "content-type": "text/plain; charset=UTF-8" });

  assert.equal((await send(sign(message("0", open)))).status, 503, "no certificate, no answer");
  await app.outside({ [CERTIFICATE]: pem });
  for (const version of ["1", "2", "2"]) assert.equal((await send(sign(message("1", open, { Subject: "Amazon SES" }), version))).status, 200);
  assert.equal(count((await profile("ses")).engagement.opens), 1);
  const complaint = message("2", { eventType: "Complaint", complaint: { timestamp: new Date().toISOString() } });
  const signed = sign(complaint);
  const wrong = [
    await send({ ...signed, Message: signed.Message.replace("Complaint", "complaint") }),
    await send({ ...signed, SigningCertURL: "https://evil.example/sns.pem" }),
    await send({ ...signed, SigningCertURL: `${CERTIFICATE.replace("sns.", "bucket.s3.")}` }),
    await send({ ...signed, SignatureVersion: "3" }),
    await send(sign({ ...complaint, TopicArn: `${TOPIC}-of-somebody` })),
    await send(sign({ ...complaint, Timestamp: new Date(Date.now() - 2 * 86_400_000).toISOString() })),
  ];
  assert.deepEqual(wrong.map(({ status }) => status), [401, 401, 401, 401, 401, 401]);
  assert.equal((await send(signed)).status, 200);
  assert.equal((await profile("ses")).consent.email.marketing.granted, false);

  const confirmation = (url) => sign({ Type: "SubscriptionConfirmation", MessageId: "3", TopicArn: TOPIC, Timestamp: new Date().toISOString(), Token: "t", Message: "You have chosen to subscribe …", SubscribeURL: url });
  assert.equal((await send(confirmation("https://evil.example/"))).status, 401);
  assert.equal((await send(confirmation(SUBSCRIBE))).status, 503, "SNS doesn't answer");
  await app.outside({ [CERTIFICATE]: pem, [SUBSCRIBE]: "<ConfirmSubscriptionResponse/>" });
  assert.equal((await send(confirmation(SUBSCRIBE))).status, 200);
});
