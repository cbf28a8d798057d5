import { Account, cloudFolder } from "../cloud/account";
import { labWorld } from "../cloud/world";
import { serve } from "../serve";
import { emptyOvh, OvhApi } from "./api";
import { firewall, firewallRule } from "./firewall";
import { getDomainZoneRecord, getDomainZoneRecords, getZone } from "./functions";
import { reverse } from "./reverse";
import { getVps, vps } from "./vps";
import { zoneRecord } from "./zoneRecord";

const folder = cloudFolder();
const api = new OvhApi(new Account(folder, "ovh", emptyOvh), labWorld(folder));

serve(
  "ovh",
  [zoneRecord(api), reverse(api), firewall(api), firewallRule(api), vps(api)],
  [getVps, getZone, getDomainZoneRecords, getDomainZoneRecord].map((lookUp) => lookUp(api)),
);
