import { factsOf, type MachineName } from "../../addresses";
import { Account } from "../cloud/account";
import { cloudZones, type RehearsedCloud } from "../cloud/rehearsed";
import { deliveredVps, emptyOvh, type OvhState, type OvhVps } from "./api";

/** The account at OVH in a folder of accounts. */
export const ovhIn = (folder: string) => new Account<OvhState>(folder, "ovh", emptyOvh);

/** Service names of the machines that the account at OVH has. */
export const vpsNames: Partial<Record<MachineName, string>> = {
  demo: "vps-0a1b2c3d.vps.ovh.net",
  debian12: "vps-12121212.vps.ovh.net",
  debian13: "vps-13131313.vps.ovh.net",
  vps12: "vps-22121212.vps.ovh.net",
  vps13: "vps-23131313.vps.ovh.net",
};

/** Service name of the machine `spare`, which the first order at OVH delivers. */
const orderedVps = "vps-99999999.vps.ovh.net";

export const rehearsedOvh: RehearsedCloud = {
  environment: {
    OVH_ENDPOINT: "ovh-eu",
    OVH_APPLICATION_KEY: "rehearsal",
    OVH_APPLICATION_SECRET: "rehearsal",
    OVH_CONSUMER_KEY: "rehearsal",
  },
  setsReverse: true,
  open: (folder) =>
    ovhIn(folder).change((state) => {
      state.zones = Object.fromEntries(Object.keys(cloudZones).map((zone) => [zone, { records: [] }]));
      state.vps = Object.fromEntries(
        Object.entries(vpsNames).map(([machine, serviceName]) => [serviceName, vpsOf(machine as MachineName)]),
      );
      state.stock = [{ serviceName: orderedVps, ...vpsOf("spare") }];
    }),
};

function vpsOf(machine: MachineName): OvhVps {
  const { v4, v6 } = factsOf(machine);
  return deliveredVps(v4, v6);
}
