import { Account, cloudFolder } from "../cloud/account";
import { labWorld } from "../cloud/world";
import { serve } from "../serve";
import { emptyHetzner, HetznerApi } from "./api";
import { bridged, bridgedFunction } from "./bridged";
import { getZone, getZoneRrsets } from "./functions";
import { rdns } from "./rdns";
import { zoneRecord } from "./zoneRecord";

const folder = cloudFolder();
const api = new HetznerApi(new Account(folder, "hetzner", emptyHetzner), labWorld(folder));

serve(
  "hcloud",
  [zoneRecord, rdns].map((type) => bridged(type(api))),
  [getZone, getZoneRrsets].map((lookUp) => bridgedFunction(lookUp(api))),
  (configuration) => api.configure(configuration),
);
