// Waits where Pulumi runs until names resolve in public as they must. Node.js runs it from standard input, alone: it may import what
// Node.js has and nothing else. QUESTIONS holds what must be so, SECONDS how long that may take, PULUMI_COMMAND_STDOUT what the last
// wait that ended well has printed.
const { Resolver } = require("node:dns/promises");
const { isIP } = require("node:net");
const { printable } = require("./printable.js");

/** @typedef {{ name: string, type: "A" | "AAAA" | "PTR", expected: string[] }} Question */
/** @typedef {Question & { earlier: string[] }} Wanted What must be so: these values, and besides them only earlier ones of the stack. */
/** @typedef {{ values: string[], asked: string }} Answer */
/** @typedef {{ question: Wanted, answer: Answer, holds: boolean }} Finding */

const pollSeconds = 3;
const remindSeconds = 30;

/**
 * What DNS says, by the name servers of the zone themselves: a resolver on the way may remember for an hour that a name was not
 * there. Where they cannot be asked from here, the system's resolver is.
 * @param {Wanted} question
 * @returns {Promise<Answer>}
 */
async function ask(question) {
  const { name, type } = question;
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
  const late = reached.find(({ values }) => !holds(question, values));
  const seen = [...new Set(reached.flatMap(({ values }) => values))];
  return late ?? { values: seen, asked: [...new Set(reached.map(({ asked }) => asked))].join(", ") };
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
  return isIP(value) === 6 ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value.toLowerCase();
}

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
        const answer = await ask(question);
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
