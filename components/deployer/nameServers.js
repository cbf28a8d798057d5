// What DNS says, as the world hears it.
const { Resolver } = require("node:dns/promises");
const { isIP } = require("node:net");

/** @typedef {{ name: string, type: "A" | "AAAA" | "PTR" | "TXT" }} RecordSet */
/** @typedef {{ values: string[], asked: string }} Answer */

/**
 * The records of a name, by the name servers of the zone themselves: a resolver on the way may remember for an hour that a name was not
 * there. Where they cannot be asked from here, the system's resolver is.
 * @param {RecordSet} recordSet
 * @param {(values: string[]) => boolean} isWanted where the servers differ, an answer that is not is the one that counts
 * @returns {Promise<Answer>}
 */
async function answersOf({ name, type }, isWanted) {
  const servers = await nameServersOf(name);
  const answers = await Promise.all(servers.map((server) => look(name, type, server)));
  const reached = servers.flatMap((server, index) => {
    const values = answers[index];
    return values === undefined ? [] : [{ asked: server.name, values }];
  });
  // A zone may point into another one (a reverse zone into one of the customer, RFC 2317), which only a resolver follows.
  const silent = (type === "PTR" || type === "TXT") && reached.every(({ values }) => values.length === 0);
  if (reached.length === 0 || silent) {
    const values = (await look(name, type)) ?? [];
    return { values, asked: "this computer's resolver" };
  }
  const late = reached.find(({ values }) => !isWanted(values));
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
 * @param {RecordSet["type"]} type
 * @param {{ address: string }} [server] the system's resolver unless given
 * @returns {Promise<string[] | undefined>} undefined where the server gives no answer
 */
async function look(name, type, server) {
  try {
    const found = /** @type {(string | string[])[]} */ (await resolver(server?.address).resolve(name, type));
    return found.map((value) => (typeof value === "string" ? canonical(value) : value.join("")));
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

/**
 * An address or a name as it is compared.
 * @param {string} value
 */
function canonical(value) {
  return isIP(value) === 6 ? new URL(`http://[${value}]`).hostname.slice(1, -1) : value.toLowerCase();
}

module.exports = { answersOf, canonical };
