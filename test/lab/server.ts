import { beforeAll, describe } from "vitest";
import { factsOf, machine } from "../../lab/lab";
import { type Release, Scenario } from "./scenario";
import { takesAdditions } from "./steps/additions";
import { takesWhatItIsTold } from "./steps/args";
import { doesWhatOperationsSay } from "./steps/byHand";
import { changesOnlyWhatItMust, staysAsItIs } from "./steps/changes";
import { rotatesKeys } from "./steps/dkimRotation";
import { namesDrift } from "./steps/drift";
import { keepsQuiet, keepsSecrets, takesManyMessages } from "./steps/endurance";
import { shutsGuessersOut } from "./steps/fail2ban";
import { changesFirewalls } from "./steps/firewalls";
import { vouchesForHeaders } from "./steps/headers";
import { comesBack, deploys, leavesTheMail, refusesMistakes } from "./steps/lifecycle";
import { mailFlows } from "./steps/mailFlow";
import { takesOddNames } from "./steps/oddNames";
import { followsTheCertificate, movesMailLast } from "./steps/proof";
import { refusesWhatItMust } from "./steps/refusals";
import { sendsThroughRelayHost } from "./steps/relayHost";
import { holdsClientsBack } from "./steps/restrictions";
import { filtersMail } from "./steps/sieve";
import { looksAfterTheMachine } from "./steps/tools";
import { keepsMailboxes } from "./steps/users";
import { servesTheWeb } from "./steps/web";

/** The life of a mail server from an empty machine to `destroy`, told by one machine and one stack; each step builds on those before it. */
export function describeServer(release: Release): void {
  const { apart } = factsOf(release.machine);
  const isUp = machine(release.machine).leaderPid !== undefined;
  describe.runIf(isUp || !apart)(`a mail server on ${release.machine}`, () => {
    const scenario = new Scenario(release);
    const processes = new Set<string>();
    beforeAll(() => scenario.prepare());

    refusesMistakes(scenario);
    deploys(scenario, processes);
    mailFlows(scenario);
    vouchesForHeaders(scenario);
    staysAsItIs(scenario);
    servesTheWeb(scenario);
    filtersMail(scenario);
    refusesWhatItMust(scenario);
    holdsClientsBack(scenario);
    shutsGuessersOut(scenario);
    doesWhatOperationsSay(scenario);
    changesOnlyWhatItMust(scenario);
    sendsThroughRelayHost(scenario);
    takesAdditions(scenario);
    takesWhatItIsTold(scenario);
    looksAfterTheMachine(scenario);
    takesOddNames(scenario);
    keepsMailboxes(scenario);
    movesMailLast(scenario, `moving-${release.machine}.example.com`);
    followsTheCertificate(scenario);
    rotatesKeys(scenario, scenario.carol);
    takesManyMessages(scenario);
    changesFirewalls(scenario);
    keepsQuiet(scenario);
    keepsSecrets(scenario, processes);
    comesBack(scenario);
    namesDrift(scenario);
    leavesTheMail(scenario);
  });
}
