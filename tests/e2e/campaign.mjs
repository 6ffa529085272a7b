// The campaign of these tests: one that is decided by whoever looks, with an image for each extension.

const image = (name) => `demo/art/${name}.png`;

/** The document; `change` may edit it before it is published. */
export function campaign(id, change = () => {}) {
  const document = {
    id,
    landing: "https://shop.example/",
    value: { currency: "EUR", click: 0.3, convert: 18 },
    sticky: "24h",
    // nobody is left alone to find out what messages add: that would be left to chance here
    exploration: { silence: 0 },
    slots: [
      {
        name: "hero", kind: "image", width: 600, height: 300, fallback: "default",
        variants: [
          { id: "default", image: image("default"), alt: "Spring", url: "https://shop.example/default" },
          ...["sale", "repair", "new-in"].map((name) => ({
            id: name, image: image(name), alt: name, url: `https://shop.example/${name}`,
            text: { headline: "{first_name|Hello} & you", subline: "Come and see", button: "Go" },
          })),
        ],
      },
      {
        name: "cta", kind: "image", width: 600, height: 88, fallback: "explore",
        variants: ["explore", "sale"].map((name) => ({ id: name, image: image(`cta-${name}`), alt: name, url: `https://shop.example/cta-${name}` })),
      },
    ],
  };
  change(document);
  return document;
}

/** A recipient who allows everything. */
export const consenting = (id, more = {}) => ({
  id,
  traits: { first_name: "Ana", timezone: "Europe/Zagreb" },
  consent: { email: { marketing: true, personalization: true, measurement: true } },
  ...more,
});

/** Publishes a campaign. */
export async function publish(app, document) {
  const answer = await app.admin(`/v1/campaigns/${document.id}`, { method: "PUT", json: document });
  if (answer.status !== 200) throw new Error(await answer.text());
}

/** Imports profiles. */
export async function importProfiles(app, ...profiles) {
  const answer = await app.admin("/v1/profiles", { method: "PUT", body: profiles.map((p) => JSON.stringify(p)).join("\n") });
  const { imported } = await answer.json();
  if (imported !== profiles.length) throw new Error(`only ${imported} profiles landed`);
}
