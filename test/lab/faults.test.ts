import { afterAll, beforeAll, describe } from "vitest";
import { up } from "../../lab/lab";
import { engineCuts, powerCuts, seed } from "./faults/chance";
import { hasFullDisks, losesItsDeployer, losesPower } from "./faults/cuts";
import { bringsBackWhatIsHeldBack, keepsEachMessage } from "./faults/flow";
import { UnderPulumi } from "./faults/pulumi";
import {
  hasTroubleWithPackages,
  refusesEachWrongValue,
  refusesEachWrongWord,
  refusesInvalidSettings,
  servesOneDeployerAtATime,
  staysItselfUnderAnotherName,
} from "./faults/refusals";
import { note, table } from "./faults/report";
import { FaultyServer } from "./faults/server";
import { Subject } from "./faults/subject";

const releases = ["faults", "faults13"] as const;
const [machine, other] = process.env.FAULT_MACHINE === "faults13" ? releases.toReversed() : releases;

/**
 * Whatever hits an activation, either the old or the new server runs, whole; the next one converges; no mail is lost. `npm run test:long` does the same many
 * times over. What it does not prove: that a disk keeps what it says it has written; here the kernel outlives the machine.
 */
describe(`a mail server with faults injected, seed ${seed}`, () => {
  const subject = new Subject(new FaultyServer(machine));
  const { server } = subject;
  beforeAll(async () => {
    await up(["foreign"]);
    await server.prepare();
  });
  server.step("a server is made, changed and changed back undisturbed", () => subject.measure(), { essential: true });
  servesOneDeployerAtATime(subject);
  staysItselfUnderAnotherName(subject);
  refusesInvalidSettings(subject);
  refusesEachWrongValue(subject);
  refusesEachWrongWord(subject);
  losesItsDeployer(subject);
  hasFullDisks(subject);
  keepsEachMessage(subject);
  bringsBackWhatIsHeldBack(subject);
  losesPower(subject, powerCuts, "up");
  hasTroubleWithPackages(subject);
});

// What a release says when it refuses is its own.
describe("a mail server with faults injected on the other release", () => {
  const subject = new Subject(new FaultyServer(other));
  beforeAll(() => subject.server.prepare());
  subject.server.step("undisturbed, a server is made, changed and changed back", () => subject.measure(), {
    essential: true,
  });
  refusesInvalidSettings(subject);
  refusesEachWrongValue(subject);
  refusesEachWrongWord(subject);
  bringsBackWhatIsHeldBack(subject);
  hasTroubleWithPackages(subject);
});

describe("a mail server with faults injected while the engine is at work", () => {
  const subject = new Subject(new UnderPulumi(machine));
  const { server } = subject;
  beforeAll(() => server.prepare());
  afterAll(() => note(`the result\n${table()}`));

  server.step("a server is made, changed and changed back undisturbed", () => subject.measure(), { essential: true });
  losesPower(subject, engineCuts, "`pulumi up`");
});
