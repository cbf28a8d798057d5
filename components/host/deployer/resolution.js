// Waits where Pulumi runs until names resolve in public as they must. Node.js runs it from standard input, alone: it may import what
// Node.js has and nothing else. QUESTIONS holds what must be so, SECONDS how long that may take.
const { Resolver } = require("node:dns/promises");
const { isIPv6 } = require("node:net");
const { printable } = require("./printable.js");

/** @typedef {{ name: string, type: "A" | "AAAA" | "PTR", expected: string[] }} Question What must be so: exactly these values. */
/** @typedef {{ values: string[], asked: string }} Answer */
/** @typedef {{ question: Question, answer: Answer, holds: boolean }} Finding */

const pollSeconds = 3;
const remindSeconds = 30;

/**
 * What DNS says, by the name servers of the zone themselves: a resolver on the way may remember for an hour that a name was not
 * there. Where they cannot be asked from here, the system's resolver is.
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
async function ask({ name, type, expected }) {
  const servers = await nameServersOf(name);
  const answers = await Promise.all(servers.map((server) => look(name, type, server)));
  const reached = servers.flatMap((server, index) => {
    const values = answers[index];
    return values === undefined ? [] : [{ asked: server.name, values }];
  });
  // A reverse zone may point into a zone of the customer (RFC 2317), which only a resolver follows.
  const silent = type === "PTR" && reached.every(({ values }) => values.length === 0);
  if (reached.length === 0 || silent) {
    const values = (await look(name, type)) ?? [];
    return { values, asked: "this computer's resolver" };
  }
  const late = reached.find(({ values }) => !same(values, expected));
  return late ?? { values: expected, asked: [...new Set(reached.map(({ asked }) => asked))].join(", ") };
}

/**
 * @param {string} name
 * @returns {Promise<{ name: string, address: string }[]>} of the closest zone that has any
 */
async function nameServersOf(name) {
  const labels = name.split(".");
  for (let at = 0; at < labels.length; at += 1) {
    const names = await resolver()
      .resolveNs(labels.slice(at).join("."))
      .catch(() => []);
    if (names.length === 0) continue;
    const found = await Promise.all(
      names.map(async (server) => {
        const v4 = await resolver()
          .resolve4(server)
          .catch(() => []);
        const v6 = await resolver()
          .resolve6(server)
          .catch(() => []);
        return [...v4, ...v6].map((address) => ({ name: server, address }));
      }),
    );
    return found.flat().slice(0, 12);
  }
  return [];
}

/**
 * @param {string} name
 * @param {Question["type"]} type
 * @param {{ address: string }} [server] the system's resolver unless given
 * @returns {Promise<string[] | undefined>} undefined where the server gives no answer
 */
async function look(name, type, server) {
  try {
    const values = /** @type {string[]} */ (await resolver(server?.address).resolve(name, type));
    return values.map(canonical);
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    return code === "ENOTFOUND" || code === "ENODATA" ? [] : undefined;
  }
}

/** @param {string} [address] */
function resolver(address) {
  const one = new Resolver({ timeout: 2000, tries: 2 });
  if (address !== undefined) one.setServers([address.includes(":") ? `[${address}]` : address]);
  return one;
}

/** @param {string} value */
function canonical(value) {
  return isIPv6(value) ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value.toLowerCase();
}

/**
 * @param {string[]} some
 * @param {string[]} others
 */
function same(some, others) {
  const sorted = [some, others].map((values) => JSON.stringify(values.map(canonical).sort()));
  return sorted[0] === sorted[1];
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
  /** @type {Question[]} */
  const questions = JSON.parse(process.env.QUESTIONS ?? "[]");
  const seconds = Number(process.env.SECONDS);
  const started = Date.now();
  let said = { text: "", at: 0 };
  for (;;) {
    const findings = await Promise.all(
      questions.map(async (question) => {
        const answer = await ask(question);
        return { question, answer, holds: same(answer.values, question.expected) };
      }),
    );
    const wrong = findings.filter(({ holds }) => !holds);
    if (wrong.length === 0) {
      for (const { name, type, expected } of questions) console.log(`${name} ${type}: ${shown(expected)}`);
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

main();
