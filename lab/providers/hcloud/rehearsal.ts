import { factsOf } from "../../addresses";
import { Account } from "../cloud/account";
import { cloudZones, type RehearsedCloud } from "../cloud/rehearsed";
import { emptyHetzner, type HetznerState } from "./api";

/** The project at Hetzner in a folder of accounts. */
export const hetznerIn = (folder: string) => new Account<HetznerState>(folder, "hetzner", emptyHetzner);

/** Number of the machine `demo`. */
const demoServer = 42_110_110;

export const rehearsedHetzner: RehearsedCloud = {
  environment: { HCLOUD_TOKEN: "rehearsal".padEnd(64, "0") },
  setsReverse: true,
  open: (folder) =>
    hetznerIn(folder).change((state) => {
      const zones = Object.keys(cloudZones).map((name, index) => [
        name,
        { id: index + 1, mode: "primary", ttl: 60, rrsets: [] },
      ]);
      const { v4, v6 } = factsOf("demo");
      state.zones = Object.fromEntries(zones);
      state.servers = { [demoServer]: { [v4]: null, [v6]: null } };
    }),
};
