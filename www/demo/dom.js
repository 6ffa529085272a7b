// Building pages without markup in strings: nothing that came over the wire is ever parsed as HTML.

/** h("a.card", { href: "/" }, "text", child, …). `style` goes through the style object, which a strict CSP allows. */
export function h(what, props = {}, ...children) {
  const [tag, ...classes] = what.split("."), node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "style") node.style.cssText = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return node;
}

const PATHS = {
  check: "M5 10.500 8.500 14 15 6.500", cross: "M6 6l8 8M14 6l-8 8", narrow: "M4 6h12M6.500 10h7M9 14h2", quiet: "M12.500 4.200a6.300 6.300 0 1 0 3.400 8.200 5 5 0 0 1-3.400-8.200Z",
  hold: "M7.500 5.500v9M12.500 5.500v9", back: "M8 5 4 9l4 4M4.500 9H12a4 4 0 0 1 0 8h-2", all: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z", mail: "M3 5.500h14v10H3zM3.500 6l6.500 5.500L16.500 6", lost: "M10 6v5M10 14v.1M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15Z",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg", node = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", "stroke-width": "1.9", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) node.setAttribute(key, value);
  path.setAttribute("d", PATHS[name]);
  node.append(path);
  return node;
}
