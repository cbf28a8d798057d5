import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";

/** policyd-spf: refuses mail whose sender's domain says that it does not come from there. Postfix starts it when it is needed. */
export function spfRole({ platform }: Pick<MachineModel, "platform">): Role {
  return {
    name: "spf",
    packages: platform.packages.spfPolicy,
    files: [publicFile(platform.paths.spfPolicy, policydSpfConf)],
  };
}

/** policyd-spf.conf(5). A broken record of a sender or a DNS that is away is no reason to refuse mail. */
const policydSpfConf = `debugLevel = 1
TestOnly = 1
HELO_reject = Fail
Mail_From_reject = Fail
PermError_reject = False
TempError_Defer = False
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1
`;
