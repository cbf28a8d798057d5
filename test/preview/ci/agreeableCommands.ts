/**
 * The plugin `command` for previews of a stack that is at work: every command succeeds at once and without effect, and a host says what a host says. Prints
 * its port; an engine that finds it in `PULUMI_DEBUG_PROVIDERS` asks it instead of starting a plugin.
 */
import { main } from "@pulumi/pulumi/provider";
import { marks } from "../../../components/activation/reported";
import { commandType } from "../../../lab/providers/command/command";
import { answerInDetail } from "../../../lab/providers/detailedDiffs";
import { standIn } from "../../../lab/providers/standIn";

/** What the agent reports of a host that it has made. */
const report = {
  installed: [],
  manifest: "0".repeat(64),
  certificateKey: "1".repeat(64),
  acmeAccount: "https://acme-v02.api.letsencrypt.org/acme/acct/1",
};

const agree = (token: string, stdout: string) =>
  commandType(
    token,
    [],
    (inputs) => ({ inputs, failures: [] }),
    async () => ({ stdout, stderr: "" }),
  );

const types = [
  agree("command:remote:Command", `${marks.begin}${JSON.stringify(report)}${marks.end}`),
  agree("command:local:Command", ""),
];
const silent = () => ({ status: () => {}, warn: () => {}, error: () => {} });

// No engine has been started yet, so none is named to report to.
const plugin = standIn("command", "1.0.0", types, silent);
answerInDetail(plugin.details);
main(plugin, ["127.0.0.1:1"]);
