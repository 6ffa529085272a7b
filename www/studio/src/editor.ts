// The editor, fetched when somebody writes: JSON with what the schema offers, and the problems that the engine's own checker finds, each at its place. It lives in a shadow root, where its styles are
// sheets of their own: the page's policy allows no inline ones.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentUnit, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { MergeView } from "@codemirror/merge";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { SyntaxNode } from "@lezer/common";
import type { Problem } from "./engine.js";
import { at, keys, values, type Schema, type Step } from "./schema.js";

const colours = EditorView.theme({
  "&": { height: "100%", fontSize: "13.5px", color: "var(--ink)", backgroundColor: "var(--card)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--accent)", padding: "12px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--faint)", border: "0" },
  ".cm-activeLine": { backgroundColor: "var(--wash)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--wash)", color: "var(--ink)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "10px", boxShadow: "var(--shadow)", overflow: "hidden", maxWidth: "460px" },
  "&.cm-editor .cm-tooltip-autocomplete > ul > li": { padding: "5px 12px", fontFamily: "inherit" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-fill)", color: "#fff" },
  ".cm-completionInfo, .hint": { padding: "8px 12px", font: "13.5px/1.45 Inter, sans-serif" },
  ".cm-diagnostic": { padding: "8px 12px", font: "13.5px/1.45 Inter, sans-serif", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--against)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "wavy underline var(--against) 1.5px", textUnderlineOffset: "3px" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)" },
  ".cm-mergeView, .cm-mergeViewEditors": { height: "100%" },
  ".cm-deletedChunk": { backgroundColor: "var(--against-wash)" },
  "&.cm-merge-a .cm-changedLine": { backgroundColor: "var(--against-wash)" },
  "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--for-wash)" },
  ".cm-changedText": { background: "none", fontWeight: "700" },
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "'…'" },
  ".cm-collapsedLines": { background: "var(--sunk)", color: "var(--soft)", padding: "4px 12px" },
});
const ink = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" }, { tag: tags.string, color: "var(--for)" }, { tag: tags.number, color: "var(--none)" }, { tag: [tags.bool, tags.null], color: "var(--hold)" }, { tag: tags.punctuation, color: "var(--soft)" },
]);

const common: Extension = [lineNumbers(), foldGutter(), drawSelection(), bracketMatching(), json(), syntaxHighlighting(ink), colours, EditorView.lineWrapping, indentUnit.of("  ")];

const textOf = (state: EditorState, node: SyntaxNode) => { try { return JSON.parse(state.sliceDoc(node.from, node.to)) as string; } catch { return state.sliceDoc(node.from, node.to).replaceAll('"', ""); } };

/** The way from the root to a node. */
function path(state: EditorState, from: SyntaxNode | null): Step[] {
  const steps: Step[] = [];
  for (let node = from; node?.parent; node = node.parent) {
    if (node.parent.name === "Property" && node.name !== "PropertyName") {
      const key = node.parent.getChild("PropertyName");
      if (key) steps.unshift(textOf(state, key));
    } else if (node.parent.name === "Array") {
      let index = 0;
      for (let before = node.prevSibling; before; before = before.prevSibling) if (!["[", "]", ",", "⚠"].includes(before.name)) index++;
      steps.unshift(index);
    }
  }
  return steps;
}

function offers(schema: Schema) {
  return ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    const node = syntaxTree(state).resolveInner(pos, -1), before = state.sliceDoc(Math.max(0, pos - 60), pos);
    const word = /[\w$."-]*$/.exec(before)?.[0] ?? "", start = pos - word.length;
    const property = node.name === "PropertyName" ? node.parent : node.name === "Property" ? node : undefined;
    const isValue = /:\s*[\w$."-]*$/.test(before) || (node.name === "String" && node.parent?.name === "Array");
    if (!explicit && !word && !/[{,:]\s*$/.test(before)) return null;
    const quotedAfter = state.sliceDoc(pos, pos + 1) === '"';
    if (isValue) {
      const owner = property ?? node;
      const steps = owner.name === "Property" ? [...path(state, owner), textOf(state, owner.getChild("PropertyName") ?? owner)] : path(state, node.name === "String" || node.parent?.name === "Property" ? node : node);
      const options = values(schema, steps).map((label) => ({ label, type: "constant", apply: quotedAfter && label.endsWith('"') ? label.slice(0, -1) : label }));
      return options.length ? { from: start, options } : null;
    }
    let object: SyntaxNode | null = property?.parent ?? node;
    while (object && object.name !== "Object") object = object.parent;
    if (!object) return null;
    const taken = new Set(object.getChildren("Property").map((known) => known.getChild("PropertyName")).filter((key) => key && key.from !== start).map((key) => textOf(state, key!)));
    const options = keys(schema, path(state, object)).filter(({ label }) => !taken.has(label)).map(({ label, detail, required }) => ({
      label: `"${label}"`, info: detail || undefined!, type: "property", boost: required ? 1 : 0, apply: quotedAfter ? `"${label}` : `"${label}": `,
    }));
    return options.length ? { from: start, options } : null;
  };
}

/** What the schema says of a key, beside the pointer. */
const hints = (schema: Schema) =>
  hoverTooltip((view, pos) => {
    const node = syntaxTree(view.state).resolveInner(pos);
    if (node.name !== "PropertyName" || !node.parent) return null;
    const steps = [...path(view.state, node.parent), textOf(view.state, node)];
    const text = at(schema, steps).find(({ description }) => description)?.description;
    if (!text) return null;
    return { pos: node.from, above: true, create: () => ({ dom: Object.assign(document.createElement("div"), { className: "hint", textContent: text }) }) };
  });

const place = (state: EditorState, { line, column, length }: Problem) => {
  const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines)), characters = [...at.text];
  const units = (count: number) => characters.slice(0, count).join("").length;
  return { from: at.from + units(column - 1), to: Math.min(at.to, at.from + units(column - 1 + length)) };
};

export interface Editor { show(problems: Problem[]): void; go(problem: Problem): void; replace(text: string): void; focus(): void; destroy(): void; readonly view: EditorView }

/** An editor in `host`; `changed` hears of every change, `at` of where the cursor is. */
export function edit(host: HTMLElement, text: string, schema: Schema | undefined, changed: (text: string) => void, moved: (path: Step[]) => void): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const parent = root.appendChild(document.createElement("div"));
  parent.style.height = "100%";
  const view = new EditorView({
    parent, root,
    state: EditorState.create({
      doc: text,
      extensions: [
        common, history(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(), lintGutter(),
        autocompletion(schema ? { override: [offers(schema)], icons: false } : {}), schema ? hints(schema) : [],
        // Tab leaves the editor: whoever has no pointer must get out again
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "The campaign as JSON", tabindex: "0", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
          if (update.selectionSet || update.docChanged) moved(path(update.state, syntaxTree(update.state).resolveInner(update.state.selection.main.head, -1)));
        }),
      ],
    }),
  });
  return {
    view,
    show: (problems) => view.dispatch(setDiagnostics(view.state, problems.map((problem) => ({ ...place(view.state, problem), severity: "error" as const, message: problem.help ? `${problem.message}\n→ ${problem.help}` : problem.message })))),
    go: (problem) => {
      view.dispatch({ selection: { anchor: place(view.state, problem).from }, effects: EditorView.scrollIntoView(place(view.state, problem).from, { y: "center" }) });
      view.focus();
    },
    replace: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/** Two texts side by side. */
export function compare(host: HTMLElement, before: string, after: string): { destroy(): void } {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const parent = root.appendChild(document.createElement("div"));
  parent.style.height = "100%";
  parent.style.overflow = "auto";
  const side = (doc: string, label: string) => ({ doc, extensions: [common, EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", "aria-readonly": "true" })] });
  const view = new MergeView({ parent, root, a: side(before, "What is live"), b: side(after, "What you wrote"), collapseUnchanged: { margin: 3, minSize: 6 }, gutter: true });
  return { destroy: () => view.destroy() };
}
