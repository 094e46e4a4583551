/** Text from outside, made safe to stand in Markdown (CommonMark 0.31 §2.4) and in YAML. */

/** One line of prose: nothing in it is markup, not even at its beginning. */
export function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>|~$&]/g, "\\$&")
    .replace(/^([#+=-]|\d+(?=[.)](?:\s|$)))/, (start) => (/\d/.test(start) ? start : `\\${start}`))
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** An address inside `<…>`. */
export function autolink(url: string): string {
  return `<${url.replace(/[<>\s]/g, encodeURIComponent)}>`;
}

/** A double-quoted YAML scalar: JSON's strings are YAML's (YAML 1.2 §7.3.1). */
export function yamlText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
