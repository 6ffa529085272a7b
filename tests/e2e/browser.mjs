// A real browser with an empty profile that reaches nothing but loopback.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const flags = JSON.parse(readFileSync(new URL("../chromium-flags.json", import.meta.url), "utf8"));

/** Starts Chromium. `options` are those of playwright's `launchPersistentContext`: viewport, locale, timezoneId, … */
export async function startBrowser(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "apropos-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: flags,
    ...options,
  });
  return {
    context,
    /** A page, and the list of what went wrong on it: exceptions and failed loads. */
    open: async (url) => {
      const page = await context.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("requestfailed", (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
      await page.goto(url);
      return { page, errors };
    },
    stop: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
