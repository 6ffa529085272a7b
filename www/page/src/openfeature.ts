// Slots as flags, for teams that read them through OpenFeature. A module of the npm package; `@openfeature/web-sdk` is theirs.
//
//   await OpenFeature.setProviderAndWait(new AproposProvider(apropos));
//   client.getStringValue("hero", "default")              the variant's id
//   client.getBooleanValue("hero", false)                 whether a variant is shown at all
//   client.getObjectValue("hero", {})                     all of it
//   client.getStringValue("hero.headline", "Welcome")     one of its fields
//
// Where nothing was decided for a slot, the default is the value. The context of OpenFeature is not used: what a decision is made from is the campaign's to say and the visitor's
// to allow.
import { ErrorCode, OpenFeatureEventEmitter, ProviderEvents, StandardResolutionReasons, TypeMismatchError } from "@openfeature/web-sdk";
import type { EvaluationContext, FlagMetadata, JsonValue, Provider, ResolutionDetails, TrackingEventDetails } from "@openfeature/web-sdk";
import type { Apropos } from "./api.js";
import type { PageDecision, SlotDecision } from "./types.js";

export class AproposProvider implements Provider {
  readonly metadata = { name: "apropos" } as const;
  readonly runsOn = "client";
  readonly events = new OpenFeatureEventEmitter();
  readonly #apropos: Apropos;
  #last = "";

  constructor(apropos: Apropos) {
    this.#apropos = apropos;
  }

  /** Ready once there is a decision; without one it fails, and defaults are the values. */
  async initialize(): Promise<void> {
    const decision = await this.#apropos.ready;
    if (!decision) throw new Error("apropos could not decide");
    this.#last = JSON.stringify(decision.slots);
    document.addEventListener("apropos:decision", this.#changed);
  }

  async onClose(): Promise<void> {
    document.removeEventListener("apropos:decision", this.#changed);
  }

  readonly #changed = ({ detail }: { detail: PageDecision }) => {
    const slots = JSON.stringify(detail.slots);
    if (slots === this.#last) return;
    this.#last = slots;
    this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: detail.slots.map(({ slot }) => slot) });
  };

  resolveBooleanEvaluation(key: string, otherwise: boolean): ResolutionDetails<boolean> {
    return this.#resolve(key, otherwise, ({ fallback }) => !fallback);
  }

  resolveStringEvaluation(key: string, otherwise: string): ResolutionDetails<string> {
    return this.#resolve(key, otherwise, ({ variant }) => variant);
  }

  resolveNumberEvaluation(key: string, otherwise: number): ResolutionDetails<number> {
    return this.#resolve(key, otherwise, () => {
      throw new TypeMismatchError(`${key} is no number: ask for a field, ${key}.width`);
    });
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, otherwise: T): ResolutionDetails<T> {
    return this.#resolve(key, otherwise, (slot) => ({ ...slot }) as unknown as T);
  }

  track(event: string, _context: EvaluationContext, { value, ...more }: TrackingEventDetails): void {
    this.#apropos.track(event, { ...more, ...(value !== undefined && { value }) });
  }

  /** The value of a slot, or of a field of one, if it is of the default's type. */
  #resolve<T>(key: string, otherwise: T, whole: (slot: SlotDecision) => T | null): ResolutionDetails<T> {
    const { decision } = this.#apropos;
    if (!decision) return { value: otherwise, reason: StandardResolutionReasons.ERROR, errorCode: ErrorCode.PROVIDER_NOT_READY };
    const [name, field] = key.split(".", 2) as [string, keyof SlotDecision | undefined];
    const slot = decision.slots.find((each) => each.slot === name);
    if (!slot || (field && !Object.hasOwn(slot, field))) return { value: otherwise, reason: StandardResolutionReasons.ERROR, errorCode: ErrorCode.FLAG_NOT_FOUND };
    const flagMetadata: FlagMetadata = { campaign: decision.campaign, version: decision.version, outcome: decision.outcome, probability: decision.probability };
    if (decision.outcome !== "show" || slot.fallback || slot.variant === null) return { value: otherwise, reason: StandardResolutionReasons.DEFAULT, flagMetadata };
    const value = field ? slot[field] : whole(slot);
    if (typeof value !== typeof otherwise || value === null) throw new TypeMismatchError(`${key} is a ${value === null ? "null" : typeof value}`);
    return { value: value as T, variant: slot.variant, reason: StandardResolutionReasons.SPLIT, flagMetadata };
  }
}
