import type * as cloudflare from "@pulumi/cloudflare";
import { loadSdk } from "../../../loadSdk";

/** Pulumi's SDK for Cloudflare. @throws where it is not installed */
export function cloudflareSdk(): typeof cloudflare {
  return loadSdk("@pulumi/cloudflare", "DNS at Cloudflare");
}
