import fc from "fast-check";

/** What must not come to a terminal or a log: control characters but for line ends, marks that turn text, and lines that begin a workflow command. */
export const obeyed = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|^\s*::|##\w*\[/mu;

const pieces = [
  ...[
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]52;c;Y3VybCBldmlsfHNo\x07",
    "\u009b31m",
    "\x07",
    "\b",
    "\r",
    "\n",
    "\0",
    "\x7f",
  ],
  ...["\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800"],
  ...["\n::error title=x::y", "\n  ::add-mask::a", "##[error]x", "##[command]", "##vso[task.complete]", "::", "#", ":"],
  ...["mail.example.org", "plain", " ", '"', "'", "\\", "`", "$(id)", ";"],
];

/** What a hostile machine, zone, API or peer may say. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 12 })
  .map((parts) => parts.join(""));
