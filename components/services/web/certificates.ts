import type { MachineModel } from "../../model";
import type { ServedCertificate } from "../contributions";
import { webCertificatePath } from "../paths";

/** One for each domain that has web names. An underscore is in no host name, so none is called like the server's. */
export function webCertificates({ domains }: Pick<MachineModel, "domains">): ServedCertificate[] {
  return domains
    .filter(({ webNames }) => webNames.length > 0)
    .map(({ name, webNames }) => ({
      name: `${name}_web`,
      names: webNames,
      pemPath: webCertificatePath(name),
      readers: ["nginx"],
    }));
}
