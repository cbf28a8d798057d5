import { onMachine } from "../components/model";
import { resolve } from "../components/resolve";
import { roles } from "../components/services/wantedHost";
import { validate } from "../components/validate";
import { foreign } from "../lab/lab";
import { awaitMail } from "../lab/mail";
import { anna, type BenchStack, makePristine, type Name, on, route, serverArgs } from "./machines";
import { type Measurement, secondsOf } from "./measurement";

/** From a pristine machine to the first mail that is read, held against the bare installation of the same packages. Leaves the server in place. */
export async function firstMail(stack: BenchStack, name: Name): Promise<Measurement> {
  const args = serverArgs(name);
  const packages = roles(onMachine(resolve(validate(args)))).flatMap((role) => role.packages);
  const install = `export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; apt-get install -qq --yes --no-install-recommends ${packages.join(" ")} >/dev/null 2>&1`;
  // Once in vain: from then on every package is in the lab's cache, for both.
  await makePristine(name);
  await on(name, install);
  await makePristine(name);
  const bare = await secondsOf(() => on(name, install));
  await makePristine(name);
  const ours = await secondsOf(async () => {
    await stack.up(args);
    const subject = `first mail ${Date.now()}`;
    const letter = `From: ${foreign.mailbox}\r\nTo: ${anna.address}\r\nSubject: ${subject}\r\n\r\nHello.\r\n`;
    await foreign.send(letter, foreign.mailbox, [anna.address]);
    await awaitMail(route(name), anna, subject, 120);
  });
  return {
    what: `${name}: pristine machine to first mail read`,
    unit: "s",
    ours,
    against: { what: "apt-get install of the same packages", figure: bare },
    goal: 1.1,
  };
}
