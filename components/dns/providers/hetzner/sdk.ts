import type * as hcloud from "@pulumi/hcloud";
import { loadSdk } from "../../../loadSdk";

/** Pulumi's SDK for Hetzner. @throws where it is not installed */
export function hetznerSdk(): typeof hcloud {
  return loadSdk("@pulumi/hcloud", "DNS or PTR records at Hetzner");
}
