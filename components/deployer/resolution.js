// Waits where Pulumi runs until names resolve in public as they must. Node.js runs it from standard input, alone: it may import what
// Node.js has and nothing else. QUESTIONS holds what must be so, SECONDS how long that may take, PULUMI_COMMAND_STDOUT what the last
// wait that ended well has printed.
const { isIP } = require("node:net");
const { printable } = require("./printable.js");
const { answersOf, canonical } = require("./nameServers.js");

/** @typedef {{ name: string, type: "A" | "AAAA" | "PTR", expected: string[] }} Question */
/** @typedef {Question & { earlier: string[] }} Wanted What must be so: these values, and besides them only earlier ones of the stack. */
/** @typedef {import("./nameServers.js").Answer} Answer */
/** @typedef {{ question: Wanted, answer: Answer, holds: boolean }} Finding */

const pollSeconds = 3;
const remindSeconds = 30;

/**
 * What the stack has published before may still be there: the engine deletes a record that is no longer wanted at the very end, after all that waits here.
 * @param {Wanted} question
 * @param {string[]} values
 */
function holds({ expected, earlier }, values) {
  const found = new Set(values.map(canonical));
  const wanted = new Set(expected.map(canonical));
  const tolerated = new Set(earlier.map(canonical));
  return (
    [...wanted].every((each) => found.has(each)) && [...found].every((each) => wanted.has(each) || tolerated.has(each))
  );
}

/**
 * The values that the stack has had at each name, by what the last wait printed.
 * @param {string} printed
 * @returns {Map<string, string[]>} by name and type
 */
function published(printed) {
  const lines = [...printed.matchAll(/^(\S+ (?:AAAA|A|PTR)): (.*)$/gm)];
  return new Map(
    lines.map(([, key = "", rest = ""]) => [
      key,
      rest.split(/[\s;]+/).filter((word) => isIP(word) || word.includes(".")),
    ]),
  );
}

/**
 * What is printed at the end. Where earlier values are still there, and of names that are no longer asked for, it is kept for the next wait: if this run
 * ends before their records are deleted, that one meets them.
 * @param {Finding[]} findings
 * @param {Map<string, string[]>} before
 */
function report(findings, before) {
  const asked = findings.map(({ question: { name, type, expected }, answer: { values } }) => {
    const wanted = expected.map(canonical);
    const others = values.filter((value) => !wanted.includes(canonical(value)));
    return `${name} ${type}: ${shown(expected)}${others.length === 0 ? "" : `; earlier ${others.join(" ")}`}`;
  });
  const keys = findings.map(({ question: { name, type } }) => `${name} ${type}`);
  const left = [...before].filter(([key]) => !keys.includes(key));
  return [...asked, ...left.map(([key, values]) => `${key}: nothing; earlier ${values.join(" ")}`)];
}

/** @param {string[]} values */
const shown = (values) =>
  values.length === 0
    ? "nothing"
    : printable(values.slice(0, 10).join(" and "), 1000) + (values.length > 10 ? " and more" : "");

/** @param {Finding} finding */
function describe({ question: { name, type, expected }, answer: { values, asked } }) {
  return `${name} ${type}: must be ${shown(expected)}, is ${shown(values)} (asked: ${printable(asked, 1000)})`;
}

/** @param {Finding} finding */
function advise({ question: { name, type, expected }, answer: { values } }) {
  if (type === "PTR") return "Set this PTR record where the machine is rented; it may take a while to be seen.";
  if (expected.length === 0) return `Remove the ${type} records of ${name}, or give the server this kind of address.`;
  if (values.length > expected.length) return `Remove the other ${type} records of ${name}.`;
  return `Look whether the record is in its zone, and whether the domain is delegated to the zone's name servers ('dig +trace ${name} ${type}').`;
}

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function main() {
  const before = published(process.env.PULUMI_COMMAND_STDOUT ?? "");
  const questions = /** @type {Question[]} */ (JSON.parse(process.env.QUESTIONS ?? "[]")).map((question) => ({
    ...question,
    earlier: before.get(`${question.name} ${question.type}`) ?? [],
  }));
  const seconds = Number(process.env.SECONDS);
  const started = Date.now();
  let said = { text: "", at: 0 };
  for (;;) {
    const findings = await Promise.all(
      questions.map(async (question) => {
        const answer = await answersOf(question, (values) => holds(question, values));
        return { question, answer, holds: holds(question, answer.values) };
      }),
    );
    const wrong = findings.filter(({ holds }) => !holds);
    if (wrong.length === 0) {
      for (const line of report(findings, before)) console.log(line);
      return;
    }
    if (Date.now() - started > seconds * 1000) {
      const lines = wrong.flatMap((finding) => [`  ${describe(finding)}`, `    ${advise(finding)}`]);
      console.error(
        [
          `DNS is not as it must be after ${seconds} s:`,
          ...lines,
          ...(process.env.OTHERWISE ? [process.env.OTHERWISE] : []),
          "Then run 'pulumi up' again: it goes on from here.",
        ].join("\n"),
      );
      process.exitCode = 1;
      return;
    }
    const text = wrong.map(describe).join("; ");
    if (text !== said.text || Date.now() - said.at > remindSeconds * 1000) {
      said = { text, at: Date.now() };
      console.error(`waiting: ${text}`);
    }
    await pause(pollSeconds);
  }
}

// A test asks for the judgement alone.
if (process.env.QUESTIONS !== undefined) main();
module.exports = { holds, published, report };
