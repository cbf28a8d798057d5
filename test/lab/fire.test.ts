import { afterAll, beforeAll, describe } from "vitest";
import { up } from "../../lab/lab";
import { engineCuts, powerCuts, seed } from "./fire/chance";
import { hasFullDisks, losesItsDeployer, losesPower } from "./fire/cuts";
import { Fire } from "./fire/fire";
import { bringsBackWhatIsHeldBack, keepsEachMessage } from "./fire/flow";
import { UnderPulumi } from "./fire/pulumi";
import {
  hasTroubleWithPackages,
  refusesEachWrongValue,
  refusesEachWrongWord,
  refusesInvalidSettings,
  servesOneDeployerAtATime,
  staysItselfUnderAnotherName,
} from "./fire/refusals";
import { note, table } from "./fire/report";
import { UnderFire } from "./fire/server";

const releases = ["fire", "debian13"] as const;
const [machine, other] = process.env.FIRE_MACHINE === "debian13" ? releases.toReversed() : releases;

/**
 * Whatever hits an activation, either the old or the new server runs, whole; the next one converges; no mail is lost. `npm run test:long` does the same many
 * times over. What it does not prove: that a disk keeps what it says it has written; here the kernel outlives the machine.
 */
describe(`a mail server under fire, seed ${seed}`, () => {
  const fire = new Fire(new UnderFire(machine));
  const { server } = fire;
  beforeAll(async () => {
    await up(["foreign"]);
    await server.prepare();
  });
  server.step("undisturbed, a server is made, changed and changed back", () => fire.measure(), { essential: true });
  servesOneDeployerAtATime(fire);
  staysItselfUnderAnotherName(fire);
  refusesInvalidSettings(fire);
  refusesEachWrongValue(fire);
  refusesEachWrongWord(fire);
  losesItsDeployer(fire);
  hasFullDisks(fire);
  keepsEachMessage(fire);
  bringsBackWhatIsHeldBack(fire);
  losesPower(fire, powerCuts, "up");
  hasTroubleWithPackages(fire);
});

// What a release says when it refuses is its own.
describe("a mail server under fire on the other release", () => {
  const fire = new Fire(new UnderFire(other));
  beforeAll(() => fire.server.prepare());
  fire.server.step("undisturbed, a server is made, changed and changed back", () => fire.measure(), {
    essential: true,
  });
  refusesInvalidSettings(fire);
  refusesEachWrongValue(fire);
  refusesEachWrongWord(fire);
  bringsBackWhatIsHeldBack(fire);
  hasTroubleWithPackages(fire);
});

describe("a mail server under fire while the engine is at work", () => {
  const fire = new Fire(new UnderPulumi(machine));
  const { server } = fire;
  beforeAll(() => server.prepare());
  afterAll(() => note(`the result\n${table()}`));

  server.step("undisturbed, a server is made, changed and changed back", () => fire.measure(), { essential: true });
  losesPower(fire, engineCuts, "`pulumi up`");
});
