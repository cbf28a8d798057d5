// What a machine, a zone, an API or a peer says may hold anything: text that a terminal obeys, or a line that a CI service takes for a command.

/** Control characters (C0, DEL, C1), line separators, marks that turn the direction of text or have no width, and halves of characters. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What GitHub's runner (`::command::`, `##[command]`) and that of Azure (`##vso[command]`) take for a command. */
const workflowCommand = /^(\s*):(?=:)|#(?=#\w*\[)/g;

/** @param {string} character */
function escaped(character) {
  const code = character.codePointAt(0) ?? 0;
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * A text as one line that can be printed anywhere; what cannot is written as `\xNN` or `\u{…}`.
 * @param {string} text
 * @param {number} [most] characters; the rest gives way to an ellipsis
 */
function printable(text, most = 4096) {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text;
  return shown
    .replace(unprintable, escaped)
    .replace(
      workflowCommand,
      (/** @type {string} */ found, /** @type {string | undefined} */ spaces = "") =>
        `${spaces}${escaped(found.slice(-1))}`,
    );
}

/**
 * A text whose line ends stay.
 * @param {string} text
 * @param {number} [most] characters of a line
 */
function printableLines(text, most) {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line, most))
    .join("\n");
}

module.exports = { printable, printableLines };
